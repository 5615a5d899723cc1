import type { SocketStatus } from 'ticket-socket'
import { useNow } from '../use-now.ts'

export interface ConnectionStatusProps {
  status: SocketStatus
  /** When the next attempt begins, milliseconds since 1970. */
  retryAt: number | null
  onConnect: () => void
}

const WORDS: Record<SocketStatus, string> = {
  idle: 'Not connected yet',
  connecting: 'Connecting',
  open: 'Open',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  closed: 'Closed',
  failed: 'Gave up',
}

/** The public status in a word, and what can be done about it. */
export const ConnectionStatus = ({ status, retryAt, onConnect }: ConnectionStatusProps) => (
  <p className={`status status--${status}`}>
    <span className="status__dot" aria-hidden="true" />
    <span data-testid="status">{WORDS[status]}</span>
    {retryAt !== null && <NextTry at={retryAt} />}
    {(status === 'closed' || status === 'failed') && (
      <button type="button" className="link-button" onClick={onConnect}>
        Connect
      </button>
    )}
  </p>
)

function NextTry({ at }: { at: number }) {
  const leftMs = Math.max(0, at - useNow(100))
  return <span className="status__retry">in {(leftMs / 1_000).toFixed(1)} s</span>
}
