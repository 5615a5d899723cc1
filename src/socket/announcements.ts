// What a change of the connection is to the app: an event in the past tense, or nothing. Every `open` is followed by
// exactly one `lost`, `closed` or `failed`.

import { TicketSocketError } from '../contract/errors.ts'
import type { Connection, ConnectionEvent } from './connection.ts'
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
      return 'id' in before ? lostBy(state.cause, Math.max(0, state.until - now)) : null
    case 'suspended':
      // An attempt that was not made was not lost.
      return 'id' in before && event.type !== 'granted' ? lostBy(state.cause, null) : null
    case 'authenticating':
      return before.phase === 'open' ? lostBy(replacedBy(event), 0) : null
    case 'closed':
      // Told once: whoever closes what has ended ends nothing.
      return before.phase === 'closed' || before.phase === 'failed'
        ? null
        : { name: 'closed', payload: { by: state.by } }
    case 'failed':
      return { name: 'failed', payload: { error: state.cause } }
    default:
      return null
  }
}

const lostBy = (error: TicketSocketError, retryInMs: number | null): Announcement => ({
  name: 'lost',
  payload: { error, retryInMs },
})

const replacedBy = ({ type }: ConnectionEvent): TicketSocketError =>
  type === 'fenced'
    ? lost('signed_out')
    : new TicketSocketError('connection_lost', 'reconnect() replaced the connection.')
