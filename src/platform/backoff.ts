export interface BackoffPolicy {
  /** Upper limit of the first wait, in milliseconds. It doubles with every failure. */
  baseDelayMs: number
  /** Upper limit of every wait, in milliseconds. */
  maxDelayMs: number
}

/**
 * Exponential backoff with full jitter: anything between zero and min(cap, base·2ⁿ), so that clients which failed
 * together do not come back together.
 *
 * `failures` counts from 0 for the first wait; `chance` is a number from 0 to 1.
 */
export function fullJitter(failures: number, { baseDelayMs, maxDelayMs }: BackoffPolicy, chance: number): number {
  // 2^31 is beyond every cap; larger exponents would reach Infinity.
  const limit = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(Math.max(failures, 0), 31))
  return limit * chance
}
