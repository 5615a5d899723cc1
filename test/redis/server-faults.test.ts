// A whole server while its Redis does not do its part, and after it. Each answer within 1.5 s, nobody let in, and all well
// again within 5 s, without a restart. Time is counted as this process lives it: while a busy machine does not run it,
// nothing that it does can be late.

import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { RedisClient } from '../../src/server/redis/redis-commands.ts'
import { startRealServer } from '../support/real-server.ts'
import { startProxy } from '../support/tcp-proxy.ts'
import { connectIoredis, connectNodeRedis, storeOn } from './clients.ts'
import { startRedis, startRedisAt } from './start-redis.ts'

const ANSWER_WITHIN_MS = 1_500
const RECOVER_WITHIN_MS = 5_000
const UNKNOWN = 'u'.repeat(43)

type Connect = (where: { port: number }) => Promise<RedisClient>
const CLIENTS: [name: string, connect: Connect][] = [
  ['ioredis', connectIoredis],
  ['node-redis', connectNodeRedis],
]

const TICK_MS = 10
let livedMs = 0

// Ticks that were missed do not come later.
beforeAll(() => {
  const ticking = setInterval(() => {
    livedMs += TICK_MS
  }, TICK_MS)
  return () => clearInterval(ticking)
})

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const startedAtMs = livedMs
  const outcome = await work
  expect(livedMs - startedAtMs, what).toBeLessThan(ANSWER_WITHIN_MS)
  return outcome
}

/** What the server made of an upgrade: `open`, or the code that it closed with. */
function upgradeOutcome(url: string, protocols: string[]): Promise<'open' | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ['ticket-socket.v1', ...protocols])
    const settle = (outcome: 'open' | number) => {
      resolve(outcome)
      socket.close()
    }
    socket.onmessage = () => settle('open')
    socket.onclose = ({ code }) => settle(code)
  })
}

async function arrange(connect: Connect) {
  const redis = await startRedis('--maxmemory-policy', 'noeviction')
  const proxy = await startProxy(redis)
  const server = await startRealServer(storeOn(await connect(proxy)).store)
  const jwt = await server.issueJwt('alice')
  const ask = (line: string) => {
    const [method = '', path = ''] = line.split(' ')
    const headers = { authorization: `Bearer ${jwt}` }
    return inTime(line, fetch(`${server.httpUrl}/websocket${path}`, { method, headers }))
  }
  const buy = async () => (await (await ask('POST /ticket')).json()) as { ticket_id: string; ticket_handle: string }
  const byTicket = (ticket: string) => inTime('by ticket', upgradeOutcome(`${server.wsUrl}?ticket=${ticket}`, []))
  const byJwt = () => inTime('by JWT', upgradeOutcome(server.wsUrl, [`jwt-auth.${jwt}`]))
  return { redis, proxy, ask, buy, byTicket, byJwt }
}
type Arranged = Awaited<ReturnType<typeof arrange>>

async function recovers({ ask, byTicket }: Arranged) {
  const startedAtMs = livedMs
  const ticket = await vi.waitUntil(
    async () => {
      const answer = await ask('POST /ticket')
      return answer.ok ? ((await answer.json()) as { ticket_id: string }).ticket_id : false
    },
    { timeout: 4 * RECOVER_WITHIN_MS, interval: 50 },
  )
  expect(livedMs - startedAtMs).toBeLessThan(RECOVER_WITHIN_MS)
  expect(await byTicket(ticket)).toBe('open')
}

async function expectUnavailable(arranged: Arranged, line: string) {
  const answer = await arranged.ask(line)
  const problem = (await answer.json()) as { status: number }
  expect([line, answer.status, problem.status]).toEqual([line, 503, 503])
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
}

/** All at once: none of them makes another late. */
async function expectNobodyGetsIn(arranged: Arranged, ticket: { ticket_id: string; ticket_handle: string }) {
  const { ask, byTicket, byJwt } = arranged
  const upgrades = Promise.all([byTicket(ticket.ticket_id), byTicket(UNKNOWN), byJwt()])
  await Promise.all([
    expectUnavailable(arranged, 'POST /ticket'),
    expectUnavailable(arranged, `GET /ticket/${ticket.ticket_handle}/validate`),
    expectUnavailable(arranged, `DELETE /ticket/${ticket.ticket_handle}`),
    expectUnavailable(arranged, 'DELETE /tickets'),
  ])
  expect(await upgrades).toEqual([4503, 4503, 4503]) // not 4401 for the unknown one: nobody knows
  // The answer to the last ping is kept for a second.
  await expect
    .poll(async () => (await ask('GET /tickets/status')).json(), { timeout: 20_000 })
    .toMatchObject({ redis_status: 'error', redis_available: false, ticket_system_enabled: true })
}

describe.each(CLIENTS)('while Redis, through %s,', (_, connect) => {
  test('is dead', { timeout: 60_000 }, async () => {
    const arranged = await arrange(connect)
    const ticket = await arranged.buy()
    await arranged.redis.stop()
    await expectNobodyGetsIn(arranged, ticket)
    await startRedisAt(arranged.redis.port)
    await recovers(arranged)
    expect(await arranged.byTicket(ticket.ticket_id)).toBe(4401) // gone with the memory of the first
  })

  test('is frozen', { timeout: 60_000 }, async () => {
    const arranged = await arrange(connect)
    const ticket = await arranged.buy()
    arranged.redis.process.kill('SIGSTOP')
    await expectNobodyGetsIn(arranged, ticket)
    arranged.redis.process.kill('SIGCONT')
    await recovers(arranged)
    // What was asked in vain is done all the same, so the ticket is spent: never the other way round.
    expect(await arranged.byTicket(ticket.ticket_id)).toBe(4401)
  })

  test('swallows everything', { timeout: 60_000 }, async () => {
    const arranged = await arrange(connect)
    const ticket = await arranged.buy()
    arranged.proxy.swallow()
    await expectNobodyGetsIn(arranged, ticket)
    arranged.proxy.heal()
    await recovers(arranged)
  })

  test('answers after 800 ms', { timeout: 60_000 }, async () => {
    const arranged = await arrange(connect)
    const ticket = await arranged.buy()
    arranged.proxy.delayAnswers(800)
    await expectNobodyGetsIn(arranged, ticket)
    arranged.proxy.heal()
    await recovers(arranged)
  })

  test('answers after 100 ms, all is served', { timeout: 60_000 }, async () => {
    const arranged = await arrange(connect)
    arranged.proxy.delayAnswers(100)
    const ticket = await arranged.buy()
    expect(await (await arranged.ask(`GET /ticket/${ticket.ticket_handle}/validate`)).json()).toMatchObject({
      valid: true,
    })
    expect(await arranged.byTicket(ticket.ticket_id)).toBe('open')
    expect(await arranged.byJwt()).toBe('open')
  })

  test('is out of memory, it sells nothing, and who has a ticket or a JWT still gets in', {
    timeout: 30_000,
  }, async () => {
    const arranged = await arrange(connect)
    const ticket = await arranged.buy()
    const admin = await connectIoredis(arranged.redis)
    await admin.config('SET', 'maxmemory', '1')
    await expectUnavailable(arranged, 'POST /ticket')
    expect(await arranged.byTicket(UNKNOWN)).toBe(4401)
    expect(await arranged.byTicket(ticket.ticket_id)).toBe('open')
    expect(await arranged.byTicket(ticket.ticket_id)).toBe(4401)
    expect(await arranged.byJwt()).toBe('open')
    await admin.config('SET', 'maxmemory', '0')
    await recovers(arranged)
  })

  test('is a replica that takes no writes, no ticket is sold or spent', { timeout: 60_000 }, async () => {
    const arranged = await arrange(connect)
    const ticket = await arranged.buy()
    const admin = await connectIoredis(arranged.redis)
    await admin.replicaof('127.0.0.1', 1)
    for (const line of ['POST /ticket', `DELETE /ticket/${ticket.ticket_handle}`, 'DELETE /tickets']) {
      await expectUnavailable(arranged, line)
    }
    expect(await arranged.byTicket(ticket.ticket_id)).toBe(4503)
    await admin.replicaof('NO', 'ONE')
    await recovers(arranged)
    expect(await arranged.byTicket(ticket.ticket_id)).toBe('open') // it was never spent
  })
})

test('values that another program wrote open nothing', { timeout: 60_000 }, async () => {
  const redis = await startRedis()
  const { prefix, store } = storeOn(await connectIoredis(redis))
  const server = await startRealServer(store)
  const admin = await connectIoredis(redis)
  const jwt = await server.issueJwt('alice')
  const headers = { authorization: `Bearer ${jwt}` }
  const buy = async () =>
    (await (await fetch(`${server.httpUrl}/websocket/ticket`, { method: 'POST', headers })).json()) as {
      ticket_id: string
      ticket_handle: string
    }
  const good = await admin.get(prefix + (await buy()).ticket_handle)
  const values = ['', 'null', '[]', '{}', '"alice"', String(good).slice(0, -1), String(good).replace('alice', ''), '\0']
  for (const value of values) {
    const { ticket_id, ticket_handle } = await buy()
    await admin.set(prefix + ticket_handle, value, 'KEEPTTL')
    const looked = await fetch(`${server.httpUrl}/websocket/ticket/${ticket_handle}/validate`, { headers })
    expect(await looked.json(), value).toMatchObject({ valid: false })
    expect(await upgradeOutcome(`${server.wsUrl}?ticket=${ticket_id}`, []), value).toBe(4401)
  }
  // Of another type it is a failure of the store: what cannot be read is not "unknown".
  const { ticket_id, ticket_handle } = await buy()
  await admin.del(prefix + ticket_handle)
  await admin.lpush(prefix + ticket_handle, 'x')
  expect(await upgradeOutcome(`${server.wsUrl}?ticket=${ticket_id}`, [])).toBe(4503)
})
