import type { Clock } from '../platform/platform.ts'
import type { RateLimit } from './limits.ts'

export interface TokenBuckets {
  /** Takes one from this key's bucket. Zero when there was one; otherwise how long until there is, in milliseconds. */
  take(key: string, limit: RateLimit): number
}

interface Bucket {
  tokens: number
  atMs: number
}

/** The buckets that are kept. Beyond it, the least recently used one is forgotten: the one most likely full. */
const MAX_KEYS = 20_000

/** Buckets in this process's memory, each full at first. A refusal takes no token. */
export function createTokenBuckets(clock: Clock, maxKeys = MAX_KEYS): TokenBuckets {
  const buckets = new Map<string, Bucket>()
  return {
    take(key, { burst, perMinute }) {
      const perMs = perMinute / 60_000
      const nowMs = clock.now()
      const { tokens, atMs } = buckets.get(key) ?? { tokens: burst, atMs: nowMs }
      const available = Math.min(burst, tokens + (nowMs - atMs) * perMs)
      const isGranted = available >= 1
      buckets.delete(key) // so that the key stands last
      buckets.set(key, { tokens: isGranted ? available - 1 : available, atMs: nowMs })
      if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string)
      return isGranted ? 0 : Math.ceil((1 - available) / perMs)
    },
  }
}

/** One limit for many keys, counted in this process's memory: of several servers, each grants the limit for itself. */
export function createRateLimiter(limit: RateLimit | false, clock: Clock): { take(key: string): number } {
  if (limit === false) return { take: () => 0 }
  const buckets = createTokenBuckets(clock)
  return { take: (key) => buckets.take(key, limit) }
}
