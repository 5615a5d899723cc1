import { afterAll, expect, test } from 'vitest'
import { closeFrame, fragments, frame, isFull, MIB, type Peer, startVictim } from './victim.ts'

const CONNECTIONS = 135
const ROUNDS = isFull ? 50 : 5

const [victim, hasty] = await Promise.all([startVictim({ limit: false }), startVictim({ maxMessageMs: 300 })])
afterAll(() => {
  victim.stop()
  hasty.stop()
})

let users = 0
/** A user has at most 50 connections. */
const connectAll = (count: number, perUser = 45): Promise<Peer[]> => {
  const first = users
  users += Math.ceil(count / perUser)
  return Promise.all(
    Array.from({ length: count }, (_, n) => victim.connectAs(`user-${first + Math.floor(n / perUser)}`)),
  )
}
const everybodyGot = (peers: Peer[], text: string) => peers.every(({ answer }) => answer().includes(text))
const until = (check: () => unknown) => expect.poll(check, { timeout: 10_000, interval: 10 })

test('messages in 16,000 fragments of one byte end their connections with 1008, and never the process', async () => {
  const peers = await connectAll(CONNECTIONS)
  const before = await victim.state()
  for (const { socket } of peers) socket.write(fragments(16_000, false))
  await until(() => everybodyGot(peers, closeFrame(1008))).toBe(true)
  expect((await victim.state()).heapUsed - before.heapUsed).toBeLessThan(4 * MIB)
  for (const { socket } of peers) socket.destroy()
  await until(async () => (await victim.state()).sessions).toBe(0)
})

test('messages in 64 fragments, held open by everybody again and again, leave memory flat', async () => {
  const peers = await connectAll(CONNECTIONS)
  const heaps: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const { socket } of peers) socket.write(fragments(63, false))
    heaps.push((await victim.state()).heapUsed)
    for (const { socket } of peers) {
      socket.write(frame('a', { opcode: 0 }))
      socket.write(frame(JSON.stringify({ type: 'ts:ping', timestamp: round })))
    }
    await until(() => everybodyGot(peers, `"timestamp":${round}}`)).toBe(true)
  }
  expect((await victim.state()).sessions).toBe(CONNECTIONS)
  const [first = 0] = heaps
  expect(Math.max(...heaps) - first).toBeLessThan(MIB)
  for (const { socket } of peers) socket.destroy()
})

test('a frame that arrives in pieces of one byte ends its connection', async () => {
  const [{ socket, answer }] = (await connectAll(1)) as [Peer]
  socket.setNoDelay(true)
  const bytes = frame('a'.repeat(2_000))
  for (let at = 0; at < bytes.length && !answer().includes(closeFrame(1008)); at++) {
    socket.write(bytes.subarray(at, at + 1))
    // The server reads at once what has arrived: each byte needs a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await until(answer).toContain(closeFrame(1008))
})

test('a user cannot keep more than the limit unfinished on many connections, and others go on', async () => {
  const peers = await connectAll(40)
  const [honest] = (await connectAll(1)) as [Peer]
  // 60 KiB of 64 KiB, forty times: 2.3 MiB where 1 MiB is allowed.
  for (const { socket } of peers) socket.write(frame('a'.repeat(60 * 1024), { isFinal: false }))
  const full = closeFrame(4429, 'too_many;retry_after_ms=5000')
  await until(() => peers.filter(({ answer }) => answer().includes(full)).length).toBeGreaterThanOrEqual(40 - 17)
  honest.socket.write(frame(JSON.stringify({ type: 'ts:ping', timestamp: 1 })))
  await until(honest.answer).toContain('ts:pong')
})

test('a message whose end does not come ends its connection with 4408, also when pings come meanwhile', async () => {
  const { socket, answer } = await hasty.connectAs('alice')
  socket.write(frame('a', { isFinal: false }))
  const pings = setInterval(() => socket.write(frame('', { opcode: 9 })), 20)
  await until(answer).toContain(closeFrame(4408, 'heartbeat'))
  clearInterval(pings)
})
