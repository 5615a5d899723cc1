import { afterEach, expect, test, vi } from 'vitest'
import { dial, until } from '../node/serve.ts'
import { arrange, arrangeHooks, byAdapter, byH3, createPeer, type Start } from './serve.ts'

afterEach(() => void vi.restoreAllMocks())

test.each<[string, Start]>([
  ['crossws’ adapter for Node', byAdapter],
  ['H3', byH3],
])(
  'with %s, of two plain connections the one that answers no ping is closed with 4408, and the other stays',
  async (_, start) => {
    const made = arrange({ pingIntervalMs: 60 })
    const port = await start(made)
    const connect = async () => dial(`ws://127.0.0.1:${port}/ws?ticket=${await made.ticket()}`)
    const [alive, dead] = [await connect(), await connect()]
    // Nothing more is read, so nothing is answered.
    dead.socket.once('open', () => dead.socket.pause())
    let pings = 0
    alive.socket.on('ping', () => pings++)
    await until(() => expect(made.sessions.connections()).toHaveLength(2))
    await until(() => expect(made.sessions.connections()).toHaveLength(1))
    const before = pings
    await until(() => expect(pings).toBeGreaterThan(before + 4))
    expect([made.sessions.connections().length, alive.closed]).toEqual([1, null])
    dead.socket.resume()
    await until(() => expect(dead.closed).toEqual([4408, 'heartbeat']))
  },
)

test('a plain connection stays where the runtime sends no pings (Deno, Durable Objects), and none is asked for', async () => {
  vi.spyOn(console, 'warn').mockReturnValue()
  const { hooks, request, clock, connections } = await arrangeHooks({ pingIntervalMs: 1_000 })
  const asked = await request()
  await hooks.upgrade(asked)
  const { peer, done } = createPeer(asked)
  // As crossws' peers have it everywhere.
  const ping = vi.fn()
  hooks.open(Object.assign(peer, { ping, websocket: {} }))
  await clock.advance(10_000)
  expect([connections[0]?.spoken, done, ping.mock.calls]).toEqual([false, [], []])
  hooks.close(peer, {})
})
