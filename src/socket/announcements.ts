// What a change of the connection is to the app: an event in the past tense, or nothing. Every `open` is followed by
// exactly one `lost`, `closed` or `failed`.

import { TicketSocketError } from '../contract/errors.ts'
import type { Connection, ConnectionEvent, Loss } from './connection.ts'
import { lost } from './connection-errors.ts'
import type { Session, SocketEvents } from './socket-state.ts'

type Announced = 'open' | 'lost' | 'closed' | 'failed'
export type Announcement = { [Name in Announced]: { name: Name; payload: SocketEvents[Name] } }[Announced]

interface Moment {
  now: number
  session: Session | null
}

export function announcementOf(
  state: Connection,
  before: Connection,
  event: ConnectionEvent,
  { now, session }: Moment,
): Announcement | null {
  switch (state.phase) {
    case 'open':
      return before.phase === 'open' ? null : { name: 'open', payload: { method: state.method, session } }
    case 'waiting':
      return 'id' in before ? lostBy(state, Math.max(0, state.until - now)) : null
    case 'suspended':
      // An attempt that was not made was not lost.
      return 'id' in before && event.type !== 'granted' ? lostBy(state, null) : null
    case 'authenticating':
      return before.phase === 'open' ? lostBy(replacedBy(event), 0) : null
    case 'closed':
      // Told once: whoever closes what has ended ends nothing.
      return before.phase === 'closed' || before.phase === 'failed'
        ? null
        : { name: 'closed', payload: { by: state.by, closeDetails: state.closeDetails } }
    case 'failed':
      return { name: 'failed', payload: { error: state.cause, closeDetails: state.closeDetails } }
    default:
      return null
  }
}

const lostBy = ({ cause: error, closeDetails }: Loss, retryInMs: number | null): Announcement => ({
  name: 'lost',
  payload: { error, retryInMs, closeDetails },
})

const replacedBy = ({ type }: ConnectionEvent): Loss => ({
  cause:
    type === 'fenced'
      ? lost('signed_out')
      : new TicketSocketError('connection_lost', 'reconnect() replaced the connection. Nothing needs to be done.'),
  closeDetails: null,
})
