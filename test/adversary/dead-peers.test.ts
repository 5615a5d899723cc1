import { afterAll, expect, test } from 'vitest'
import { closeFrame, frame, isFull, startVictim, V1 } from './victim.ts'

const PEERS = isFull ? 500 : 60

const victim = await startVictim({ limit: false, pingIntervalMs: 500, maxConnectionsPerAddress: 10_000 })
afterAll(victim.stop)

test.each([
  ['negotiated', V1],
  ['plain', null],
])('silent peers are closed with 4408, and those that answer stay: %s', async (_, protocol) => {
  const dead = await Promise.all(
    Array.from({ length: PEERS }, (_, n) => victim.connectAs(`dead-${n % 30}-${protocol}`, { protocol })),
  )
  const alive = await victim.connectAs('alice', { protocol })
  const pongs = setInterval(() => alive.socket.write(frame('', { opcode: 10 })), 50)
  const closed = () => dead.filter(({ answer }) => answer().includes(closeFrame(4408, 'heartbeat'))).length
  await expect.poll(closed, { timeout: 10_000, interval: 20 }).toBe(PEERS)
  expect((await victim.state()).sessions).toBe(1)
  clearInterval(pongs)
  alive.socket.destroy()
  await expect.poll(async () => (await victim.state()).sessions).toBe(0)
})

test('their sockets are gone as well, though they never answer the close', async () => {
  const { isClosed } = await victim.connectAs('alice', { protocol: null })
  await expect.poll(isClosed, { timeout: 10_000, interval: 20 }).toBe(true)
  expect(Object.keys((await victim.state()).closes).sort()).toEqual(['1006', '4408'])
})
