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
      return 'reconnecting'
    case 'suspended':
      return 'offline'
    default:
      return connection satisfies never
  }
}
