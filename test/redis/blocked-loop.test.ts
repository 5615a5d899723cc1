// The server's own event loop stands still while Redis is healthy: what it answered meanwhile counts.

import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/platform/system-platform.ts'
import { exampleClaims } from '../../src/server/conformance/index.ts'
import { AuthTicketManager, createTicketHandler, createUpgradeAuthenticator } from '../../src/server/index.ts'
import { CLIENTS, connectIoredis, storeOn } from './clients.ts'
import { startRedis } from './start-redis.ts'

const COUNT = 60
const ORIGIN = 'https://app.example.com'

/** Nothing else of this process runs meanwhile: neither timers nor sockets. */
function blockFor(ms: number) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe.each(CLIENTS)('through %s', (_, connect) => {
  test('no upgrade is refused, and no ticket is burnt, because the loop was blocked for 700 ms', async () => {
    const { port } = await startRedis()
    const { store } = storeOn(await connect({ port }))
    const tickets = new AuthTicketManager({ store, maxTicketsPerUser: COUNT })
    const authenticate = createUpgradeAuthenticator({ tickets, verifyToken: () => null, allowedOrigins: [ORIGIN] })
    const made = await Promise.all(Array.from({ length: COUNT }, () => tickets.generate({ userId: 'alice' })))
    const decisions = made.map(({ ticket_id }) =>
      authenticate({ url: `/ws?ticket=${ticket_id}`, origin: ORIGIN, protocols: [], authorization: null }),
    )
    await new Promise((resolve) => setImmediate(resolve)) // clients may write on the next turn
    blockFor(700)
    expect((await Promise.all(decisions)).map(({ kind }) => kind)).toEqual(Array(COUNT).fill('accepted'))
  })
})

test('nor because it was blocked while replicas have to know of each consumption', async () => {
  const primary = await startRedis('--repl-diskless-sync-delay', '0')
  const replica = await connectIoredis(await startRedis('--replicaof', '127.0.0.1', String(primary.port)))
  await expect.poll(() => replica.info('replication'), { timeout: 10_000 }).toContain('master_link_status:up')
  const { store, prefix } = storeOn(await connectIoredis(primary), { consumeReplicas: 1 })
  const handles = Array.from({ length: COUNT }, (_, n) => String(n).padStart(43, 'h'))
  for (const handle of handles) await store.put(handle, exampleClaims('alice'), 60_000)
  await expect.poll(() => replica.exists(prefix + handles.at(-1)), { timeout: 5_000 }).toBe(1)
  const consumptions = handles.map((handle) => store.consume(handle))
  await new Promise((resolve) => setImmediate(resolve))
  blockFor(700)
  expect((await Promise.all(consumptions)).map((consumed) => consumed?.claims.userId)).toEqual(
    Array(COUNT).fill('alice'),
  )
})

test('no ticket request is refused, at whatever step the loop is blocked', async () => {
  const { port } = await startRedis()
  const { store } = storeOn(await connectIoredis({ port }))
  const tickets = new AuthTicketManager({ store, maxTicketsPerUser: COUNT })
  const verifyToken = () => ({ userId: 'alice', issuedAt: systemClock.wallNow() })
  const handle = createTicketHandler({ tickets, verifyToken })
  const ask = () =>
    handle(
      new Request('http://localhost/websocket/ticket', { method: 'POST', headers: { authorization: 'Bearer x' } }),
      { address: '192.0.2.1' },
    )
  const answers = Promise.all(Array.from({ length: COUNT }, ask))
  // Whatever step each of them has come to: its limit, its JWT, its user's index, its ticket.
  for (let step = 0; step < 4; step++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    blockFor(600)
  }
  expect((await answers).map(({ status }) => status)).toEqual(Array(COUNT).fill(200))
})

test('a sign-out of all sessions is recorded although the loop is blocked after Redis was asked for its time', async () => {
  const { port } = await startRedis()
  const { store } = storeOn(await connectIoredis({ port }))
  await store.revokeAll('bob') // Redis knows the scripts
  const revoked = store.revokeAll('alice')
  await new Promise((resolve) => setImmediate(resolve))
  blockFor(700)
  const { revocation } = await revoked
  expect(await store.revocation('alice')).toEqual(revocation)
})
