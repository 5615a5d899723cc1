import { deflateRawSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { closeFrame, frame, MIB, startVictim } from './victim.ts'

const CONNECTIONS = 30
const EXTENSION = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }

const victim = await startVictim({ limit: false, perMessageDeflate: true })
afterAll(() => victim.stop())

const until = (check: () => unknown) => expect.poll(check, { timeout: 10_000, interval: 10 })
const compressed = (bytes: Buffer) => frame(deflateRawSync(bytes), { isCompressed: true })
const connect = async (count: number) => {
  const peers = await Promise.all(
    Array.from({ length: count }, (_, n) => victim.connectAs(`user-${n}`, { headers: EXTENSION })),
  )
  for (const { answer } of peers) expect(answer()).toMatch(/sec-websocket-extensions: permessage-deflate/i)
  return peers
}

test('bombs of 64 MiB in 64 KiB, thirty at once, end their connections with 1009 and are never unpacked whole', async () => {
  const bomb = compressed(Buffer.alloc(64 * MIB))
  expect(bomb.length).toBeLessThan(70 * 1024)
  const peers = await connect(CONNECTIONS)
  const before = await victim.state()
  for (const { socket } of peers) socket.write(bomb)
  await until(() => peers.every(({ answer }) => answer().includes(closeFrame(1009)))).toBe(true)
  expect((await victim.state()).rss - before.rss).toBeLessThan(96 * MIB)
  for (const { socket } of peers) socket.destroy()
  await until(async () => (await victim.state()).sessions).toBe(0)
})

test('an honest message is taken compressed, up to the limit of what it unpacks to', async () => {
  const [peer] = await connect(1)
  const ping = { type: 'ts:ping', timestamp: 1, note: 'a'.repeat(60 * 1024) }
  peer?.socket.write(compressed(Buffer.from(JSON.stringify(ping))))
  await until(() => peer?.answer()).toContain('ts:pong')
  peer?.socket.write(compressed(Buffer.from(JSON.stringify({ ...ping, note: 'a'.repeat(64 * 1024) }))))
  await until(() => peer?.answer()).toContain(closeFrame(1009))
})
