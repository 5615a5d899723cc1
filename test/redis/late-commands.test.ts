// What is asked while Redis cannot be reached or is frozen waits, in the client's queue or in Redis' socket, and is carried out
// when it is back. By then the question has failed, and its user may have signed in again.

import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { exampleClaims } from '../../src/server/conformance/index.ts'
import {
  createRedisRateLimiter,
  createRedisRevocationChannel,
  createRedisTicketStore,
} from '../../src/server/redis/index.ts'
import type { RedisClient } from '../../src/server/redis/redis-commands.ts'
import type { PubSubClient } from '../../src/server/redis/redis-subscriber.ts'
import type { Revocation } from '../../src/server/revocation-channel.ts'
import { createSessions, type Transport } from '../../src/server/sessions.ts'
import { AuthTicketManager } from '../../src/server/ticket-manager.ts'
import { createUpgradeAuthenticator } from '../../src/server/upgrade.ts'
import { startProxy } from '../support/tcp-proxy.ts'
import { connectIoredis, connectNodeRedis } from './clients.ts'
import { startRedis } from './start-redis.ts'

const DEADLINE_MS = 250
const handle = (n: number) => String(n).padStart(43, 'h')
const claims = exampleClaims('alice')
const FAILED = { code: 'store_unavailable' }
/** On a busy machine Redis may miss the deadline while all is well. */
const succeeds = (work: () => Promise<unknown>) =>
  expect.poll(() => work().then(() => 'done'), { timeout: 5_000 }).toBe('done')

type Outage = 'it cannot be reached' | 'it is frozen'

/**
 * Redis, a client of it that meets an outage before the nth script of a question, and one that is well as long as Redis is. `end`
 * ends the outage, and resolves when what waited has been carried out.
 */
async function arrange(connect: Connect, outage: Outage) {
  const redis = await startRedis()
  const proxy = await startProxy(redis)
  const [late, well] = [(await connect(proxy)) as RedisClient & PubSubClient, await connectIoredis(redis)]
  async function begin() {
    if (outage === 'it is frozen') return void redis.process.kill('SIGSTOP')
    // From then on it keeps what it is asked.
    const noticed = new Promise((resolve) => (late as unknown as EventEmitter).once('reconnecting', resolve))
    proxy.cut()
    await noticed
  }
  let countdown = 0
  const flawed = new Proxy(late, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (!/^eval(sha)?$/i.test(String(name))) return member.bind(target)
      return async (...args: unknown[]) => {
        if (--countdown === 0) await begin()
        return member.apply(target, args)
      }
    },
  })
  const id = randomUUID()
  const prefixes = { prefix: `${id}:ticket:`, userPrefix: `${id}:user:` }
  const options = { ...prefixes, deadlineMs: DEADLINE_MS }
  return {
    late: flawed,
    well,
    options,
    onLate: createRedisTicketStore(flawed, options),
    onWell: createRedisTicketStore(well, prefixes),
    begin,
    beginBeforeScript(n: number) {
      countdown = n
    },
    async end() {
      if (outage === 'it is frozen') redis.process.kill('SIGCONT')
      else proxy.heal()
      await (late.ping as () => Promise<unknown>)() // waits behind all that waited before
    },
  }
}

type Connect = (where: { port: number }) => Promise<RedisClient>
const CLIENTS: readonly [name: string, connect: Connect][] = [
  ['ioredis', connectIoredis],
  ['node-redis', connectNodeRedis],
]
const OUTAGES: Outage[] = ['it cannot be reached', 'it is frozen']
const CASES = CLIENTS.flatMap(([name, connect]) => OUTAGES.map((outage) => [name, outage, connect] as const))

describe.each(CASES)('through %s, while %s', (_name, outage, connect) => {
  test.each([1, 2])('a revoke-all that failed at its script %i records nothing later', async (n) => {
    const { onLate, onWell, beginBeforeScript, end } = await arrange(connect, outage)
    await succeeds(() => onLate.revokeAll('somebody')) // Redis knows the scripts
    await onWell.put(handle(1), claims, 60_000)
    beginBeforeScript(n)
    await expect(onLate.revokeAll('alice')).rejects.toMatchObject(FAILED)
    // The newer sign-in: at another server, where Redis can be reached.
    if (outage === 'it cannot be reached') await onWell.put(handle(2), claims, 60_000)
    await end()
    expect(await onWell.revocation('alice')).toBeNull()
    expect(await onWell.consume(handle(1))).toEqual({ claims, revocation: null })
    if (outage === 'it cannot be reached') expect((await onWell.consume(handle(2)))?.revocation).toBeNull()
    await succeeds(() => onLate.revokeAll('alice'))
    expect(await onWell.revocation('alice')).not.toBeNull()
  })

  test.each([1, 2])('a message without marks that failed at its script %i is not published later', async (n) => {
    const { late, well, beginBeforeScript, end } = await arrange(connect, outage)
    const heard: Revocation[] = []
    onTestFinished(createRedisRevocationChannel(well).subscribe((revocation) => heard.push(revocation)))
    const channel = createRedisRevocationChannel(late, { deadlineMs: DEADLINE_MS })
    const say = (userId: string) => channel.publish({ userId, marks: null })
    await expect.poll(() => say('first').then(() => heard.length), { timeout: 5_000 }).toBeGreaterThan(0)
    beginBeforeScript(n)
    await expect(say('alice')).rejects.toMatchObject(FAILED)
    await end()
    await succeeds(() => say('last'))
    await expect
      .poll(() => heard, { timeout: 5_000 })
      .toContainEqual({ userId: 'last', marks: null, ageMs: expect.any(Number) })
    expect(heard).not.toContainEqual(expect.objectContaining({ userId: 'alice' }))
  })

  test('what else comes late is a ticket that is withdrawn or used as was asked, a request that is counted, or nothing', async () => {
    const { onLate, onWell, well, late, options, begin, end } = await arrange(connect, outage)
    await Promise.all([1, 2, 3].map((n) => onWell.put(handle(n), claims, 60_000)))
    const limit = { burst: 2, perMinute: 0.001 }
    const limiter = createRedisRateLimiter(late, { deadlineMs: DEADLINE_MS, prefix: `${options.prefix}limit:` })
    await limiter.take('address', limit)
    await begin()
    const outcomes = await Promise.allSettled([
      onLate.put(handle(4), claims, 60_000, { maxPerUser: 3 }),
      onLate.consume(handle(1)),
      onLate.revoke(handle(2), 'alice'),
      limiter.take('address', limit),
      onLate.revocation('alice'),
    ])
    expect(outcomes).toMatchObject(Array(5).fill({ status: 'rejected', reason: FAILED }))
    await end()
    expect(await onWell.peek(handle(4))).toBeNull()
    expect(await onWell.peek(handle(1))).toBeNull() // used: never accepted twice
    expect(await onWell.peek(handle(2))).toEqual(claims) // nothing was sent but the question whose it is
    expect(await onWell.peek(handle(3))).toEqual(claims)
    expect(await limiter.take('address', limit)).toBeGreaterThan(0)
    await onWell.consume(handle(3))
    await onWell.consume(handle(2))
    // The place that was taken late was given back. That of the used ticket goes with its time.
    await expect.poll(async () => (await well.keys(`${options.userPrefix}*`)).length, { timeout: 3_000 }).toBe(1)
    const [index = ''] = await well.keys(`${options.userPrefix}*`)
    expect(await well.zrange(index, '0', '-1')).toEqual([handle(1)])
  })
})

/** A server with the connections of alice; `open` resolves to the codes with which one was closed. */
function serve(tickets: AuthTicketManager) {
  const sessions = createSessions({ tickets })
  onTestFinished(() => sessions.dispose())
  const authenticate = createUpgradeAuthenticator({ tickets, verifyToken: () => null })
  return {
    async open() {
      const { ticket_id } = await tickets.generate({ userId: 'alice' })
      const upgrade = { url: `/ws?ticket=${ticket_id}`, origin: null, protocols: [], authorization: null }
      const decision = await authenticate(upgrade)
      if (decision.kind !== 'accepted') throw new Error(decision.kind)
      const closes: number[] = []
      const transport: Transport = { send() {}, terminate() {}, bufferedAmount: 0, close: (code) => closes.push(code) }
      sessions.open(transport, decision)
      return closes
    },
  }
}

test('PR-37: a message without marks that waits on its way closes what was open when it was sent, and no newer sign-in', async () => {
  const redis = await startRedis()
  const proxy = await startProxy(redis)
  const [client, far] = [await connectIoredis(redis), await connectIoredis(proxy)]
  const listening = new Proxy(client, {
    get(target, name) {
      const member = Reflect.get(name === 'duplicate' ? far : target, name)
      return typeof member === 'function' ? member.bind(name === 'duplicate' ? far : target) : member
    },
  })
  const there = new AuthTicketManager({
    store: createRedisTicketStore(client),
    revocations: createRedisRevocationChannel(listening, { deadlineMs: 5_000 }),
  })
  const heard: string[] = []
  there.onRevokeAll(({ userId }) => heard.push(userId))
  const server = serve(there)
  const here = createRedisRevocationChannel(await connectIoredis(redis))
  const say = (userId: string) => here.publish({ userId, marks: null })
  await expect.poll(() => say('first').then(() => heard.length), { timeout: 5_000 }).toBeGreaterThan(0)
  const older = await server.open()
  proxy.delayAnswers(1_000)
  await say('alice')
  await new Promise((resolve) => setTimeout(resolve, 500)) // longer than it takes to ask Redis for its time
  const newer = await server.open()
  expect([older, newer]).toEqual([[], []])
  await expect.poll(() => older, { timeout: 5_000 }).toEqual([4410])
  expect(newer).toEqual([])
})

test('a revoke-all that fails while its server cannot reach Redis leaves a newer sign-in at another server alone', async () => {
  const { late, well, options, begin, end } = await arrange(connectIoredis, 'it cannot be reached')
  const [here, there] = [late, well].map(
    (client) =>
      new AuthTicketManager({
        store: createRedisTicketStore(client, options),
        revocations: createRedisRevocationChannel(client, { deadlineMs: DEADLINE_MS }),
      }),
  ) as [AuthTicketManager, AuthTicketManager]
  const heard: string[] = []
  there.onRevokeAll(({ userId }) => heard.push(userId))
  const server = serve(there)
  await expect.poll(() => here.revokeAll('somebody').then(() => heard.length), { timeout: 5_000 }).toBeGreaterThan(0)
  await begin()
  await expect(here.revokeAll('alice')).rejects.toMatchObject(FAILED)
  const newer = await server.open()
  await end()
  await succeeds(() => here.revokeAll('last'))
  await expect.poll(() => heard, { timeout: 5_000 }).toContain('last')
  expect(newer).toEqual([])
  await succeeds(() => here.revokeAll('alice'))
  await expect.poll(() => newer, { timeout: 5_000 }).toEqual([4410])
})

test('a message with marks may come late: they say what is from before', async () => {
  const { late, well, begin, end } = await arrange(connectIoredis, 'it cannot be reached')
  const heard: Revocation[] = []
  onTestFinished(createRedisRevocationChannel(well).subscribe((revocation) => heard.push(revocation)))
  const channel = createRedisRevocationChannel(late, { deadlineMs: DEADLINE_MS })
  const marks = { atMs: 1, tokensUntilMs: 2 }
  const say = (userId: string) => channel.publish({ userId, marks })
  await expect.poll(() => say('first').then(() => heard.length), { timeout: 5_000 }).toBeGreaterThan(0)
  await begin()
  await expect(say('alice')).rejects.toMatchObject(FAILED)
  await end()
  await expect.poll(() => heard, { timeout: 5_000 }).toContainEqual({ userId: 'alice', marks })
})
