// Asks the app for a JWT, and enters its answer into the session: the table in `user-state.ts` says what an answer means. What the
// service does with the JWT is in `identity.ts`.

import type { Clock } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import { notYet } from './credential-errors.ts'
import { readJwt } from './jwt.ts'
import type { AuthSession, Sessions, Writable } from './session.ts'
import { createTokenCalls, type TokenCallback } from './token-calls.ts'
import { type Jwt, jwtOf, type UserEvent, userStateAfter } from './user-state.ts'

/** What the app has answered: a JWT, or null for nobody, in the session that it belongs to. */
export interface Found {
  readonly session: AuthSession
  readonly jwt: Jwt | null
}

export interface TokenAnswersDeps {
  sessions: Pick<Sessions, 'begin'>
  getToken: TokenCallback
  refreshToken: TokenCallback | undefined
  clock: Clock
  timeoutMs: number
  /** Who is signed in has changed within a session. */
  onChange: (session: AuthSession) => void
  /** The app still gives a JWT of a session that has ended: it is taken for none. Called once in a session. */
  onBarred: () => void
}

export function createTokenAnswers(deps: TokenAnswersDeps) {
  const { sessions, getToken, refreshToken, clock, timeoutMs, onChange, onBarred } = deps
  const calls = createTokenCalls({ clock, timeoutMs })
  const barredIn = new WeakSet<AuthSession>()
  let questions = 0

  /** What has happened to a session; answers with the session that it is now. `name`: the callback that has answered. */
  function after(session: Writable<'user'>, event: UserEvent, name: string): AuthSession {
    const step = userStateAfter(session.user, event)
    if (step.session === 'refused')
      throw notYet(name, event.type === 'none' ? 'gives no JWT' : 'still gives the JWT of a session that has ended')
    if (step.session === 'new') return sessions.begin(session, step.user)
    session.user = step.user
    if (event.type === 'jwt') session.tokens.note(event.jwt.token.reveal(), 'used')
    onChange(session)
    return session
  }

  async function ask(session: AuthSession, name: string, callback: TokenCallback, signal: AbortSignal): Promise<Found> {
    const question = ++questions
    const value = await calls.ask(name, callback, session, signal)
    const present = jwtOf(session.user)
    if (present && question < present.question) return { session, jwt: present }
    // What it means that there is no newer token depends on why one was wanted: `refresh` and `newer` differ.
    if (value === null) return name === 'refreshToken' ? { session, jwt: null } : none(session, name)
    return received(session, name, value, question)
  }

  function received(session: AuthSession, name: string, value: string, question: number): Found {
    if (calls.isBarred(session, value)) {
      if (!barredIn.has(session)) onBarred()
      barredIn.add(session)
      return { session: after(session, { type: 'barred' }, name), jwt: null }
    }
    const present = jwtOf(session.user)
    if (present?.token.reveal() === value) return { session, jwt: present }
    // An app that still answers with one which was replaced, or refused, answers late.
    if (present && session.tokens.is(value, 'replaced', 'refused', 'forgiven')) return { session, jwt: present }
    const jwt: Jwt = { token: new Secret(value), claims: readJwt(value), receivedAt: clock.now(), question }
    return { session: after(session, { type: 'jwt', jwt }, name), jwt }
  }

  const none = (session: AuthSession, name: string): Found => ({
    session: after(session, { type: 'none' }, name),
    jwt: null,
  })

  const ofGetToken = (session: AuthSession, signal: AbortSignal) => ask(session, 'getToken', getToken, signal)

  return {
    ofGetToken,

    /** No JWT: there is none newer. Without `refreshToken`, `getToken` is asked once more. */
    ofRefreshToken: (session: AuthSession, signal: AbortSignal) =>
      refreshToken ? ask(session, 'refreshToken', refreshToken, signal) : ofGetToken(session, signal),

    /** Enters that nobody is signed in. `name`: the callback that has answered. */
    none,

    isBarred: calls.isBarred,
    known: calls.known,

    signOut(session: AuthSession) {
      calls.signedOut(session)
      after(session, { type: 'sign_out' }, '')
    },

    signIn(session: AuthSession) {
      // A token that was seen before a sign-out stays barred: an app may announce the next user before it has cleared it.
      calls.signedIn()
      after(session, { type: 'sign_in' }, '')
    },
  }
}
