// What a socket shows: its snapshot, as a function of the connection. It holds no credential.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { Clock } from '../platform/platform.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import type { BreakerPolicy, Connection } from './connection.ts'

/** What the connection is doing, as `docs/lifecycle.md` draws it. */
export type SocketPhase = Connection['phase']

/** What people see: coarser than a phase. */
export type SocketStatus = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'offline' | 'closed' | 'failed'

/**
 * `open`: so many attempts were lost in a row that the next one waits `resetMs` or longer, or for the network;
 * `half-open`: one attempt is under way, or has opened and not settled yet; `closed`: anything else.
 */
export type Breaker = 'closed' | 'open' | 'half-open'

export interface Session {
  readonly id: string
  readonly userId: string | null
  /** End of the session as the server announced it, milliseconds since 1970, for display. */
  readonly expiresAt: number
  /** The most that the server takes in one message, in bytes; null where it announces no limit. */
  readonly maxMessageBytes: number | null
}

export interface SocketSnapshot {
  /** For people. */
  readonly status: SocketStatus
  /** For developers: whether it waits for a credential, for the socket, or for the server to accept it. */
  readonly phase: SocketPhase
  /** Of the present attempt, or of the last one. */
  readonly method: AuthMethod | null
  /** Attempts lost in a row. */
  readonly failedAttempts: number
  /** Whether so many were lost that attempts are slowed down, by the option `breaker`. */
  readonly breaker: Breaker
  /** Why it is not open; null while nothing is wrong. */
  readonly error: TicketSocketError | null
  /**
   * How the server closed the last connection: code, reason without anything that looks like a credential, and whether the
   * closing handshake was completed. Null while it is open, and where no socket was closed: no credential, a timeout,
   * `close()`, signing out. A connection that broke has the code 1006.
   */
  readonly closeDetails: CloseDetails | null
  /** When the next attempt begins, milliseconds since 1970; null unless waiting. */
  readonly retryAt: number | null
  /** Null where `ticket-socket.v1` was not negotiated. */
  readonly session: Session | null
  /** Round-trip time of the last ping, in milliseconds. */
  readonly rttMs: number | null
  /** Messages waiting for their turn. */
  readonly queued: number
}

export const INITIAL_SNAPSHOT: SocketSnapshot = {
  status: 'idle',
  phase: 'idle',
  method: null,
  failedAttempts: 0,
  breaker: 'closed',
  error: null,
  closeDetails: null,
  retryAt: null,
  session: null,
  rttMs: null,
  queued: 0,
}

/** What to show of a connection, over what was shown before. */
export function shownOf(
  now: Connection,
  before: SocketSnapshot,
  clock: Clock,
  breaker: BreakerPolicy,
): Partial<SocketSnapshot> {
  const isOpen = now.phase === 'open'
  // While an attempt is made, why it is needed. Once the client had given up, what the app begins has no such reason.
  const isRetry = 'id' in now && !isOpen && before.phase !== 'failed' && before.phase !== 'closed'
  return {
    status: statusOf(now),
    phase: now.phase,
    method: 'method' in now ? now.method : before.method,
    failedAttempts: now.failures.attempts,
    breaker: breakerOf(now, breaker),
    error: 'cause' in now ? now.cause : isRetry ? before.error : null,
    closeDetails: 'closeDetails' in now ? now.closeDetails : isRetry ? before.closeDetails : null,
    retryAt: now.phase === 'waiting' ? clock.wallNow() + Math.max(0, now.until - clock.now()) : null,
    session: isOpen ? before.session : null,
    rttMs: isOpen ? before.rttMs : null,
  }
}

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
      return connection.failures.attempts > 0 ? 'reconnecting' : 'connecting'
    case 'waiting':
      // Between two credentials of one attempt there was no wait.
      return connection.failures.redials > 0 && connection.failures.attempts === 0 ? 'connecting' : 'reconnecting'
    case 'suspended':
      return 'offline'
    default:
      return connection satisfies never
  }
}

/** Derived from the attempts lost in a row. */
export function breakerOf({ failures, phase }: Connection, { failureThreshold }: BreakerPolicy): Breaker {
  if (failures.attempts < failureThreshold) return 'closed'
  switch (phase) {
    case 'waiting':
    case 'suspended':
      return 'open'
    case 'authenticating':
    case 'opening':
    case 'confirming':
    case 'open':
      return 'half-open'
    case 'idle':
    case 'closed':
    case 'failed':
      return 'closed'
    default:
      return phase satisfies never
  }
}
