import type { Clock } from '../platform/platform.ts'
import { checkNumber } from './options.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** A token bucket: `burst` at once, refilled by `perMinute`. `false` where one is expected means no limit. */
export interface RateLimit {
  burst: number
  perMinute: number
}

/** The limit itself, or a `TypeError` that names what is wrong with it. */
export function checkRateLimit(name: string, limit: RateLimit | false): RateLimit | false {
  if (limit === false) return false
  const burst = checkNumber(`${name}.burst`, limit.burst, { min: 1 })
  return { burst, perMinute: checkNumber(`${name}.perMinute`, limit.perMinute, { min: 0.001 }) }
}

/**
 * Counts in this process's memory: with several servers, each grants the limit for itself.
 *
 * `name` stands in the error message of a wrong limit.
 */
export function createRateLimiter(name: string, limit: RateLimit | false, clock: Clock): { take(key: string): number } {
  const checked = checkRateLimit(name, limit)
  if (checked === false) return { take: () => 0 }
  const buckets = createTokenBuckets(clock)
  return { take: (key) => buckets.take(key, checked) }
}
