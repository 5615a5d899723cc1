// What an app asks about its sign-in: who is signed in, whether there is a JWT that can be used, and for a newer one.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import type { SnapshotStore } from '../platform/snapshot-store.ts'
import type { AuthSnapshot } from './auth-snapshot.ts'
import { type CallOptions, untilAborted } from './deadline.ts'
import type { FlagReader } from './feature-flag.ts'
import type { Identity } from './identity.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import { type AuthSession, still } from './session.ts'
import type { Found } from './token-answers.ts'
import type { Jwt } from './user-state.ts'

export interface SignInCallsDeps {
  identity: Identity
  freshness: JwtFreshness
  flag: FlagReader
  clock: Clock
  store: SnapshotStore<AuthSnapshot>
  signalOf: (options?: CallOptions) => AbortSignal
}

/** A JWT this close to its end counts as ended. */
const TOKEN_MARGIN_MS = 30_000

export function createSignInCalls(deps: SignInCallsDeps) {
  const { identity, freshness, flag, clock, store, signalOf } = deps

  async function usable(asked: AuthSession, signal: AbortSignal): Promise<Found> {
    const found = await identity.signedIn(asked, signal)
    still(found.session)
    if (!freshness.hasExpired(found.jwt, TOKEN_MARGIN_MS)) return found
    const wallAskedAt = clock.wallNow()
    const newer = await identity.refresh(found.session, signal)
    if (newer.jwt) freshness.noteNewer(newer.jwt, wallAskedAt)
    return newer
  }

  function newer(session: AuthSession, refused: string | undefined, options?: CallOptions): Promise<Found> {
    const signal = signalOf(options)
    return refused === undefined
      ? identity.refresh(session, signal)
      : identity.renew(session, new Secret(refused), signal)
  }

  return {
    async initialize(asked: AuthSession, options?: CallOptions): Promise<AuthSnapshot> {
      const signal = signalOf(options)
      const { session, jwt } = await identity.token(asked, signal)
      if (jwt) await untilAborted([signal, session.signal], (live) => flag.read(session, live))
      still(session)
      return store.getState()
    },

    hasUsableToken: (session: AuthSession, options?: CallOptions) =>
      answered(() => usable(session, signalOf(options)), isThere),

    hasNewerToken: (session: AuthSession, refused: string | undefined, options?: CallOptions) =>
      answered(() => newer(session, refused, options), isThere),

    newerToken: (session: AuthSession) =>
      answered(
        () => newer(session, undefined),
        (jwt) => jwt?.token.reveal() ?? null,
      ),
  }
}

const isThere = (jwt: Jwt | null) => jwt !== null

/** That nobody is signed in any more, or that the user has to sign in again, is an answer and no failure. */
async function answered<T>(ask: () => Promise<Found>, as: (jwt: Jwt | null) => T): Promise<T> {
  try {
    const { session, jwt } = await ask()
    still(session)
    return as(jwt)
  } catch (error) {
    const { code } = error as TicketSocketError
    if (code === 'unauthenticated' || code === 'signed_out') return as(null)
    throw error
  }
}
