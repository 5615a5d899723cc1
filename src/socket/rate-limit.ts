// A token bucket for the messages that the app sends: bursts pass, the rate holds in the long run.

import type { Clock } from '../platform/platform.ts'

export interface RateLimit {
  /** Messages a second, in the long run. */
  perSecond: number
  /** Messages at once, after a pause. @default as many as in a second, one at least */
  burst?: number
}

export interface RateLimiter {
  /** How long until another message may be sent, in milliseconds; 0: now. */
  waitMs(): number
  /** A message was sent. */
  count(): void
}

export const UNLIMITED: RateLimiter = { waitMs: () => 0, count: () => {} }

export function createRateLimiter({ perSecond, burst }: Required<RateLimit>, clock: Clock): RateLimiter {
  let tokens = burst
  let filledAt = clock.now()

  function fill() {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - filledAt) * perSecond) / 1_000)
    filledAt = now
  }

  return {
    waitMs() {
      fill()
      // In fractions a bucket is never quite full: without the tolerance a wait of zero would follow a wait.
      return tokens > 1 - 1e-6 ? 0 : ((1 - tokens) * 1_000) / perSecond
    },
    count() {
      fill()
      tokens--
    },
  }
}
