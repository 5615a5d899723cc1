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
 * - A refusal MUST take no token.
 * - A limiter that cannot count MUST reject, within its own deadline.
 */
export interface RateLimiter {
  /** Takes one token. Resolves to 0, or, when there was none, to how long until there is one, in milliseconds. */
  take(key: string, limit: RateLimit): Promise<number>
}

export interface MemoryRateLimiterOptions {
  clock?: Clock
  /** The keys that are kept. Beyond it, the least recently used one is forgotten. @default 20_000 */
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

const MAX_REFUSED = 20_000
/** A shared limiter that failed is not asked again for this long: otherwise every request would wait for it. */
const REST_MS = 1_000
/** For every limiter, whatever its own deadline: a request waits for more than this, and has a deadline as well. */
const DEADLINE_MS = 250

/**
 * Keys that were refused, until their wait is over: until then the limiter would refuse them again, and is not asked. At most
 * `MAX_REFUSED`; beyond it, the key that was refused first is forgotten.
 */
function createRefusals(clock: Clock) {
  const untilMs = new Map<string, number>()
  return {
    /** How much longer the key has to wait, in milliseconds. */
    leftMs(key: string): number {
      const leftMs = (untilMs.get(key) ?? 0) - clock.now()
      if (leftMs > 0) return Math.ceil(leftMs)
      untilMs.delete(key)
      return 0
    },
    add(key: string, waitMs: number): void {
      untilMs.set(key, clock.now() + waitMs)
      if (untilMs.size > MAX_REFUSED) untilMs.delete(untilMs.keys().next().value as string)
    },
  }
}

/**
 * A limiter that never rejects: while the shared one cannot count, this process counts by itself. docs/decisions/0008 says why it
 * does not refuse instead.
 *
 * A key that was refused is not asked about again before its wait is over: a flood costs the shared limiter nothing. After a failure
 * the shared limiter rests for a second; `onFailure` is called once per rest.
 */
export function createSteadyLimiter(
  shared: RateLimiter,
  clock: Clock,
  onFailure: (error: unknown) => void,
  requestDeadlineMs: number,
): RateLimiter {
  const deadlineMs = Math.min(DEADLINE_MS, requestDeadlineMs / 2)
  const own = createMemoryRateLimiter({ clock })
  const refusals = createRefusals(clock)
  let restsUntilMs = Number.NEGATIVE_INFINITY

  function rest(error: unknown) {
    if (clock.now() < restsUntilMs) return
    restsUntilMs = clock.now() + REST_MS
    onFailure(error)
  }

  return {
    async take(key, limit) {
      const leftMs = refusals.leftMs(key)
      if (leftMs > 0) return leftMs
      if (clock.now() < restsUntilMs) return own.take(key, limit)
      const late = () => new TicketSocketError('timeout', 'The rate limiter took too long.')
      try {
        const waitMs = await withDeadline(clock, deadlineMs, shared.take(key, limit), late)
        if (!Number.isFinite(waitMs)) throw new TypeError('the rate limiter must resolve to a number')
        if (waitMs > 0) refusals.add(key, waitMs)
        return waitMs
      } catch (error) {
        rest(error)
        return own.take(key, limit)
      }
    },
  }
}
