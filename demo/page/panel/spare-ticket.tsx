import { useState } from 'react'
import type { AuthSnapshot } from 'ticket-socket'
import { clockTime } from '../format.ts'
import { shortHandle } from '../timeline.ts'
import { useNow } from '../use-now.ts'

export interface SpareTicketProps {
  spare: AuthSnapshot['spare']
  ticketAuth: boolean | null
  reverted: boolean
  onRetryTickets: () => void
}

/** The one unspent ticket, drawn as what it is; or why there is none. */
export const SpareTicket = ({ spare, ticketAuth, reverted, onRetryTickets }: SpareTicketProps) => (
  <div className="spare">
    <h3>Spare ticket</h3>
    {spare ? (
      <Stub key={spare.handle} {...spare} />
    ) : reverted ? (
      <div className="stub stub--none stub--reverted">
        <p>
          <strong>Reverted to JWT.</strong> Tickets are given up for the life of this page.
        </p>
        <button type="button" className="link-button" onClick={onRetryTickets}>
          Try tickets again
        </button>
      </div>
    ) : (
      <p className="stub stub--none">
        {ticketAuth === false ? 'None: the feature flag is off.' : 'None at the moment.'}
      </p>
    )}
  </div>
)

function Stub({ handle, expiresAt, refreshAt }: NonNullable<AuthSnapshot['spare']>) {
  const now = useNow(250)
  const [shownAt] = useState(now)
  const left = Math.max(0, Math.min(1, (refreshAt - now) / Math.max(1, refreshAt - shownAt)))
  return (
    <div className="stub">
      <div className="stub__body">
        <span className="stub__label">handle</span>
        <code className="stub__handle">{shortHandle(handle)}</code>
        <span className="stub__bar" aria-hidden="true">
          <span style={{ transform: `scaleX(${left})` }} />
        </span>
      </div>
      <dl className="stub__times">
        <div>
          <dt>refreshed in</dt>
          <dd>{clockTime(refreshAt - now)}</dd>
        </div>
        <div>
          <dt>expires in</dt>
          <dd>{clockTime(expiresAt - now)}</dd>
        </div>
      </dl>
    </div>
  )
}
