import { TicketSocketError } from '../contract/errors.ts'
import { or, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, systemClock } from '../platform/system-platform.ts'
import { withDeadline } from './deadline.ts'
import type { RateLimit } from './limits.ts'
import { numberIn } from './options.ts'
import { createTokenBuckets } from './token-buckets.ts'

/**
 * Counts what each key takes. `testRateLimiter` of `ticket-socket/server/conformance` holds an implementation to these
 * rules.
 *
 * - A key is a bucket of `limit.burst` tokens, full at first, refilled by `limit.perMinute` and never above `burst`.
 * - `take` MUST be one atomic step: of any number of callers at the same moment, as many are granted as there are tokens.
 * - What is refused MUST cost nothing.
 * - A limiter that cannot count MUST reject, within its own deadline.
 */
export interface RateLimiter {
  /** Takes one token. Resolves to 0, or, when there was none, to how long until there is one, in milliseconds. */
  take(key: string, limit: RateLimit): Promise<number>
}

export interface MemoryRateLimiterOptions {
  clock?: Clock
  /** Keys that are remembered. Beyond it, the one not seen for longest is forgotten. @default 20_000 */
  maxKeys?: number
}

/**
 * Counts in this process: with several servers, each grants the limit for itself.
 *
 * @example
 * ```ts
 * import { createMemoryRateLimiter } from 'ticket-socket/server'
 *
 * const limiter = createMemoryRateLimiter()
 * await limiter.take('alice', { burst: 1, perMinute: 60 }) // 0
 * await limiter.take('alice', { burst: 1, perMinute: 60 }) // 1_000
 * ```
 */
export function createMemoryRateLimiter(options: MemoryRateLimiterOptions = {}): RateLimiter {
  const { clock, maxKeys } = resolve('createMemoryRateLimiter', options, {
    clock: or(systemClock, clockOf),
    maxKeys: or(20_000, numberIn({ min: 1, integer: true })),
  })
  const buckets = createTokenBuckets(clock, maxKeys)
  return { take: async (key, limit) => buckets.take(key, limit) }
}

/** A shared limiter that failed is not asked again for this long: nobody is to wait for it with every request. */
const REST_MS = 1_000
/** Whatever deadline a limiter sets itself: a request has more to wait for than this. */
const DEADLINE_MS = 250

/**
 * A limiter that never rejects: while the shared one cannot count, this process counts by itself. Why not refuse instead
 * stands in docs/decisions/0008.
 *
 * `onFailure` is told once per rest of a second.
 */
export function createSteadyLimiter(
  shared: RateLimiter,
  clock: Clock,
  onFailure: (error: unknown) => void,
): RateLimiter {
  const own = createMemoryRateLimiter({ clock })
  let restsUntilMs = Number.NEGATIVE_INFINITY

  function rest(error: unknown) {
    if (clock.now() < restsUntilMs) return
    restsUntilMs = clock.now() + REST_MS
    onFailure(error)
  }

  return {
    async take(key, limit) {
      if (clock.now() < restsUntilMs) return own.take(key, limit)
      const late = () => new TicketSocketError('timeout', 'The rate limiter took too long.')
      try {
        const waitMs = await withDeadline(clock, DEADLINE_MS, shared.take(key, limit), late)
        if (Number.isFinite(waitMs)) return waitMs
        throw new TypeError('the rate limiter must resolve to a number')
      } catch (error) {
        rest(error)
        return own.take(key, limit)
      }
    },
  }
}
