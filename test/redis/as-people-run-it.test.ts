// Redis as people run it: older than GETDEL, with an ACL, read-only, full, restarted; and how often it is asked.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Redis } from 'ioredis'
import { beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { createTicketHandler } from '../../src/server/http.ts'
import { createHealthHandler } from '../../src/server/operations/health.ts'
import { createRedisRateLimiter } from '../../src/server/redis/redis-rate-limiter.ts'
import { createRedisRevocationChannel } from '../../src/server/redis/redis-revocation-channel.ts'
import { createRedisTicketStore } from '../../src/server/redis/redis-ticket-store.ts'
import type { ServerEvent } from '../../src/server/server-events.ts'
import { AuthTicketManager } from '../../src/server/ticket-manager.ts'
import { createUpgradeAuthenticator } from '../../src/server/upgrade.ts'
import { CLIENTS, connectIoredis, storeOn } from './clients.ts'
import { freePort, launchRedis, type RunningRedis, startRedis } from './start-redis.ts'

const require = createRequire(import.meta.url)

/** What docs/operations.md says that the servers' user needs. */
function documentedRules(): string[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const [, block = ''] = /ACL SETUSER tickets on >password ([^`]+)```/.exec(page) ?? []
  return block.trim().split(/\s+/)
}
const RULES = documentedRules()
/** Those for the tickets themselves. */
const COMMANDS = RULES.slice(RULES.indexOf('+get'), RULES.indexOf('+pexpireat') + 1)

/** A manager whose events are written down, on a user of this Redis that has these rules. */
async function withRules(port: number, ...rules: string[]) {
  const admin = await connectIoredis({ port })
  await admin.call('ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', ...rules)
  const client = new Redis({ port, username: 'app', password: 'secret', lazyConnect: true })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await client.connect()
  return { admin, client, ...managerOn(client) }
}

function managerOn(client: Parameters<typeof createRedisTicketStore>[0]) {
  const told: ServerEvent[] = []
  const tickets = new AuthTicketManager({ store: createRedisTicketStore(client), observe: (event) => told.push(event) })
  const health = createHealthHandler({ tickets })
  const ready = async () => {
    const response = await health(new Request('http://localhost/readyz'))
    return [response.status, await response.json()]
  }
  return { tickets, told, ready, checks: () => told.filter(({ kind }) => kind === 'store_checked') }
}

describe('a Redis without GETDEL (5 and 6.0)', () => {
  test.each(CLIENTS)('gives each ticket once, through %s', async (_, connect) => {
    const { port } = await startRedis('--rename-command', 'GETDEL', '')
    const { tickets, ready } = managerOn(await connect({ port }))
    const { ticket_id } = await tickets.generate({ userId: 'alice' })
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => tickets.consume(ticket_id)))
    expect(outcomes.filter((consumed) => consumed !== null)).toHaveLength(1)
    expect(await ready()).toEqual([200, { status: 'ready' }])
  })
})

describe('the rules of an ACL', () => {
  let redis: RunningRedis
  beforeAll(async () => {
    redis = await launchRedis(await freePort())
    return () => redis.stop()
  })

  test('those of docs/operations.md are enough for all that a server does', async () => {
    const { port } = await startRedis()
    const { tickets, client, ready, checks } = await withRules(port, ...RULES)
    const limiter = tickets.rateLimiter
    expect(await ready()).toEqual([200, { status: 'ready' }])
    expect(await limiter?.take('address', { burst: 1, perMinute: 1 })).toBe(0)
    const alice = { userId: 'alice', issuedAt: 1 }
    const rate = { burst: 9, perMinute: 9 }
    const [used, revoked] = [await tickets.generate(alice, {}, { rate }), await tickets.generate(alice)]
    await tickets.generate(alice)
    expect(await tickets.consume(used.ticket_id)).toMatchObject({ userId: 'alice' })
    expect(await tickets.validate(revoked.ticket_handle, 'alice')).toMatchObject({ valid: true })
    expect(await tickets.revoke(revoked.ticket_handle, 'alice')).toBe('revoked')
    expect(await tickets.revokeAll('alice')).toBe(1)
    expect(await tickets.revocationOf('alice')).not.toBeNull()
    expect(checks()).toEqual([{ kind: 'store_checked', isReady: true, problem: null }])
    const channel = createRedisRevocationChannel(client)
    const heard = vi.fn()
    onTestFinished(channel.subscribe(heard))
    const say = () => channel.publish({ userId: 'alice', marks: null }).then(() => heard.mock.calls.length)
    await expect.poll(say, { timeout: 5_000 }).toBeGreaterThan(0)
  })

  test.each(COMMANDS)('without %s the store is not ready, and says so by name', async (rule) => {
    const { port } = redis
    const others = RULES.filter((each) => each !== rule)
    const { ready, checks, tickets } = await withRules(port, ...others)
    const command = rule.slice(1).toUpperCase()
    const problem = expect.stringMatching(
      new RegExp(`^Redis refuses ${command} \\(NOPERM\\)\\. Allow this user \\+\\w+;`),
    )
    expect(await ready()).toEqual([503, { status: 'store_unavailable', problem }])
    expect(await tickets.status()).toMatchObject({ redis_status: 'error', redis_error: problem })
    expect(checks()).toEqual([{ kind: 'store_checked', isReady: false, problem }])
  })

  test('without the keys the store is not ready, and names the rule', async () => {
    const { port } = redis
    const { ready } = await withRules(port, ...RULES.map((rule) => (rule === '~auth:*' ? '~other:*' : rule)))
    const problem = expect.stringContaining('the keys (NOPERM). Allow this user ~auth:*')
    expect(await ready()).toEqual([503, { status: 'store_unavailable', problem }])
  })
})

test('a read-only or full Redis is not ready and is named as such, and a repaired one is ready', async () => {
  const { port } = await startRedis()
  const admin = await connectIoredis({ port })
  const { ready, checks } = managerOn(await connectIoredis({ port }))
  const problemNow = () => ready().then(([status, body]) => `${status} ${body.problem ?? ''}`)
  const becomes = (words: string | RegExp) => expect.poll(problemNow, { timeout: 5_000, interval: 100 }).toMatch(words)
  await becomes(/^200 $/)
  await admin.config('SET', 'maxmemory', '1')
  await becomes('503 Redis is full: it refuses SET (OOM). Raise its maxmemory.')
  await admin.config('SET', 'maxmemory', '0')
  await becomes(/^200 $/)
  await admin.replicaof('127.0.0.1', 1)
  await becomes('503 Redis is read-only: it refuses SET (READONLY). Connect to the primary.')
  await admin.replicaof('NO', 'ONE')
  await becomes(/^200 $/)
  expect(checks().map((event) => 'isReady' in event && event.isReady)).toEqual([true, false, true, false, true])
})

test('a revoke-all that a full or read-only Redis refuses still reaches the other servers', async () => {
  const { port } = await startRedis()
  const [admin, client] = [await connectIoredis({ port }), await connectIoredis({ port })]
  const manager = () =>
    new AuthTicketManager({ store: createRedisTicketStore(client), revocations: createRedisRevocationChannel(client) })
  const [here, there] = [manager(), manager()]
  const heard = vi.fn()
  const stop = there.onRevokeAll(heard)
  await expect.poll(() => admin.pubsub('NUMSUB', 'auth:revocations')).toEqual(['auth:revocations', 1])
  for (const refuse of [() => admin.config('SET', 'maxmemory', '1'), () => admin.replicaof('127.0.0.1', 1)]) {
    heard.mockClear()
    await refuse()
    await expect(here.revokeAll('alice')).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect.poll(() => heard.mock.calls).toEqual([[{ userId: 'alice', marks: null, ageMs: expect.any(Number) }]])
  }
  stop()
})

describe('commands', () => {
  /** Calls by clients, without those that a script makes. */
  async function countingCalls(port: number, work: () => Promise<unknown>) {
    const admin = await connectIoredis({ port })
    const monitor = await admin.monitor()
    const commands: string[] = []
    monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
      if (source !== 'lua') commands.push(name.toLowerCase())
    })
    await work()
    await admin.echo('done')
    await expect.poll(() => commands).toContain('echo')
    monitor.disconnect()
    return commands.filter((name) => name !== 'echo')
  }

  async function arrange() {
    const { port } = await startRedis()
    const { tickets, ready } = managerOn(await connectIoredis({ port }))
    await ready()
    const verifyToken = () => ({ userId: 'alice', issuedAt: 5 })
    const handle = createTicketHandler({ tickets, verifyToken })
    const authenticate = createUpgradeAuthenticator({ tickets, verifyToken })
    async function buy() {
      const headers = { authorization: 'Bearer jwt' }
      const request = new Request('http://localhost/websocket/ticket', { method: 'POST', headers })
      const response = await handle(request, { address: '192.0.2.1' })
      return ((await response.json()) as { ticket_id: string }).ticket_id
    }
    const upgrade = (ticket: string) =>
      authenticate({ url: `/ws?ticket=${ticket}`, origin: null, protocols: [], authorization: null })
    // The first time each script is sent whole.
    await upgrade(await buy())
    return { port, buy, upgrade }
  }

  test('a ticket takes three, and an upgrade two', async () => {
    const { port, buy, upgrade } = await arrange()
    let ticket = ''
    const forTicket = await countingCalls(port, async () => {
      ticket = await buy()
    })
    const forUpgrade = await countingCalls(port, () => upgrade(ticket))
    expect(forTicket).toEqual(['evalsha', 'evalsha', 'set'])
    expect(forUpgrade).toEqual(['getdel', 'evalsha'])
  })

  test('scripts that Redis has forgotten are sent again, and no answer is lost', async () => {
    const { port, buy, upgrade } = await arrange()
    const admin = await connectIoredis({ port })
    await admin.script('FLUSH')
    const calls = await countingCalls(port, async () =>
      expect(await upgrade(await buy())).toMatchObject({ kind: 'accepted' }),
    )
    expect(calls.filter((name) => name === 'eval')).toHaveLength(3)
  })
})

test('a client without EVALSHA sends its scripts whole', async () => {
  const client = await connectIoredis({ path: inject('redisSocket') })
  const { get, set, getdel, del, eval: run, ping } = client
  const bound = Object.fromEntries(
    Object.entries({ get, set, getdel, del, eval: run, ping }).map(([name, f]) => [name, f.bind(client)]),
  )
  const { store } = storeOn(bound as never)
  await store.ping()
})

test('the client of @upstash/redis is refused when the store, the limiter or the channel is made, with what to use instead', () => {
  const { Redis: Upstash }: { Redis: new (options: object) => never } = require('@upstash/redis')
  // Making one asks nobody.
  const upstash = new Upstash({ url: 'https://redis.example', token: 'none' })
  const refusal = new TypeError(
    'client must be an ioredis or node-redis client, got one that speaks HTTP (@upstash/redis). Use ioredis with the rediss:// address of the same database',
  )
  expect(() => createRedisTicketStore(upstash)).toThrow(refusal)
  expect(() => createRedisRateLimiter(upstash)).toThrow(refusal)
  expect(() => createRedisRevocationChannel(upstash)).toThrow(refusal)
})
