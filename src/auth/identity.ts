// The JWT that a session uses: the one that the app gives, and a newer one once the server has refused it. `token-answers.ts` asks
// the app.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Secret } from '../platform/secret.ts'
import { nobodySignedIn, noneNewer } from './credential-errors.ts'
import { pause } from './deadline.ts'
import { endOf, isOfAnother } from './jwt.ts'
import { type AuthSession, still } from './session.ts'
import { createSharedFlight, type SharedFlight } from './shared-flight.ts'
import { createTokenAnswers, type Found, type TokenAnswersDeps } from './token-answers.ts'
import { type Jwt, jwtOf, userIdOf } from './user-state.ts'

export type Identity = ReturnType<typeof createIdentity>

/**
 * A server refuses each JWT of the very second in which its user signed out of all sessions (docs/decisions/0007), and the
 * next one of that second as well. Issued this much later, it names a later second.
 */
const REFRESH_REFUSED_AFTER_MS = 1_000

export function createIdentity(deps: TokenAnswersDeps) {
  const { clock } = deps
  const answers = createTokenAnswers(deps)
  /** A request for a newer token serves its own session alone. */
  const refreshes = new WeakMap<AuthSession, SharedFlight<Found>>()

  /**
   * Asks the app. A JWT that the server has refused is refreshed once; where the newer one was refused, too, it rejects,
   * until the app answers with another.
   */
  async function token(session: AuthSession, signal: AbortSignal): Promise<Found> {
    const found = await answers.ofGetToken(session, signal)
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
    return found.jwt || found.session !== session ? found : answers.none(session, 'refreshToken')
  }

  async function askForNewer(session: AuthSession, signal: AbortSignal): Promise<Found> {
    if (session.user.state === 'signed_out') {
      const found = await answers.ofGetToken(session, signal)
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
    const fresh = await answers.ofRefreshToken(session, signal)
    if (fresh.jwt && fresh.jwt.token.reveal() === before) throw noneNewer()
    if (fresh.jwt && before !== undefined) session.tokens.replace(before)
    return fresh
  }

  const isRefused = ({ tokens }: AuthSession, { token }: Jwt) => tokens.is(token.reveal(), 'refused', 'forgiven')

  /** The server has refused it, and not because its `exp` has passed. */
  const mayBeOfASignOut = (session: AuthSession, jwt: Jwt) =>
    (isRefused(session, jwt) || session.tokens.isToRenew(jwt.token.reveal())) && endOf(jwt) > clock.wallNow()

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
      if (answers.isBarred(session, value)) return notForThis
      const { state } = session.user
      if (state === 'signed_out' || state === 'announced') await answers.ofGetToken(session, signal)
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

    known: answers.known,
    signOut: answers.signOut,
    signIn: answers.signIn,
  }
}
