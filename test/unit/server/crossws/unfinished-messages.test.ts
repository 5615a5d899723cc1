// Messages that do not end, or are too much before they end: on Node, where their bytes are seen, and elsewhere.

import type { Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import type { CrosswsSocketOptions } from '../../../../src/server/crossws/index.ts'
import { dial, until } from '../node/serve.ts'
import { arrange, arrangeHooks, byAdapter, byAdapterWith, byH3, createPeer, type Start, V1 } from './serve.ts'

afterEach(() => void vi.restoreAllMocks())

async function arrangeClients(options: Partial<CrosswsSocketOptions> = {}, start: Start = byAdapter) {
  const warn = vi.spyOn(console, 'warn')
  const closes: number[] = []
  const made = arrange({
    observe: (event) => void (event.kind === 'connection_closed' && closes.push(event.code)),
    ...options,
  })
  const port = await start(made)
  async function connect(userId: string) {
    const client = dial(`ws://127.0.0.1:${port}/ws?ticket=${await made.ticket(userId)}`, [V1])
    await until(() => expect(client.messages).toHaveLength(1))
    return client
  }
  return { connect, closes, warn, sessions: made.sessions }
}

test.each<[string, Start]>([
  ['crossws’ adapter for Node', byAdapter],
  ['H3', byH3],
])('with %s a message may come in 64 fragments, and not in 65', async (_, start) => {
  const { connect, warn } = await arrangeClients({}, start)
  const client = await connect('alice')
  for (let sent = 0; sent < 63; sent++) client.socket.send(Buffer.of(1), { fin: false })
  client.socket.send(Buffer.of(1))
  await until(() => expect(client.binary).toEqual([Buffer.alloc(64, 1)]))
  for (let sent = 0; sent < 65; sent++) client.socket.send('a', { fin: false })
  await until(() => expect(client.closed).toEqual([1008, '']))
  expect(warn.mock.calls).toEqual([])
})

test.each([
  {},
  { maxPayload: 0 }, // none
])('a message that is too long ends its connection before it has arrived: ws made with %j', async (serverOptions) => {
  const { connect } = await arrangeClients({ maxPayload: 1_000 }, byAdapterWith(serverOptions))
  const client = await connect('alice')
  client.socket.send('a'.repeat(600), { fin: false })
  client.socket.send('a'.repeat(401), { fin: false })
  await until(() => expect(client.closed).toEqual([1009, '']))
})

test.each<[string, object, [number, string]]>([
  ['length', { maxPayload: 1_000 }, [1009, '']],
  ['fragments', { maxFragments: 2 }, [1008, '']],
  ['pieces of a frame', { maxBufferedChunks: 2 }, [1008, '']],
])('a lower limit on %s that the app has given its ws stays', async (_, serverOptions, closed) => {
  const { connect } = await arrangeClients({}, byAdapterWith(serverOptions))
  const client = await connect('alice')
  const wire = (client.socket as unknown as { _socket: Socket })._socket
  wire.setNoDelay(true)
  for (let sent = 0; sent < 3; sent++) client.socket.send('a'.repeat(400), { fin: false })
  // A frame of 1,000 bytes whose pieces come one by one.
  wire.write(Buffer.from([0x00, 0xfe, 1_000 >> 8, 1_000 & 255, 0, 0, 0, 0]))
  for (let sent = 0; sent < 900 && client.closed === null; sent++) {
    await new Promise((resolve) => wire.write('a', resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await until(() => expect(client.closed).toEqual(closed))
})

test('a user cannot keep more than the limit unfinished on several connections, and others go on', async () => {
  const { connect, closes } = await arrangeClients({ maxUnfinishedBytesPerUser: 1_000 })
  const [first, second, other] = [await connect('alice'), await connect('alice'), await connect('bob')]
  first.socket.send('a'.repeat(600), { fin: false })
  other.socket.send('a'.repeat(600), { fin: false })
  await until(() => expect(other.socket.bufferedAmount + first.socket.bufferedAmount).toBe(0))
  second.socket.send('a'.repeat(600), { fin: false })
  await until(() => expect([first.closed, second.closed]).toContainEqual([4429, 'too_many;retry_after_ms=5000']))
  expect([closes, other.closed]).toEqual([[4429], null])
})

test('a message whose end does not come ends its connection with 4408', async () => {
  const { connect, sessions } = await arrangeClients({ maxMessageMs: 50 })
  const client = await connect('alice')
  client.socket.send('a', { fin: false })
  await until(() => expect(client.closed).toEqual([4408, 'heartbeat']))
  expect(sessions.connections()).toEqual([])
})
test('a runtime that does not show unfinished messages is warned about once', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  const { hooks, request } = await arrangeHooks()
  for (let opened = 0; opened < 2; opened++) {
    const asked = await request()
    await hooks.upgrade(asked)
    const { peer } = createPeer(asked)
    hooks.open(peer)
    hooks.close(peer, {})
  }
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/createCrosswsSocket: .* maxPayloadLength/)]])
})

test('a limit of more than 32 bits is refused', () => {
  expect(() => arrange({ maxPayload: 2 ** 31 })).toThrow('maxPayload must be an integer from 125 to 2147483647')
})
