import { or, resolve, text } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { numberIn } from '../options.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { handleOf } from '../ticket-value.ts'
import { askWithin } from './ask.ts'
import { commandsOf, type RedisClient } from './redis-commands.ts'
import { TAKE_TOKEN } from './scripts.ts'

export interface RedisRateLimiterOptions {
  /** What stands before the hash of a key. @default 'auth:limit:' */
  prefix?: string
  /** A command that takes longer has failed, in milliseconds. @default 200 */
  deadlineMs?: number
  clock?: Clock
}

/**
 * Counts for all servers that share a Redis (5 or newer, or Valkey), by its clock. `createRedisTicketStore` brings one
 * along; make one to count in another Redis than that of the tickets.
 *
 * One script per take, on one key, so a cluster will do. A bucket takes up nothing once it is full again.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis'
 * import { createRedisRateLimiter } from 'ticket-socket/server/redis'
 *
 * const limiter = createRedisRateLimiter(new Redis('redis://localhost'))
 * await limiter.take('alice', { burst: 10, perMinute: 30 }) // 0, or how long to wait
 * ```
 */
export function createRedisRateLimiter(client: RedisClient, options: RedisRateLimiterOptions = {}): RateLimiter {
  const redis = commandsOf(client)
  const { clock, prefix, deadlineMs } = resolve('createRedisRateLimiter', options, {
    prefix: or('auth:limit:', text),
    deadlineMs: or(200, numberIn({ min: 1 })),
    clock: or(systemClock, clockOf),
  })
  return {
    async take(key, { burst, perMinute }) {
      const args = [String(burst), String(perMinute / 60_000)]
      return Number(await askWithin(clock, deadlineMs, () => redis.run(TAKE_TOKEN, [prefix + handleOf(key)], ...args)))
    },
  }
}
