import type { AuthMethod } from 'ticket-socket'
import { METHOD_NAME } from '../format.ts'

export interface FallbackChainProps {
  /** Of the open connection. */
  method: AuthMethod | null
  ticketAuth: boolean | null
  failures: number
  maxFailures: number
  reverted: boolean
}

const CHAIN = ['ticket', 'jwt', 'none'] as const

/** What would be tried, what is in use, and how near the page is to giving tickets up. */
export function FallbackChain({ method, ticketAuth, failures, maxFailures, reverted }: FallbackChainProps) {
  const skipsTickets = reverted || ticketAuth === false
  return (
    <div className="fallback">
      <h3>Fallback</h3>
      <ol className="chain">
        {CHAIN.map((link) => (
          <li
            key={link}
            className={`chain__link${link === 'ticket' && skipsTickets ? ' chain__link--skipped' : ''}`}
            aria-current={link === method ? 'step' : undefined}
          >
            {METHOD_NAME[link]}
          </li>
        ))}
      </ol>
      <p className="pips">
        <span className="pips__row" aria-hidden="true">
          {Array.from({ length: maxFailures }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a pip is its place
            <span key={index} className={index < failures ? 'pip pip--lit' : 'pip'} />
          ))}
        </span>
        <span data-testid="failures">
          {failures} of {maxFailures} ticket failures
        </span>
      </p>
    </div>
  )
}
