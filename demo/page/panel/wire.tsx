import type { AuthMethod, SocketStatus } from 'ticket-socket'
import { METHOD_NAME } from '../format.ts'
import { BrowserIcon, ServerIcon } from '../icons.tsx'

export interface WireProps {
  status: SocketStatus
  method: AuthMethod | null
}

/** The page, the server, and what is between them. */
export const Wire = ({ status, method }: WireProps) => (
  <div className={`wire wire--${status}`}>
    <span className="wire__end">
      <BrowserIcon />
      This page
    </span>
    <span className="wire__line" aria-hidden="true" />
    <span className={`wire__method wire__method--${method ?? 'unknown'}`}>
      <span className="visually-hidden">Authentication method: </span>
      <span data-testid="method">{method ? METHOD_NAME[method] : 'None yet'}</span>
    </span>
    <span className="wire__line" aria-hidden="true" />
    <span className="wire__end">
      <ServerIcon />
      Server
    </span>
  </div>
)
