// Messages without an end, where crossws has opened the WebSocket: its own options are those of `ws`, which keeps 16,384 fragments.

import { afterAll, expect, test } from 'vitest'
import { closeFrame, fragments, frame, MIB, type Peer, startVictim } from './victim.ts'

const CONNECTIONS = 135

const victim = await startVictim({ onCrossws: true, limit: false })
afterAll(victim.stop)

/** A user has at most 50 connections. */
const connectAll = (count: number, name: string, perUser = 45) =>
  Promise.all(Array.from({ length: count }, (_, n) => victim.connectAs(`${name}-${Math.floor(n / perUser)}`)))
const everybodyGot = (peers: Peer[], text: string) => peers.every(({ answer }) => answer().includes(text))
const until = (check: () => unknown) => expect.poll(check, { timeout: 10_000, interval: 10 })

test('messages in 16,000 fragments of one byte end their connections with 1008, and never the process', async () => {
  const peers = await connectAll(CONNECTIONS, 'fragments')
  const before = await victim.state()
  for (const { socket } of peers) socket.write(fragments(16_000, false))
  await until(() => everybodyGot(peers, closeFrame(1008))).toBe(true)
  expect((await victim.state()).heapUsed - before.heapUsed).toBeLessThan(4 * MIB)
  await until(async () => (await victim.state()).sessions).toBe(0)
})

test('claims of a gigabyte, each with its first 60 KiB, end their connections with 1009', async () => {
  const peers = await connectAll(CONNECTIONS, 'claims', 1)
  const claim = frame('a'.repeat(60 * 1024))
  claim.writeBigUInt64BE(BigInt(1024 * MIB), 2)
  for (const { socket } of peers) socket.write(claim)
  await until(() => everybodyGot(peers, closeFrame(1009))).toBe(true)
  await until(async () => (await victim.state()).sessions).toBe(0)
})

test('a user cannot keep more than the limit unfinished on many connections, and others go on', async () => {
  const peers = await connectAll(40, 'greedy')
  const [honest] = (await connectAll(1, 'honest')) as [Peer]
  // 60 KiB of 64 KiB, forty times: 2.3 MiB where 1 MiB is allowed.
  for (const { socket } of peers) socket.write(frame('a'.repeat(60 * 1024), { isFinal: false }))
  const full = closeFrame(4429, 'too_many;retry_after_ms=5000')
  await until(() => peers.filter(({ answer }) => answer().includes(full)).length).toBeGreaterThanOrEqual(40 - 17)
  honest.socket.write(frame(JSON.stringify({ type: 'ts:ping', timestamp: 1 })))
  await until(honest.answer).toContain('ts:pong')
})
