// One object for one sign-in: everything that is known of it, grouped by the file that writes it. The end of a session puts
// another object in its place. So a late answer writes into an object that nobody shows, and nothing of one user's session
// is found in the next.
//
// After an `await` a function uses the session that it was called with, never the current one; a test holds it to that.

import { TicketSocketError } from '../contract/errors.ts'
import type { AuthEvents, AuthSnapshot } from './auth-state.ts'
import { abortReason } from './deadline.ts'
import type { Ticket } from './ticket.ts'
import { CLEAN_RECORD, type TicketRecord } from './ticket-record.ts'
import { createTokenStates, type TokenStates } from './token-states.ts'
import { isSignedIn, jwtOf, userIdOf, type Who } from './who.ts'

export interface AuthSession {
  /** Aborted when the session has ended: by then another one is in its place. */
  readonly signal: AbortSignal
  /** Who is signed in. `identity.ts` */
  readonly who: Who
  /** What became of each token of this session. `identity.ts` and `token-calls.ts` */
  readonly tokens: TokenStates
  /** The feature flag as it was last read. `flag-reader.ts` */
  readonly flag: FlagReading
  /** Whether this user's tickets work. `ticket-health.ts` */
  readonly health: TicketHealth
  /** The prefetched ticket. `shelf.ts` */
  readonly shelf: Shelf
}

export interface FlagReading {
  /** Null: not read yet. */
  readonly isOn: boolean | null
  /** Its questions are numbered. */
  readonly question: number
}

export interface TicketHealth {
  readonly record: TicketRecord
  readonly lastError: TicketSocketError | null
  /** Aborted once tickets are given up: no attempt waits for one any more. */
  readonly givingUp: AbortController
}

export interface Prefetched {
  readonly ticket: Ticket
  /** Monotonic milliseconds. */
  readonly refreshAt: number
  readonly shown: NonNullable<AuthSnapshot['prefetched']>
}

/** A request under way. */
export interface Flight {
  result: Promise<Ticket>
  controller: AbortController
  begunAt: number
  /** The signal of the caller that waits for it; null: its ticket is kept. */
  claimant: AbortSignal | null
}

/** Where an unused ticket lies, and the requests that may bring one. */
export interface Shelf {
  readonly prefetched: Prefetched | null
  /** More than one only where attempts have stopped waiting for requests of their own. */
  readonly flights: ReadonlySet<Flight>
  /** Requests that failed in a row, and until when none is made ahead of need. */
  readonly failures: number
  readonly pauseUntil: number
  readonly isDropped: boolean
}

export const emptyShelf = (): Shelf => ({
  prefetched: null,
  flights: new Set(),
  failures: 0,
  pauseUntil: 0,
  isDropped: false,
})

/** For the one file that writes this group. */
export type Writable<Group extends 'who' | 'flag' | 'health' | 'shelf'> = Omit<AuthSession, Group> & {
  -readonly [Name in Group]: AuthSession[Name]
}

export interface Sessions {
  /** For code that waits for nothing. */
  current(): AuthSession
  /** Ends this session and begins the next. A session that has ended already ends no other one: that throws. */
  begin(ended: AuthSession, who: Who): AuthSession
}

/** `onBegun` is called last: the new session is complete and in place, and what the old one had under way is aborted. */
export function createSessions(onBegun: (begun: AuthSession, ended: AuthSession) => void): Sessions {
  let controller = new AbortController()
  let current = newSession(controller.signal, { state: 'unknown' }, 0)

  return {
    current: () => current,
    begin(ended, who) {
      still(ended)
      const endedController = controller
      controller = new AbortController()
      const begun = newSession(controller.signal, who, ended.health.record.counted)
      current = begun
      endedController.abort(sessionEnded())
      onBegun(begun, ended)
      return begun
    },
  }
}

/** `counted` goes on from session to session: it distinguishes attempts, and an attempt may begin in one and go on in the next. */
function newSession(signal: AbortSignal, who: Who, counted: number): AuthSession {
  const tokens = createTokenStates()
  const jwt = jwtOf(who)
  if (jwt) tokens.note(jwt.token.reveal(), 'used')
  return {
    signal,
    who,
    tokens,
    flag: { isOn: null, question: 0 },
    health: { record: { ...CLEAN_RECORD, counted }, lastError: null, givingUp: new AbortController() },
    shelf: emptyShelf(),
  }
}

/** The last line of what is done for a session: each `await` before it is a moment in which the session may have ended. */
export function still({ signal }: AuthSession): void {
  if (signal.aborted) throw abortReason(signal)
}

const sessionEnded = () => {
  const message = 'The session ended while this was under way. Ask again for the user who is signed in then.'
  return new TicketSocketError('signed_out', message)
}

/** What the app sees of a session: a function of that session alone. */
export function snapshotOf({ who, flag, health, shelf }: AuthSession, maxTicketFailures: number): AuthSnapshot {
  const { record, lastError } = health
  const prefetched = shelf.prefetched?.shown ?? null
  return {
    ticketAuth: flag.isOn,
    signedIn: isSignedIn(who),
    userId: userIdOf(who),
    ticketFailures: record.failures,
    maxTicketFailures,
    reverted: record.reverted,
    prefetched,
    spare: prefetched,
    lastError,
  }
}

/** `sessionChanged` is the port's: connections are called before the app is. */
export type CoreEvents = AuthEvents & { sessionChanged: boolean }

/** An event belongs to its session: once that has ended, no further listener is called. */
export type Emit = <Name extends keyof CoreEvents>(session: AuthSession, name: Name, payload: CoreEvents[Name]) => void
