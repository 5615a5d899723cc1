import type { Clock } from '../platform/platform.ts'
import { checkNumber } from './options.ts'

/** A token bucket: `burst` at once, refilled by `perMinute`. `false` where one is expected means no limit. */
export interface RateLimit {
  burst: number
  perMinute: number
}

export interface RateLimiter {
  /** Takes one from this key's bucket. Zero when there was one; otherwise how long until there is, in milliseconds. */
  take(key: string): number
}

interface Bucket {
  tokens: number
  atMs: number
}

/** Keys that are remembered. Beyond it the one not seen for longest is forgotten, which is the one most likely full. */
const MAX_KEYS = 20_000

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
export function createRateLimiter(name: string, limit: RateLimit | false, clock: Clock): RateLimiter {
  const checked = checkRateLimit(name, limit)
  if (checked === false) return { take: () => 0 }
  const { burst } = checked
  const perMs = checked.perMinute / 60_000
  const buckets = new Map<string, Bucket>()
  return {
    take(key) {
      const nowMs = clock.now()
      const { tokens, atMs } = buckets.get(key) ?? { tokens: burst, atMs: nowMs }
      const available = Math.min(burst, tokens + (nowMs - atMs) * perMs)
      const isGranted = available >= 1
      buckets.delete(key) // so that the key stands last
      buckets.set(key, { tokens: isGranted ? available - 1 : available, atMs: nowMs })
      if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value as string)
      return isGranted ? 0 : Math.ceil((1 - available) / perMs)
    },
  }
}
