// What the sockets of a real server hold at a moment, as the metrics read it.

import { expect, test } from 'vitest'
import type { Identity } from '../../../../src/server/identity.ts'
import { createServerMetrics } from '../../../../src/server/operations/server-metrics.ts'
import { dial, ORIGIN, serve, until } from './serve.ts'

test('an upgrade is pending until it is decided', async () => {
  let decide = (_identity: Identity) => {}
  const verifyToken = () =>
    new Promise<Identity>((resolve) => {
      decide = resolve
    })
  const { load, url } = await serve({ verifyToken })
  const metrics = createServerMetrics()
  metrics.watch({ load })
  const pending = () => /^ticket_socket_upgrades_pending (\d+)$/m.exec(metrics.prometheus())?.[1]
  expect(pending()).toBe('0')
  const client = dial(url(), [], { origin: ORIGIN, headers: { authorization: 'Bearer a' } })
  await until(() => expect(pending()).toBe('1'))
  decide({ userId: 'alice', issuedAt: Number.MAX_SAFE_INTEGER })
  await until(() => expect(client.headers).not.toBeNull())
  expect(pending()).toBe('0')
})

test('what a client has not read is buffered, and no longer when it has', async () => {
  const { load, url, ticket, connections } = await serve({ maxBufferedBytes: 100_000_000 })
  const client = dial(url(`?ticket=${await ticket()}`), ['ticket-socket.v1'])
  await until(() => expect(client.messages).toHaveLength(1))
  expect(load().bufferedBytes).toBe(0)
  client.socket.pause()
  // More than the sockets of this machine take by themselves.
  const count = 10
  for (let n = 0; n < count; n++) connections[0]?.sendBinary(new Uint8Array(1_000_000))
  expect(load().bufferedBytes).toBeGreaterThan(1_000_000)
  const isRead = new Promise<void>((resolve) => {
    client.socket.on('message', () => client.binary.length === count && resolve())
  })
  client.socket.resume()
  await isRead
  await until(() => expect(load().bufferedBytes).toBe(0))
})

test('a blocked event loop is reported as its longest delay, also to a second reader', async () => {
  const { load } = await serve()
  load() // watching begins
  await new Promise((resolve) => setTimeout(resolve, 30))
  const end = performance.now() + 300
  while (performance.now() < end);
  await until(() => expect(load().loopDelayMs).toBeGreaterThan(250))
  expect(load().loopDelayMs).toBeGreaterThan(250)
})
