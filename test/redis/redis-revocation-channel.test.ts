import { randomUUID } from 'node:crypto'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createRedisRevocationChannel } from '../../src/server/redis/index.ts'
import type { PubSubClient } from '../../src/server/redis/redis-subscriber.ts'
import type { Revocation } from '../../src/server/revocation-channel.ts'
import { revocationChannelContract } from '../suites/revocation-channel.ts'
import { CLIENTS, connectIoredis, connectNodeRedis } from './clients.ts'
import { startRedis } from './start-redis.ts'

const alice = { userId: 'alice', marks: { atMs: 1, tokensUntilMs: 2 } }
const clients = CLIENTS as readonly [string, (where: { path: string } | { port: number }) => Promise<unknown>][]
const connectAs = async (connect: (typeof clients)[number][1], where: { path: string } | { port: number }) =>
  (await connect(where)) as PubSubClient

describe.each(clients)('through %s', (name, connect) => {
  revocationChannelContract(`Redis, through ${name}`, async () => {
    const channel = randomUUID()
    const [near, far] = [
      await connectAs(connect, { path: inject('redisSocket') }),
      await connectAs(connect, { path: inject('redisSocket') }),
    ]
    return {
      here: createRedisRevocationChannel(near, { channel }),
      there: createRedisRevocationChannel(far, { channel }),
      say: (text) => near.publish(channel, text),
    }
  })

  test('listens on a connection of its own, which ends with the last listener', async () => {
    const { port } = await startRedis()
    const admin = await connectIoredis({ port })
    const subscribers = async () =>
      String(await admin.client('LIST'))
        .split('\n')
        .filter((line) => / sub=1 /.test(line)).length
    const channel = createRedisRevocationChannel(await connectAs(connect, { port }))
    expect(await subscribers()).toBe(0)
    const stops = [channel.subscribe(() => {}), channel.subscribe(() => {})]
    await expect.poll(subscribers, { timeout: 5_000 }).toBe(1)
    stops[0]?.()
    stops[0]?.()
    expect(await subscribers()).toBe(1)
    stops[1]?.()
    await expect.poll(subscribers, { timeout: 5_000 }).toBe(0)
  })

  test('a listener that leaves before it was connected leaves nothing behind', async () => {
    const { port } = await startRedis()
    const admin = await connectIoredis({ port })
    const client = await connectAs(connect, { port })
    const channel = createRedisRevocationChannel(client)
    channel.subscribe(() => {})()
    const connections = async () =>
      String(await admin.client('LIST'))
        .trim()
        .split('\n').length
    await expect.poll(connections, { timeout: 5_000 }).toBe(2) // the app's and the test's
  })

  test('listens again after its connection was cut', async () => {
    const { port } = await startRedis()
    const admin = await connectIoredis({ port })
    const channel = createRedisRevocationChannel(await connectAs(connect, { port }))
    const heard: Revocation[] = []
    onTestFinished(channel.subscribe((revocation) => heard.push(revocation)))
    const says = () =>
      expect
        .poll(
          async () => {
            await channel.publish(alice)
            return heard.length
          },
          { timeout: 10_000, interval: 50 },
        )
        .toBeGreaterThan(0)
    await says()
    expect(await admin.client('KILL', 'TYPE', 'PUBSUB')).toBe(1)
    heard.length = 0
    await says()
    expect(heard[0]).toEqual(alice)
  })

  test('a Redis that stopped answering is an error within the deadline, which says nothing of the user', async () => {
    const { port, process } = await startRedis()
    const channel = createRedisRevocationChannel(await connectAs(connect, { port }), { deadlineMs: 100 })
    await channel.publish(alice)
    process.kill('SIGSTOP')
    const error = await channel.publish(alice).catch((reason: unknown) => reason)
    process.kill('SIGCONT')
    expect(error).toMatchObject({ code: 'store_unavailable' })
    expect(`${error} ${(error as Error).cause}`).not.toContain('alice')
  })
})

test('a client whose owner switched off the queue, the retries and subscribing again is served as well', async () => {
  const { Redis } = await import('ioredis')
  const { port } = await startRedis()
  const admin = await connectIoredis({ port })
  const options = { autoResubscribe: false, enableOfflineQueue: false, maxRetriesPerRequest: 0, lazyConnect: true }
  const client = new Redis({ port, ...options })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await client.connect()
  const channel = createRedisRevocationChannel(client)
  const heard: Revocation[] = []
  onTestFinished(channel.subscribe((revocation) => heard.push(revocation)))
  for (let round = 0; round < 2; round++) {
    heard.length = 0
    await expect
      .poll(
        async () => {
          await channel.publish(alice)
          return heard.length
        },
        { timeout: 10_000, interval: 50 },
      )
      .toBeGreaterThan(0)
    await admin.client('KILL', 'TYPE', 'PUBSUB')
  }
})

test('a client with a prefix for its keys says all on the same channel, also what could not be recorded', async () => {
  const { Redis } = await import('ioredis')
  const client = new Redis({ path: inject('redisSocket'), keyPrefix: 'app:' })
  onTestFinished(() => client.disconnect())
  const channel = createRedisRevocationChannel(client, { channel: randomUUID() })
  const heard: Revocation[] = []
  onTestFinished(channel.subscribe((revocation) => heard.push(revocation)))
  const isHeard = (revocation: Revocation, shown: object = revocation) =>
    expect
      .poll(
        async () => {
          await channel.publish(revocation)
          return heard
        },
        { timeout: 5_000, interval: 50 },
      )
      .toContainEqual(shown)
  await isHeard(alice)
  await isHeard({ userId: 'alice', marks: null }, { userId: 'alice', marks: null, ageMs: expect.any(Number) })
})

test.each([
  [{}, {}, 'client must be an ioredis or node-redis client (its PUBLISH was not found), got an object'],
  ['good', { channel: '' }, 'channel must be a non-empty string, got ""'],
  ['good', { deadlineMs: 0 }, 'deadlineMs must be a number of at least 1, got 0'],
])('refuses %o with %o', async (client, options, message) => {
  const good = await connectNodeRedis({ path: inject('redisSocket') })
  const make = () => createRedisRevocationChannel((client === 'good' ? good : client) as never, options)
  expect(make).toThrow(new TypeError(message))
})
