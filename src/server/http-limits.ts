import { group, optional, or } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { addressBlock, siteOf, TIMES_PER_SITE } from './address-block.ts'
import { HttpProblem } from './http-problem.ts'
import { checkRateLimit, type RateLimit, times } from './limits.ts'
import { checkMethods } from './options.ts'
import { createMemoryRateLimiter, createSteadyLimiter, type RateLimiter } from './rate-limiter.ts'

export interface HttpLimits {
  /** Tickets per user. Counted by the ticket store, where no `limiter` is given. @default { burst: 60, perMinute: 120 } */
  user?: RateLimit | false
  /**
   * Requests per address, where the adapter names one; public requests are counted apart. An IPv6 address counts as its /64, and
   * each server grants a /48 sixteen times as much.
   *
   * @default { burst: 300, perMinute: 600 }
   */
  address?: RateLimit | false
  /**
   * Where is counted. While it fails, this server counts by itself.
   *
   * @default the store's own, shared by all servers, where it has one (Redis has); else this server's memory
   */
  limiter?: RateLimiter
}

/** What a request spends. Each rejects with a 429 when there is nothing left. */
export interface HttpSpending {
  /** `isPublic`: of an endpoint that needs no JWT. */
  request(address: string | undefined, isPublic: boolean): Promise<void>
  /** Resolves to what is left to the ticket store to count, with the ticket. */
  ticket(userId: string): Promise<RateLimit | undefined>
}

interface ResolvedHttpLimits {
  user: RateLimit | false
  address: RateLimit | false
  limiter: RateLimiter | undefined
}

export const httpLimits = group<HttpLimits, ResolvedHttpLimits>({
  user: or({ burst: 60, perMinute: 120 }, checkRateLimit),
  address: or({ burst: 300, perMinute: 600 }, checkRateLimit),
  limiter: optional((name, limiter) => checkMethods(name, limiter, ['take'])),
})

export interface HttpSpendingDeps {
  limits: ResolvedHttpLimits
  /** The limiter that the store brings along. */
  shared: RateLimiter | undefined
  clock: Clock
  /** How long a request may take. */
  deadlineMs: number
  onFailure: (error: unknown) => void
}

export function createHttpSpending({ limits, shared, clock, deadlineMs, onFailure }: HttpSpendingDeps): HttpSpending {
  const { user, address: perAddress, limiter: own } = limits
  const limiter = own ?? shared
  const counts = limiter
    ? createSteadyLimiter(limiter, clock, onFailure, deadlineMs)
    : createMemoryRateLimiter({ clock })

  // A second bound behind the first one: not worth another round trip to where the first one is counted.
  const sites = createMemoryRateLimiter({ clock })

  async function spend(limiter: RateLimiter, key: string, limit: RateLimit) {
    const retryAfterMs = await limiter.take(key, limit)
    if (retryAfterMs > 0) throw new HttpProblem(429, 'Too many requests. Wait as Retry-After says.', { retryAfterMs })
  }

  return {
    async request(address, isPublic) {
      if (address === undefined || perAddress === false) return
      const kind = isPublic ? 'public' : 'address'
      await spend(counts, `${kind}:${addressBlock(address)}`, perAddress)
      const site = siteOf(address)
      if (site !== null) await spend(sites, `${kind}:${site}`, times(perAddress, TIMES_PER_SITE))
    },
    async ticket(userId) {
      if (user === false) return undefined
      if (!own) return user
      await spend(counts, `user:${userId}`, user)
      return undefined
    },
  }
}
