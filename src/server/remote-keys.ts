import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../platform/platform.ts'

/** After a response or a failure, the issuer gets no further request for this long. */
const COOLDOWN_MS = 30_000
/** Keys are fetched again after this long. When that fails, the previous keys are used for as long again. */
const KEPT_MS = 600_000
const TIMEOUT_MS = 3_000

/** Errors that are no evidence about a token: the keys were not available. */
const UNAVAILABLE = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']
export const areKeysUnavailable = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) || UNAVAILABLE.includes(error.code)

/** The same as an error for operators. The message of `fetch` says only that it failed; the reason is in its cause. */
export function keysUnavailable(error: unknown): Error {
  const words = [error, (error as { cause?: unknown } | null)?.cause].filter((one) => one instanceof Error)
  const why = words.map(({ message }) => message).join(': ')
  return new Error(`The issuer's keys are not available (${why}). Check jwks and the way to it.`)
}

/**
 * The keys that an issuer publishes, fetched when needed, by one request for everybody who waits.
 *
 * An unknown key causes one more fetch per cooldown: otherwise an attacker could use this server to flood the issuer. During the
 * cooldown an unknown key may be new or forged. That is an error and not a refusal: a refused user would have to sign in because
 * the issuer has changed its keys.
 */
export function createRemoteKeys(url: URL, clock: Clock): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: KEPT_MS,
  })
  let kept: { keys: JWTVerifyGetKey; untilMs: number } | null = null
  let failedAtMs = Number.NEGATIVE_INFINITY

  /** The previous keys, as long as they may be used in place of newer ones. */
  const previousKeys = () => (kept && !remote.fresh && clock.now() < kept.untilMs ? kept.keys : null)

  return async (header, token) => {
    const wasCoolingDown = remote.coolingDown
    const previous = previousKeys()
    try {
      // A request to an issuer that has just failed would make every caller wait for the timeout.
      if (previous && clock.now() < failedAtMs + COOLDOWN_MS) return await previous(header, token)
      return await remote(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) {
        if (wasCoolingDown || previous) throw new Error('The key is unknown, and its issuer cannot be asked now.')
        throw error
      }
      if (!previous || !areKeysUnavailable(error)) throw error
      failedAtMs = clock.now()
      return previous(header, token)
    } finally {
      // The cooldown begins with a response, so a response has just arrived.
      const jwks = !wasCoolingDown && remote.coolingDown ? remote.jwks() : undefined
      if (jwks) kept = { keys: createLocalJWKSet(jwks), untilMs: clock.now() + 2 * KEPT_MS }
    }
  }
}
