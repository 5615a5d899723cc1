import type { Connection } from './connection.ts'

/** What the connection is doing, as `docs/lifecycle.md` draws it. */
export type SocketPhase = Connection['phase']

/** What people see: coarser than a phase. */
export type SocketStatus = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'offline' | 'closed' | 'failed'

export function statusOf(connection: Connection): SocketStatus {
  switch (connection.phase) {
    case 'idle':
    case 'open':
    case 'closed':
    case 'failed':
      return connection.phase
    case 'authenticating':
    case 'opening':
    case 'confirming':
      return connection.streak > 0 ? 'reconnecting' : 'connecting'
    case 'waiting':
      // Between two credentials of one attempt nobody has waited for anything.
      return connection.atOnce > 0 && connection.streak === 0 ? 'connecting' : 'reconnecting'
    case 'suspended':
      return 'offline'
    default:
      return connection satisfies never
  }
}
