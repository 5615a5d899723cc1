// Asks the app who is signed in, and for newer JWTs. The table in `user-state.ts` says what an answer means for the session.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import { nobodySignedIn, noneNewer, notYet } from './credential-errors.ts'
import { pause } from './deadline.ts'
import { isOfAnother, readJwt } from './jwt.ts'
import { type AuthSession, type Sessions, still, type Writable } from './session.ts'
import { createSharedFlight, type SharedFlight } from './shared-flight.ts'
import { createTokenCalls, type TokenCallback } from './token-calls.ts'
import { type Jwt, jwtOf, type UserEvent, userIdOf, userStateAfter } from './user-state.ts'

/** What the app has answered: a JWT, or null for nobody, in the session that it belongs to. */
export interface Found {
  readonly session: AuthSession
  readonly jwt: Jwt | null
}

export interface IdentityDeps {
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

export type Identity = ReturnType<typeof createIdentity>

/**
 * A server refuses each JWT of the very second in which its user signed out of all sessions (docs/decisions/0007), and the
 * next one of that second as well. Issued this much later, it names a later second.
 */
const REFRESH_REFUSED_AFTER_MS = 1_000

export function createIdentity(deps: IdentityDeps) {
  const { sessions, getToken, refreshToken, clock, timeoutMs, onChange, onBarred } = deps
  const calls = createTokenCalls({ clock, timeoutMs })
  /** A request for a newer token serves its own session alone. */
  const refreshes = new WeakMap<AuthSession, SharedFlight<Found>>()
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

  /**
   * Asks the app. A JWT that the server has refused is refreshed once; where the newer one was refused, too, it rejects,
   * until the app answers with another.
   */
  async function token(session: AuthSession, signal: AbortSignal): Promise<Found> {
    const found = await ask(session, 'getToken', getToken, signal)
    if (!found.jwt || !isRefused(found.session, found.jwt)) return found
    if (found.session.tokens.hasRefusedEnough()) throw noneNewer()
    const fresh = await refresh(found.session, signal)
    if (fresh.jwt && isRefused(fresh.session, fresh.jwt)) throw noneNewer()
    return fresh
  }

  function newerOf(session: AuthSession): SharedFlight<Found> {
    const known = refreshes.get(session)
    if (known) return known
    const flight = createSharedFlight((signal) => askForNewer(session, signal))
    refreshes.set(session, flight)
    return flight
  }

  /** No JWT: the app has none, which says that nobody is signed in any more. */
  async function refresh(session: AuthSession, signal: AbortSignal): Promise<Found> {
    const found = await newerOf(session)(signal)
    return found.jwt || found.session !== session ? found : none(session, 'refreshToken')
  }

  async function askForNewer(session: AuthSession, signal: AbortSignal): Promise<Found> {
    if (session.user.state === 'signed_out') {
      const found = await ask(session, 'getToken', getToken, signal)
      if (!found.jwt) return found
    }
    const present = () => jwtOf(session.user)
    const refused = present()
    if (refused && mayBeOfASignOut(session, refused)) {
      const leftMs = () => (present() ?? refused).receivedAt + REFRESH_REFUSED_AFTER_MS - clock.now()
      // `getToken` may answer with a newer one meanwhile, and that may be refused as well.
      while (leftMs() > 0) {
        await pause(clock, leftMs(), [signal, session.signal])
        const jwt = present()
        if (jwt && !mayBeOfASignOut(session, jwt)) return { session, jwt }
      }
    }
    const before = present()?.token.reveal()
    const fresh = await ask(session, refreshToken ? 'refreshToken' : 'getToken', refreshToken ?? getToken, signal)
    if (fresh.jwt && fresh.jwt.token.reveal() === before) throw noneNewer()
    if (fresh.jwt && before !== undefined) session.tokens.replace(before)
    return fresh
  }

  const isRefused = ({ tokens }: AuthSession, { token }: Jwt) => tokens.is(token.reveal(), 'refused', 'forgiven')

  /** The server has refused it, and not because its `exp` has passed. */
  const mayBeOfASignOut = (session: AuthSession, jwt: Jwt) =>
    (isRefused(session, jwt) || session.tokens.isToRenew(jwt.token.reveal())) &&
    (jwt.claims?.expiresAt ?? Number.POSITIVE_INFINITY) > clock.wallNow()

  return {
    /** The JWT received last, unless the server has refused it. */
    trusted(session: AuthSession): Jwt | null {
      const jwt = jwtOf(session.user)
      return jwt && !isRefused(session, jwt) ? jwt : null
    },

    token,

    /** The same where somebody has to be signed in: else it rejects. */
    async signedIn(asked: AuthSession, signal: AbortSignal): Promise<{ session: AuthSession; jwt: Jwt }> {
      const { session, jwt } = await token(asked, signal)
      still(session)
      if (!jwt) throw nobodySignedIn('Ask')
      return { session, jwt }
    },

    /** Asks the app for a newer token; one request serves every caller that asks meanwhile. */
    refresh,

    /** The request for a newer token that is under way; null without one. */
    renewing: (session: AuthSession): Promise<unknown> | null => newerOf(session).underWay(),

    /**
     * Asks the app for a newer token, when nothing proves that the present one is bad: null where there is none newer,
     * whatever the app says to that. The session goes on. Rejects when the callback fails.
     */
    async newer(session: AuthSession, signal: AbortSignal): Promise<Jwt | null> {
      const found = await newerOf(session)(signal).catch((error: TicketSocketError) => {
        if (error.code === 'unauthenticated') return null
        throw error
      })
      return found?.jwt ?? null
    },

    /**
     * The same for one that the server has refused, unless there is a newer one already. Rejects when there is none. No JWT:
     * the refused one is of another session, or another session has begun.
     */
    async renew(session: AuthSession, refused: Secret, signal: AbortSignal): Promise<Found> {
      const value = refused.reveal()
      const notForThis: Found = { session, jwt: null }
      // A late answer to a request of a session that has ended: the user who is signed in now has nothing to do with it.
      if (calls.isBarred(session, value)) return notForThis
      const { state } = session.user
      if (state === 'signed_out' || state === 'announced') await ask(session, 'getToken', getToken, signal)
      if (isOfAnother(value, userIdOf(session.user))) return notForThis
      session.tokens.toRenew(value)
      const present = jwtOf(session.user)
      if (!present || present.token.reveal() === value) {
        const found = await refresh(session, signal)
        if (found.session !== session) return notForThis
      }
      const newer = jwtOf(session.user)
      if (newer?.token.reveal() === value) throw noneNewer()
      if (newer) session.tokens.replace(value)
      return { session, jwt: newer }
    },

    /**
     * Whether so many JWTs were refused in a row that another one is not to be tried, though the app may have made one: it
     * could do so for ever. Said once: for the next caller the count begins again.
     */
    mustSignIn({ tokens }: AuthSession): boolean {
      if (!tokens.hasRefusedEnough()) return false
      tokens.forgive()
      return true
    },

    /** The server refused this token for a connection. */
    distrust: ({ tokens }: AuthSession, token: Secret) => tokens.refuse(token.reveal()),

    /** The server accepted one: what it refused before is forgotten. */
    trust({ tokens, user }: AuthSession) {
      tokens.accept()
      const jwt = jwtOf(user)
      if (jwt) tokens.note(jwt.token.reveal(), 'used')
    },

    /** A ticket was accepted: refusals before it count no more, and the refused tokens stay unused. */
    forgive: ({ tokens }: AuthSession) => tokens.forgive(),

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
