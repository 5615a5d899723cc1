import type { Clock } from '../platform/platform.ts'
import { addressBlock, siteOf, TIMES_PER_SITE } from './address-block.ts'
import { type RateLimit, times } from './limits.ts'
import { createRateLimiter } from './token-buckets.ts'

/**
 * A limit per address, counted in this process's memory: an IPv6 address counts as its /64, and a /48 has sixteen times the limit.
 * `take` answers like a rate limiter; an `undefined` address is not limited.
 */
export function createAddressLimiter(limit: RateLimit | false, clock: Clock) {
  const blocks = createRateLimiter(limit, clock)
  const sites = createRateLimiter(limit && times(limit, TIMES_PER_SITE), clock)
  return {
    take(address: string | undefined): number {
      if (address === undefined) return 0
      const waitMs = blocks.take(addressBlock(address))
      const site = siteOf(address)
      return waitMs === 0 && site !== null ? sites.take(site) : waitMs
    },
  }
}
