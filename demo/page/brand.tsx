import { TicketIcon } from './icons.tsx'

export const Brand = () => (
  <span className="brand">
    <span className="brand__mark">
      <TicketIcon size={20} />
    </span>
    ticket-socket
  </span>
)
