import { describe, expect, inject, test } from 'vitest'
import { exampleClaims, findBrokenStoreRules, testTicketStore } from '../../src/server/conformance/index.ts'
import { createMemoryTicketStore } from '../../src/server/memory-store.ts'
import type { RedisClient } from '../../src/server/redis/redis-commands.ts'
import { createRedisTicketStore } from '../../src/server/redis/redis-ticket-store.ts'
import { AuthTicketManager } from '../../src/server/ticket-manager.ts'
import type { TicketStore } from '../../src/server/ticket-store.ts'
import { handleOf } from '../../src/server/ticket-value.ts'
import { CLIENTS, connectIoredis, cutOff, storeOn } from './clients.ts'

const where = () => ({ path: inject('redisSocket') })
const handle = (n: number) => String(n).padStart(43, 'h')

describe.each(CLIENTS)('through %s', (_, connect) => {
  testTicketStore({
    test,
    arrange: async () => ({ store: storeOn(await connect(where())).store }),
    arrangeUnreachable: async () => ({ store: storeOn(cutOff(await connect(where())), { deadlineMs: 50 }).store }),
  })
})

test('the contract finds a store that reads with GET and deletes with DEL', async () => {
  const client = await connectIoredis(where())
  const { store, prefix } = storeOn(client)
  const getThenDel: TicketStore = {
    ...store,
    async consume(h) {
      const claims = await store.peek(h)
      await client.del(prefix + h)
      return claims && { claims, revocation: null }
    },
  }
  const broken = await findBrokenStoreRules({ arrange: () => ({ store: getThenDel }) })
  expect(broken.map(({ name }) => name)).toContain(
    'gives a ticket to exactly one of a hundred consumers at the same moment',
  )
})

test('PR-07: one of a thousand consumers at the same moment gets the ticket, through every client', async () => {
  const [first, ...others] = await Promise.all([...CLIENTS, ...CLIENTS].map(([, connect]) => connect(where())))
  const { prefix, userPrefix, store } = storeOn(first as RedisClient, { deadlineMs: 10_000 })
  const stores = [
    store,
    ...others.map((client) => createRedisTicketStore(client, { prefix, userPrefix, deadlineMs: 10_000 })),
  ]
  for (let round = 0; round < 10; round++) {
    await store.put(handle(round), exampleClaims('alice'), 60_000)
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => stores[n % stores.length]?.consume(handle(round))),
    )
    expect(answers.flatMap((answer) => answer?.claims ?? [])).toEqual([exampleClaims('alice')])
  }
})

describe('what stands in Redis', () => {
  test('every key has an end, and is gone with the last ticket', async () => {
    const client = await connectIoredis(where())
    const { store, id } = storeOn(client, { revocationTtlMs: 300 })
    for (let n = 0; n < 5; n++) await store.put(handle(n), exampleClaims('alice'), 200 + n)
    await store.put(handle(6), exampleClaims('bob'), 250)
    await store.consume(handle(0))
    await store.revokeAll('bob')
    const keys = await client.keys(`${id}*`)
    expect(keys.length).toBeGreaterThan(4)
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(0)
    await expect.poll(() => client.keys(`${id}*`), { timeout: 2_000 }).toEqual([])
  })

  test('the index goes with its last ticket when that is consumed', async () => {
    const client = await connectIoredis(where())
    const { store, id } = storeOn(client)
    await store.put(handle(1), exampleClaims('alice'), 60_000)
    await store.consume(handle(1))
    await expect.poll(() => client.keys(`${id}*`)).toEqual([])
  })

  test('holds neither a ticket nor the id of a user in a key', async () => {
    const client = await connectIoredis(where())
    const { store, id } = storeOn(client)
    const tickets = new AuthTicketManager({ store })
    const { ticket_id, ticket_handle } = await tickets.generate({ userId: 'alice@example.com' })
    const keys = await client.keys(`${id}*`)
    const values = await Promise.all(keys.map(async (key) => String(await client.dump(key))))
    expect(keys).toContain(`${id}:ticket:${ticket_handle}`)
    expect(keys.join()).not.toContain('alice')
    expect(keys.join() + values.join()).not.toContain(ticket_id)
    expect(await tickets.consume(ticket_id)).toMatchObject({ userId: 'alice@example.com' })
  })

  test('uses the keys of the contract by default', async () => {
    const client = await connectIoredis(where())
    const store = createRedisTicketStore(client)
    await store.put(handle(9), exampleClaims('keys-of-the-contract'), 1_000)
    await store.revokeAll('nobody-by-the-contract')
    expect(store.prefix).toBe('auth:ticket:')
    expect(await client.exists(`auth:ticket:${handle(9)}`)).toBe(1)
    expect(await client.exists(`auth:user:{${handleOf('keys-of-the-contract')}}:index`)).toBe(1)
    expect(await client.exists(`auth:user:{${handleOf('nobody-by-the-contract')}}:not_before`)).toBe(1)
  })
})

describe('a value that another program wrote', () => {
  const good = exampleClaims('alice')
  test.each([
    ['nothing', ''],
    ['no JSON', '{"userId":"alice"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no user', JSON.stringify({ ...good, userId: '' })],
    ['a user that is no text', JSON.stringify({ ...good, userId: { toString: 'alice' } })],
    ['permissions that are no list', JSON.stringify({ ...good, permissions: 'admin' })],
    ['a field too many', JSON.stringify({ ...good, admin: true })],
    ['a field too few', JSON.stringify({ ...good, singleUse: undefined })],
    ['a prototype', `{"__proto__":{"userId":"alice"},${JSON.stringify(good).slice(1)}`],
    ['bytes', '\u0000\ufffd\u00ff'],
  ])('opens nothing and throws nothing: %s', async (_, value) => {
    const client = await connectIoredis(where())
    const { store, prefix } = storeOn(client)
    const write = () => client.set(prefix + handle(1), value, 'PX', 10_000)
    await write()
    expect(await store.peek(handle(1))).toBeNull()
    expect(await store.revoke(handle(1), 'alice')).toBe('not_found')
    await write()
    expect(await store.consume(handle(1))).toBeNull()
  })

  test('of another type than text is a failure of the store, not a ticket', async () => {
    const client = await connectIoredis(where())
    const { store, prefix } = storeOn(client)
    await client.lpush(prefix + handle(1), 'x')
    await expect(store.peek(handle(1))).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test.each(['soon', '1763800000250', '-1 5', '1e3 1e3', '5 5 5'])(
    'as the marks of a revoke-all keeps the door shut, and takes no place in the index: %j',
    async (value) => {
      const client = await connectIoredis(where())
      const { store, userPrefix, id } = storeOn(client)
      await store.put(handle(1), exampleClaims('alice'), 10_000)
      await client.set(`${userPrefix}{${handleOf('alice')}}:not_before`, value, 'PX', 10_000)
      const failed = { code: 'store_unavailable' }
      await expect(store.revocation('alice')).rejects.toMatchObject(failed)
      await expect(store.put(handle(2), exampleClaims('alice'), 10_000)).rejects.toMatchObject(failed)
      await expect(store.consume(handle(1))).rejects.toMatchObject(failed)
      expect(await client.keys(`${id}*:index`)).toEqual([])
      await store.revokeAll('alice')
      await store.put(handle(3), exampleClaims('alice'), 10_000)
    },
  )
})

test('reads what a client gives it as bytes', async () => {
  const client = await connectIoredis(where())
  const { store, prefix, userPrefix } = storeOn(client)
  const inBytes = createRedisTicketStore(
    {
      get: (key: string) => client.getBuffer(key),
      set: async (...args: [string, string, 'PX', number, 'NX']) => Buffer.from((await client.set(...args)) ?? ''),
      getdel: (key: string) => client.getdelBuffer(key),
      del: (key: string) => client.del(key),
      eval: (script: string, keys: number, ...args: string[]) => client.eval(script, keys, ...args),
      ping: () => client.ping(),
    },
    { prefix, userPrefix },
  )
  await inBytes.put(handle(1), exampleClaims('alice'), 10_000)
  expect(await inBytes.peek(handle(1))).toEqual(exampleClaims('alice'))
  expect(await inBytes.revoke(handle(1), 'alice')).toBe('revoked')
  await inBytes.revokeAll('alice')
  expect(await inBytes.revocation('alice')).toEqual(await store.revocation('alice'))
})

test.each([
  [undefined, 'client must be an ioredis or node-redis client (its GETDEL was not found), got undefined'],
  [{}, 'client must be an ioredis or node-redis client (its GETDEL was not found), got an object'],
  [
    createMemoryTicketStore(),
    'client must be an ioredis or node-redis client (its GETDEL was not found), got an object',
  ],
])('refuses a client that is none: %o', (client, message) => {
  expect(() => createRedisTicketStore(client as never)).toThrow(new TypeError(message))
})

test.each([
  [{ prefix: '' }, 'prefix must be a non-empty string, got ""'],
  [{ deadlineMs: 0 }, 'deadlineMs must be a number of at least 1, got 0'],
  [{ consumeReplicas: 0.5 }, 'consumeReplicas must be an integer from 0 to 100, got 0.5'],
])('refuses %o', async (options, message) => {
  const client = await connectIoredis(where())
  expect(() => createRedisTicketStore(client, options)).toThrow(new TypeError(message))
})
