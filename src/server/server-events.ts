// The events of a server: one stream, for metrics, logs and traces alike. No event holds a credential:
// tickets and users stand in it by their SHA-256.

import type { CloseReason } from '../contract/close-codes.ts'
import type { AuthMethod } from '../contract/wire.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Route } from './http-routes.ts'
import type { JwtRefusal } from './jwt-refusal.ts'
import type { TicketStore } from './ticket-store.ts'

/** The questions that a store is asked. */
export type StoreCommand = Exclude<keyof TicketStore, 'kind' | 'prefix'>

/** Which endpoint a request was for, by the kind of its route: a path holds a handle. */
export type TicketEndpoint = Route['kind'] | 'other'

/** Why a server takes no upgrade: as many as may wait do wait for their decision, or its connections move to other servers. */
export type TurnedAway = 'full' | 'leaving'

/**
 * `ticket` is a ticket's handle, `user` the SHA-256 of a user's id, as it stands in Redis' keys (`null`: nobody),
 * `connection` a session's id. Durations are milliseconds.
 */
export type ServerEvent =
  | {
      kind: 'ticket_generated'
      ticket: string
      user: string
      ttlSeconds: number
      singleUse: boolean
      durationMs: number
    }
  | { kind: 'ticket_consumed'; ticket: string; user: string }
  /** `unknown` is also one that expired or was used: it is gone, and a store does not say why. */
  | { kind: 'ticket_refused'; ticket: string | null; reason: 'malformed' | 'unknown' | 'withdrawn' }
  | { kind: 'ticket_revoked'; ticket: string; user: string }
  /** A JWT that was refused at a ticket endpoint or an upgrade, with the reason that no client learns. */
  | ({ kind: 'jwt_refused' } & JwtRefusal)
  /**
   * `isRecorded`: the store has it. Otherwise connections were closed, and tickets and JWTs of before are still good.
   * `isPublished`: the other servers were notified. Otherwise they learn it within a minute, where it was recorded.
   */
  | { kind: 'user_revoked'; user: string; tickets: number; isRecorded: boolean; isPublished: boolean }
  /** When a server starts, and when it changes: whether the store can do its work, and what it refuses. */
  | { kind: 'store_checked'; isReady: boolean; problem: string | null }
  | { kind: 'store_asked'; command: StoreCommand; durationMs: number; isAnswered: boolean }
  /** `refusedOrigin`: the page's origin, where it is not among the allowed ones. */
  | {
      kind: 'request_answered'
      endpoint: TicketEndpoint
      method: string
      status: number
      durationMs: number
      refusedOrigin: string | null
    }
  | {
      kind: 'upgrade_accepted'
      method: AuthMethod
      user: string | null
      address: string | undefined
      durationMs: number
    }
  /**
   * `code` is the close code of the refusal; `status` that of plain HTTP, for a refusal by plain HTTP. `turnedAway`: the server took
   * no upgrade at that moment, whatever its credential; `null`: it looked at this one.
   */
  | {
      kind: 'upgrade_refused'
      reason: CloseReason
      turnedAway: TurnedAway | null
      code: number | null
      status: number | null
      origin: string | null
      address: string | undefined
      durationMs: number
    }
  | { kind: 'connection_opened'; connection: string; method: AuthMethod; user: string | null }
  | {
      kind: 'connection_closed'
      connection: string
      method: AuthMethod
      user: string | null
      code: number
      durationMs: number
    }
  /** The upgrade was accepted; there was no room for one more of this user, or the user revoked everything meanwhile. */
  | { kind: 'connection_refused'; method: AuthMethod; user: string | null; reason: 'too_many' | 'revoked' }
  | { kind: 'drain_started'; connections: number; windowMs: number }
  | { kind: 'drain_ended'; connections: number; stragglers: number }

/**
 * Called for every event of a server. An error that it throws is reported and changes nothing.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, type ServerObserver } from 'ticket-socket/server'
 *
 * const observe: ServerObserver = (event) => {
 *   if (event.kind === 'ticket_refused') console.warn(`refused: ${event.reason}`)
 * }
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe })
 * ```
 */
export type ServerObserver = (event: ServerEvent) => void

/** The observer as the server calls it. The event is made only for an observer: hashing takes time. */
export type Emit = (event: () => ServerEvent) => void

export function emitTo(observe: ServerObserver | undefined): Emit {
  if (!observe) return () => {}
  return (event) => {
    try {
      observe(event())
    } catch (error) {
      reportUncaught(error)
    }
  }
}
