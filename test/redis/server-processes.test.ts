// Several servers, each in a process of its own, on one Redis: what no test within one process can show.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, inject, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { AuthTicketManager } from '../../src/server/index.ts'
import { attachTicketSocket } from '../../src/server/node/index.ts'
import { createRedisTicketStore } from '../../src/server/redis/index.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { dial, listen, until } from '../unit/server/node/serve.ts'
import { connectIoredis } from './clients.ts'
import { present, startServerProcesses, type UpgradeOutcome } from './server-processes.ts'

// In full, 200 tickets by 200 upgrades: `RACE=200x200 npm test -- --project redis`.
const [TICKETS = 40, UPGRADES = 50] = (process.env.RACE ?? '40x50').split('x').map(Number)

async function arrange(count: number) {
  const redisSocket = inject('redisSocket')
  const servers = await startServerProcesses(count, redisSocket)
  const client = await connectIoredis({ path: redisSocket })
  const { prefix } = servers
  const store = createRedisTicketStore(client, { prefix: `${prefix}:ticket:`, userPrefix: `${prefix}:user:` })
  return { ...servers, client, tickets: new AuthTicketManager({ store, maxTicketsPerUser: 1_000 }) }
}

test(`PR-07: of ${UPGRADES} upgrades with one ticket, spread over four processes, exactly one is accepted, for each of ${TICKETS} tickets`, async () => {
  const { ports, tickets } = await arrange(4)
  for (let round = 0; round < TICKETS; round++) {
    const { ticket_id } = await tickets.generate({ userId: 'alice', issuedAt: 1_763_800_000_500 })
    const outcomes = await Promise.all(
      Array.from({ length: UPGRADES }, (_, n) => present(ports[n % ports.length] as number, ticket_id)),
    )
    const count = (wanted: UpgradeOutcome) => outcomes.filter((outcome) => outcome === wanted).length
    expect([round, count('accepted'), count('ticket_invalid')]).toEqual([round, 1, UPGRADES - 1])
  }
}, 300_000)

test('a revoke-all at one server closes the connections at every other within a second', async () => {
  const { ports, issueJwt } = await arrange(3)
  const jwt = await issueJwt('alice')
  const [alices, bob] = [
    await Promise.all(ports.map((port) => open(port, jwt))),
    await open(ports[1] as number, await issueJwt('bob')),
  ]
  const closed = alices.map(async (socket) => {
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
    return { code, reason: String(reason), atMs: performance.now() }
  })
  const askedAtMs = performance.now()
  const answer = await fetch(`http://127.0.0.1:${ports[0]}/websocket/tickets`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${jwt}` },
  })
  expect(await answer.json()).toEqual({ success: true, revoked: 0 })
  for (const { code, reason, atMs } of await Promise.all(closed)) {
    expect([code, reason]).toEqual([4410, 'revoked'])
    expect(atMs - askedAtMs).toBeLessThan(1_000)
  }
  expect(bob.readyState).toBe(WebSocket.OPEN)
  bob.terminate()
}, 30_000)

test('a server that the message does not reach closes its connections when it next asks the store, within a minute', async () => {
  const { tickets, client, prefix } = await arrange(0)
  const clock = createVirtualClock()
  const deaf = new AuthTicketManager({
    store: createRedisTicketStore(client, { prefix: `${prefix}:ticket:`, userPrefix: `${prefix}:user:` }),
    revocations: { publish: async () => {}, subscribe: () => () => {} },
  })
  const server = createServer()
  const sockets = attachTicketSocket(server, { tickets: deaf, verifyToken: () => null, clock })
  onTestFinished(() => sockets.close())
  const port = await listen(server)
  const { ticket_id } = await tickets.generate({ userId: 'alice' })
  const seen = dial(`ws://127.0.0.1:${port}/ws?ticket=${ticket_id}`, ['ticket-socket.v1'], {})
  await until(() => expect(seen.messages).toHaveLength(1))
  await tickets.revokeAll('alice')
  expect(seen.closed).toBeNull()
  await clock.advance(60_000)
  await until(() => expect(seen.closed).toEqual([4410, 'revoked']))
})

/** A connection by JWT whose first frame has come. */
async function open(port: number, jwt: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['ticket-socket.v1'], {
    headers: { authorization: `Bearer ${jwt}` },
  })
  await once(socket, 'message')
  return socket
}
