import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../platform/platform.ts'

/** After an answer or a failure the issuer is left alone for so long, whatever arrives. */
const COOLDOWN_MS = 30_000
/** Keys are fetched anew after this long; when that fails, those at hand serve as long once more. */
const KEPT_MS = 600_000
const TIMEOUT_MS = 3_000

/** Errors that say nothing about a token: the keys could not be had. */
const UNAVAILABLE = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']
export const areKeysUnavailable = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) || UNAVAILABLE.includes(error.code)

/** The same as an error for operators: `fetch` alone says that it failed, and hides why in its cause. */
export function keysUnavailable(error: unknown): Error {
  const words = [error, (error as { cause?: unknown } | null)?.cause].filter((one) => one instanceof Error)
  const why = words.map(({ message }) => message).join(': ')
  return new Error(`The issuer's keys are not available (${why}). Check jwks and the way to it.`)
}

/**
 * The keys that an issuer publishes, fetched when needed, by one request for everybody who waits.
 *
 * An unknown key has them fetched again, once per cooldown: else anybody could make us flood the issuer. Until then it may
 * be new as well as forged, so that is an error and no refusal: a refused user would have to sign in because the issuer
 * has changed its keys.
 */
export function createRemoteKeys(url: URL, clock: Clock): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: KEPT_MS,
  })
  let kept: { keys: JWTVerifyGetKey; untilMs: number } | null = null
  let failedAtMs = Number.NEGATIVE_INFINITY

  /** The keys of before, for a while, when newer ones cannot be had. */
  const spareKeys = () => (kept && !remote.fresh && clock.now() < kept.untilMs ? kept.keys : null)

  return async (header, token) => {
    const wasCoolingDown = remote.coolingDown
    const spare = spareKeys()
    try {
      // Asking an issuer that has just failed would make everybody wait for the timeout.
      if (spare && clock.now() < failedAtMs + COOLDOWN_MS) return await spare(header, token)
      return await remote(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) {
        if (wasCoolingDown || spare) throw new Error('The key is unknown, and its issuer cannot be asked now.')
        throw error
      }
      if (!spare || !areKeysUnavailable(error)) throw error
      failedAtMs = clock.now()
      return spare(header, token)
    } finally {
      // It cools down from an answer on, so one came just now.
      const jwks = !wasCoolingDown && remote.coolingDown ? remote.jwks() : undefined
      if (jwks) kept = { keys: createLocalJWKSet(jwks), untilMs: clock.now() + 2 * KEPT_MS }
    }
  }
}
