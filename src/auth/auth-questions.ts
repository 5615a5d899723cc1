// What an app asks of its own sign-in: who is signed in, whether there is a JWT that can be used, and for a newer one.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import type { SnapshotStore } from '../platform/snapshot-store.ts'
import type { AuthSnapshot } from './auth-state.ts'
import type { CallOptions } from './call-options.ts'
import { untilAborted } from './deadline.ts'
import type { FlagReader } from './flag-reader.ts'
import type { Identity } from './identity.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import { type AuthSession, still } from './session.ts'

export interface AuthQuestionsDeps {
  identity: Identity
  freshness: JwtFreshness
  flag: FlagReader
  clock: Clock
  store: SnapshotStore<AuthSnapshot>
  signalOf: (options?: CallOptions) => AbortSignal
}

/** A JWT this close to its end counts as ended. */
const TOKEN_MARGIN_MS = 30_000

export function createAuthQuestions(deps: AuthQuestionsDeps) {
  const { identity, freshness, flag, clock, store, signalOf } = deps

  async function isUsable(asked: AuthSession, signal: AbortSignal): Promise<boolean> {
    const { session, jwt } = await identity.signedIn(asked, signal)
    still(session)
    if (!freshness.hasExpired(jwt, TOKEN_MARGIN_MS)) return true
    const wallAskedAt = clock.wallNow()
    const newer = await identity.refresh(session, signal)
    if (newer.jwt) freshness.noteNewer(newer.jwt, wallAskedAt)
    still(newer.session)
    return newer.jwt !== null
  }

  return {
    async initialize(asked: AuthSession, options?: CallOptions): Promise<AuthSnapshot> {
      const signal = signalOf(options)
      const { session, jwt } = await identity.token(asked, signal)
      if (jwt) await untilAborted([signal, session.signal], (live) => flag.read(session, live))
      return store.getState()
    },

    async hasUsableToken(session: AuthSession, options?: CallOptions): Promise<boolean> {
      const signal = signalOf(options)
      try {
        return await isUsable(session, signal)
      } catch (error) {
        return noneUsable(error as TicketSocketError)
      }
    },

    async hasNewerToken(asked: AuthSession, refused: string | undefined, options?: CallOptions): Promise<boolean> {
      const signal = signalOf(options)
      try {
        const { session, jwt } =
          refused === undefined
            ? await identity.refresh(asked, signal)
            : await identity.renew(asked, new Secret(refused), signal)
        still(session)
        return jwt !== null
      } catch (error) {
        return noneUsable(error as TicketSocketError)
      }
    },
  }
}

/** Nobody is signed in any more, or the user has to sign in again: an answer, not a failure. */
function noneUsable(error: TicketSocketError): false {
  if (error.code === 'unauthenticated' || error.code === 'signed_out') return false
  throw error
}
