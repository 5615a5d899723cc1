export interface BackoffPolicy {
  /** Upper limit of the first wait, in milliseconds. */
  baseDelayMs: number
  /** Upper limit of every wait, in milliseconds. */
  maxDelayMs: number
  /** By how much the limit grows with every failure: 1 keeps it. */
  multiplier: number
}

/**
 * Exponential backoff with full jitter: anything between zero and min(cap, base·multiplierⁿ), so that clients which failed
 * together do not come back together.
 *
 * `failures` counts from 0 for the first wait; `random` is a number from 0 to 1.
 */
export function fullJitter(failures: number, policy: BackoffPolicy, random: number): number {
  const { baseDelayMs, maxDelayMs, multiplier } = policy
  // After many failures the power is Infinity, and the cap holds.
  return Math.min(maxDelayMs, baseDelayMs * multiplier ** Math.max(failures, 0)) * random
}
