// What the auth service shows: a snapshot, which is a function of the session alone. It holds no credential.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthSession } from './session.ts'
import { isSignedIn, userIdOf } from './user-state.ts'

export interface AuthSnapshot {
  /** The flag as last read for this user; null: not read yet. */
  readonly ticketAuth: boolean | null
  /** Null: `getToken` was not asked yet. */
  readonly signedIn: boolean | null
  /** From the JWT's `sub`; null for nobody, and for an opaque token. */
  readonly userId: string | null
  /** Consecutive ticket failures that count toward the bound. */
  readonly ticketFailures: number
  readonly maxTicketFailures: number
  /** Tickets are given up for this user, for the life of this page. */
  readonly reverted: boolean
  /**
   * The prefetched ticket, if any. Times in milliseconds since 1970, for display. On a page that is idle or hidden nobody
   * replaces it, and it stays here after `expiresAt`; it is never used then.
   */
  readonly prefetched: { readonly handle: string; readonly expiresAt: number; readonly refreshAt: number } | null
  /** @deprecated The same value as `prefetched`, under its former name. */
  readonly spare: AuthSnapshot['prefetched']
  readonly lastError: TicketSocketError | null
}

export function snapshotOf({ user, flag, health, cache }: AuthSession, maxTicketFailures: number): AuthSnapshot {
  const { record, lastError } = health
  const prefetched = cache.prefetched?.shown ?? null
  return {
    ticketAuth: flag.isOn,
    signedIn: isSignedIn(user),
    userId: userIdOf(user),
    ticketFailures: record.failures,
    maxTicketFailures,
    reverted: record.reverted,
    prefetched,
    spare: prefetched,
    lastError,
  }
}
