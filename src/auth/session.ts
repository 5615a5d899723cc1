// One object for one sign-in: everything that is known of it, grouped by the file that writes it. The end of a session puts
// another object in its place. So a late answer writes into an object that nobody shows, and nothing of one user's session
// is found in the next.
//
// After an `await` a function uses the session that it was called with, never the current one; a test holds it to that.

import { TicketSocketError } from '../contract/errors.ts'
import { abortReason } from './deadline.ts'
import { emptyCache, type TicketCache } from './ticket-cache.ts'
import { CLEAN_RECORD, type TicketRecord } from './ticket-record.ts'
import { createTokenStates, type TokenStates } from './token-states.ts'
import { jwtOf, type UserState } from './user-state.ts'

export interface AuthSession {
  /** Aborted when the session has ended: by then another one is in its place. */
  readonly signal: AbortSignal
  /** Who is signed in. `identity.ts` */
  readonly user: UserState
  /** What became of each token of this session. `identity.ts` and `token-calls.ts` */
  readonly tokens: TokenStates
  /** The feature flag as it was last read. `feature-flag.ts` */
  readonly flag: FlagReading
  /** Whether this user's tickets work. `ticket-health.ts` */
  readonly health: TicketHealth
  /** The prefetched ticket. `ticket-cache.ts` */
  readonly cache: TicketCache
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

/** For the one file that writes this group. */
export type Writable<Group extends 'user' | 'flag' | 'health' | 'cache'> = Omit<AuthSession, Group> & {
  -readonly [Name in Group]: AuthSession[Name]
}

export interface Sessions {
  /** For code that waits for nothing. */
  current(): AuthSession
  /** Ends this session and begins the next. A session that has ended already ends no other one: that throws. */
  begin(ended: AuthSession, user: UserState): AuthSession
}

/** `onBegun` is called last: the new session is complete and in place, and what the old one had under way is aborted. */
export function createSessions(onBegun: (begun: AuthSession, ended: AuthSession) => void): Sessions {
  let controller = new AbortController()
  let current = newSession(controller.signal, { state: 'unknown' }, 0)

  return {
    current: () => current,
    begin(ended, user) {
      still(ended)
      const endedController = controller
      controller = new AbortController()
      const begun = newSession(controller.signal, user, ended.health.record.counted)
      current = begun
      endedController.abort(sessionEnded())
      onBegun(begun, ended)
      return begun
    },
  }
}

/** `counted` goes on from session to session: it distinguishes attempts, and an attempt may begin in one and go on in the next. */
function newSession(signal: AbortSignal, user: UserState, counted: number): AuthSession {
  const tokens = createTokenStates()
  const jwt = jwtOf(user)
  if (jwt) tokens.note(jwt.token.reveal(), 'used')
  return {
    signal,
    user,
    tokens,
    flag: { isOn: null, question: 0 },
    health: { record: { ...CLEAN_RECORD, counted }, lastError: null, givingUp: new AbortController() },
    cache: emptyCache(),
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
