// What the auth service shows: a snapshot, and events in the past tense. None of it holds a credential.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { CallOptions } from './deadline.ts'

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

export interface AuthEvents {
  /** The backend issued a ticket. `ahead`: fetched before anybody asked. */
  ticketIssued: { handle: string; ttlMs: number; ahead: boolean }
  /** The unspent ticket was replaced before it expired. */
  ticketRefreshed: { handle: string }
  ticketTaken: { handle: string; fresh: boolean }
  /**
   * A ticket was requested, and none came. A call that requests none is not among them: nobody is signed in, tickets are off
   * or given up, or the backend has asked to wait.
   */
  ticketFailed: { error: TicketSocketError }
  /** This attempt falls back to another method. */
  fallback: { from: AuthMethod; to: AuthMethod; cause: TicketSocketError }
  /** Tickets are given up for good: the user stays on the JWT. Emitted once. */
  reverted: { cause: TicketSocketError }
  /** The session ended, or another one began. */
  userChanged: { signedIn: boolean }
}

export const AUTH_EVENTS: Readonly<Record<keyof AuthEvents, true>> = {
  ticketIssued: true,
  ticketRefreshed: true,
  ticketTaken: true,
  ticketFailed: true,
  fallback: true,
  reverted: true,
  userChanged: true,
}

/** What an existing socket service plugs in. */
export interface WebSocketAuthConfig {
  /** The JWT last seen: for the socket service's present way of authenticating. Do not log it. */
  token: string | null
  /** A newer JWT, or null when the user has to sign in. Rejects when the app's own callback fails. */
  refreshToken: () => Promise<string | null>
  /** A ticket of the caller's own. Never throws. Without success: connect with `token`. */
  getTicket: (options?: CallOptions) => Promise<TicketRequestResult>
  /** Whether a ticket would be used if somebody connected now. */
  useTicketAuth: boolean
}

/** A ticket as the service's users know it; times in milliseconds since 1970. It is a secret: do not log it. */
export interface WebSocketTicket {
  ticket: string
  expires_at: number
  created_at: number
  /** Names the ticket for `validateTicket` and `revokeTicket`, and may be logged. Null: this backend names none. */
  handle: string | null
  /** False: it may open several connections. A backend may give a single-use ticket all the same. */
  single_use: boolean
  /**
   * The backend's own idea of where to connect, ticket included. Empty where the backend sends none, or names another
   * origin than the host of `httpUrl` and those in `webSocketOrigins`. You do not need it: your app's own URL plus
   * `?ticket=` is where `createTicketSocket` connects.
   */
  websocket_url: string
}

export type TicketRequestResult =
  | { success: true; ticket: WebSocketTicket }
  /** `recoverable`: asking again later may succeed without anybody doing anything. */
  | { success: false; error: TicketSocketError; recoverable: boolean }
