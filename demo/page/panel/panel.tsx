import { useTicketAuth, useTicketSocket } from 'ticket-socket/react'
import { ConnectionStatus } from './connection-status.tsx'
import { FactList } from './fact-list.tsx'
import { FallbackChain } from './fallback-chain.tsx'
import { SpareTicket } from './spare-ticket.tsx'
import { Wire } from './wire.tsx'

/** What is otherwise invisible: how the page is connected, and by what. Needs a provider with `socket` and `auth`. */
export function Panel({ onRetryTickets }: { onRetryTickets: () => void }) {
  const { status, method, error, retryAt, session, rttMs, queued, connect } = useTicketSocket()
  const { ticketAuth, spare, ticketFailures, maxTicketFailures, reverted } = useTicketAuth()
  return (
    <section className="card panel" aria-labelledby="panel-title">
      <div className="panel__head">
        <h2 id="panel-title">Underneath</h2>
        <ConnectionStatus status={status} retryAt={retryAt} onConnect={connect} />
      </div>
      <Wire status={status} method={method} />
      {error && status === 'failed' && <p className="panel__error">{error.message}</p>}
      <SpareTicket spare={spare} ticketAuth={ticketAuth} reverted={reverted} onRetryTickets={onRetryTickets} />
      <FallbackChain
        method={status === 'open' ? method : null}
        ticketAuth={ticketAuth}
        failures={ticketFailures}
        maxFailures={maxTicketFailures}
        reverted={reverted}
      />
      <FactList session={session} rttMs={rttMs} queued={queued} />
    </section>
  )
}
