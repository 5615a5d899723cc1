import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { testRateLimiter } from '../../src/server/conformance/index.ts'
import { createRedisRateLimiter } from '../../src/server/redis/redis-rate-limiter.ts'
import { CLIENTS, connectIoredis, cutOff, storeOn } from './clients.ts'

const where = () => ({ path: inject('redisSocket') })
const limit = { burst: 2, perMinute: 600 }

describe.each(CLIENTS)('through %s', (_, connect) => {
  testRateLimiter({
    test,
    arrange: async () => ({ limiter: createRedisRateLimiter(await connect(where())) }),
    arrangeUnreachable: async () => ({ limiter: createRedisRateLimiter(cutOff(await connect(where()))) }),
  })
})

test('servers that share a Redis grant one limit together', async () => {
  const clients = await Promise.all([connectIoredis(where()), connectIoredis(where()), connectIoredis(where())])
  const limiters = clients.map((client) => createRedisRateLimiter(client))
  const key = randomUUID()
  const waits = await Promise.all(
    Array.from({ length: 60 }, (_, n) => limiters[n % 3]?.take(key, { burst: 5, perMinute: 1 })),
  )
  expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5)
})

test('a key holds neither a user nor an address, and is gone when its bucket is full', async () => {
  const client = await connectIoredis(where())
  const prefix = `${randomUUID()}:`
  const limiter = createRedisRateLimiter(client, { prefix })
  await limiter.take('user:alice@example.com', limit)
  const keys = await client.keys(`${prefix}*`)
  expect(keys).toEqual([expect.stringMatching(/^[\w-]+:[\w-]{43}$/)])
  await expect.poll(() => client.keys(`${prefix}*`)).toEqual([])
})

test.each(['', 'nonsense', '-5 1', '1e999 x', 'nan nan', '9'.repeat(400)])(
  'what somebody else wrote into a bucket counts as a full one: %j',
  async (value) => {
    const client = await connectIoredis(where())
    const prefix = `${randomUUID()}:`
    const limiter = createRedisRateLimiter(client, { prefix })
    await limiter.take('a', { burst: 2, perMinute: 1 })
    const [key = ''] = await client.keys(`${prefix}*`)
    await client.set(key, value)
    expect(await limiter.take('a', { burst: 1, perMinute: 1 })).toBe(0)
    expect(await limiter.take('a', { burst: 1, perMinute: 1 })).toBeGreaterThan(0)
  },
)

test('the ticket store brings one along, whose keys can be named', async () => {
  const client = await connectIoredis(where())
  const limitPrefix = `${randomUUID()}:`
  const { store } = storeOn(client, { limitPrefix })
  expect(await store.rateLimiter?.take('a', { burst: 1, perMinute: 1 })).toBe(0)
  expect(await client.keys(`${limitPrefix}*`)).toHaveLength(1)
})

test.each([
  [{ prefix: '' }, 'prefix must be a non-empty string, got ""'],
  [{ deadlineMs: Number.NaN }, 'deadlineMs must be a number of at least 1, got NaN'],
])('refuses %o', async (options, message) => {
  const client = await connectIoredis(where())
  expect(() => createRedisRateLimiter(client, options)).toThrow(new TypeError(message))
})
