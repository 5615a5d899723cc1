// What the auth service emits: events in the past tense. None of them holds a credential.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { AuthSession } from './session.ts'

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

/** `sessionChanged` is the port's: connections are called before the app is. */
export type CoreEvents = AuthEvents & { sessionChanged: boolean }

/** An event belongs to its session: once that has ended, no further listener is called. */
export type Emit = <Name extends keyof CoreEvents>(session: AuthSession, name: Name, payload: CoreEvents[Name]) => void
