import { useTicketAuth, useTicketSocket } from 'ticket-socket/react'

const METHOD_WORDS = { ticket: 'by ticket', jwt: 'by JWT', none: 'without a credential' } as const

/** What a screen reader is told without asking. The time line would be too much. */
export function Announcements() {
  const { status, method } = useTicketSocket()
  const { reverted } = useTicketAuth()
  return (
    <p className="visually-hidden" role="status">
      {`Connection ${status}${status === 'open' && method ? ` ${METHOD_WORDS[method]}` : ''}.`}
      {reverted && ' Tickets are given up; this page uses the JWT.'}
    </p>
  )
}
