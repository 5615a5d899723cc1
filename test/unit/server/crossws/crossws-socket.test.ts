// The crossws adapter in the real packages: crossws' own Node server, H3, and the hooks as other runtimes call them.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CrosswsSocketOptions } from '../../../../src/server/crossws/index.ts'
import { dial, dialRaw, ORIGIN, until } from '../node/serve.ts'
import { arrange, arrangeHooks, base64url, byAdapter, byH3, bytes, createPeer, type Start, text, V1 } from './serve.ts'

describe.each<[string, Start]>([
  ['crossws’ adapter for Node', byAdapter],
  ['H3', byH3],
])('with %s', (_, start) => {
  const serveWith = async (options: Partial<CrosswsSocketOptions> = {}) => {
    const made = arrange(options)
    const port = await start(made)
    return { ...made, port, url: (query = '') => `ws://127.0.0.1:${port}/ws${query}` }
  }

  test('a connection by ticket opens, exchanges messages, and has the metadata of its ticket', async () => {
    const { url, ticket, connections } = await serveWith()
    const client = dial(url(`?ticket=${await ticket()}`), [V1])
    await until(() => expect(client.messages).toHaveLength(1))
    expect(client.protocol).toBe(V1)
    expect(client.messages[0]).toMatchObject({ type: 'ts:connection_established', max_message_bytes: 65_536 })
    client.send({ type: 'chat', text: 'Grüße' })
    client.send({ type: 'ts:ping', timestamp: 3 })
    client.sendRaw(new Uint8Array([0, 255]))
    await until(() => expect(client.messages).toHaveLength(3))
    expect(client.messages.slice(1)).toEqual([
      { type: 'echo', of: { type: 'chat', text: 'Grüße' } },
      { type: 'ts:pong', timestamp: 3 },
    ])
    await until(() => expect(client.binary).toEqual([Buffer.from([0, 255])]))
    expect(connections[0]).toMatchObject({ identity: { userId: 'alice' }, ticket: { metadata: { room: 'lobby' } } })
    const closed = new Promise((resolve) => connections[0]?.onClose((code, reason) => resolve([code, reason])))
    client.socket.close(4000, 'bye')
    expect(await closed).toEqual([4000, 'bye'])
  })

  test('a used ticket is refused with 4401, a foreign page with 4403, two credentials with 4400', async () => {
    const { url, ticket, connections } = await serveWith()
    const address = url(`?ticket=${await ticket()}`)
    const first = dial(address, [V1])
    await until(() => expect(first.messages).toHaveLength(1))
    const again = dial(address, [V1])
    await until(() => expect(again.closed).toEqual([4401, 'ticket_invalid']))
    const foreign = dial(url(`?ticket=${await ticket()}`), [V1], { origin: 'https://evil.example' })
    await until(() => expect(foreign.closed).toEqual([4403, 'origin']))
    const both = dial(url(`?ticket=${await ticket()}`), [V1, `jwt.${base64url('jwt-a')}`])
    await until(() => expect(both.closed).toEqual([4400, 'bad_request']))
    expect(connections).toHaveLength(1)
  })

  test('the JWT among the subprotocols is not selected', async () => {
    const { url } = await serveWith()
    const client = dial(url(), [`jwt.${base64url('jwt-a')}`, 'jwt-auth'])
    await until(() => expect(client.protocol).toBe('jwt-auth'))
    expect(JSON.stringify(client.headers)).not.toContain(base64url('jwt-a'))
  })

  test('above the limit of upgrades the answer is 429, and while it drains 503, with Retry-After', async () => {
    const { url, drain } = await serveWith({ clientAddress: () => '203.0.113.9', limit: { burst: 1, perMinute: 1 } })
    const first = dial(url(), [V1])
    await until(() => expect(first.closed).toEqual([4401, 'unauthenticated']))
    const refused = dial(url(), [V1])
    await until(() =>
      expect([refused.status, refused.headers?.['content-type']]).toEqual([429, 'application/problem+json']),
    )
    expect(Number(refused.headers?.['retry-after'])).toBeGreaterThan(0)
    await drain(0)
    const late = dial(url(), [V1])
    await until(() => expect([late.status, late.headers?.['retry-after']]).toEqual([503, '5']))
  })

  test('connections from one address are limited, and one that has closed counts no more', async () => {
    const { url, ticket, sessions } = await serveWith({
      clientAddress: () => '203.0.113.9',
      maxConnectionsPerAddress: 1,
    })
    const first = dial(url(`?ticket=${await ticket()}`), [V1])
    await until(() => expect(first.messages).toHaveLength(1))
    const second = dial(url(`?ticket=${await ticket()}`), [V1])
    await until(() => expect(second.status).toBe(429))
    first.close()
    await until(() => expect(sessions.connections()).toEqual([]))
    const third = dial(url(`?ticket=${await ticket()}`), [V1])
    await until(() => expect(third.messages).toHaveLength(1))
  })

  test('a message that is too long ends its connection with 1009', async () => {
    const { url, ticket } = await serveWith({ maxPayload: 1_000 })
    for (const tooLong of ['x'.repeat(1_001), 'ü'.repeat(501), new Uint8Array(1_001)]) {
      const client = dial(url(`?ticket=${await ticket()}`), [V1])
      await until(() => expect(client.messages).toHaveLength(1))
      client.sendRaw('ü'.repeat(500))
      client.sendRaw(tooLong)
      await until(() => expect(client.closed?.[0]).toBe(1009))
    }
  })

  test('close() closes every connection with 1001, and drain() asks first', async () => {
    const { url, ticket, close, drain, sessions } = await serveWith()
    const [asked, plain] = [dial(url(`?ticket=${await ticket()}`), [V1]), dial(url(`?ticket=${await ticket('bob')}`))]
    await until(() => expect(sessions.connections()).toHaveLength(2))
    void drain(60_000)
    await until(() => expect(asked.messages.at(-1)).toMatchObject({ type: 'ts:going_away' }))
    await close()
    await until(() => expect([asked.closed?.[0], plain.closed?.[0]]).toEqual([1001, expect.any(Number)]))
    expect(sessions.connections()).toEqual([])
  })

  test('an upgrade that is none opens nothing', async () => {
    const { port, url, ticket, connections } = await serveWith()
    const seen = await dialRaw(
      port,
      `GET /ws?ticket=${await ticket()} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\n\r\n`,
    )
    await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 4\d\d /))
    const client = dial(url(`?ticket=${await ticket()}`), [V1])
    await until(() => expect(client.messages).toHaveLength(1))
    expect(connections).toHaveLength(1)
  })
})

describe('where the runtime is another one', () => {
  beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue()) // that it shows no unfinished message
  afterEach(() => void vi.restoreAllMocks())

  test('that keeps no context between upgrade and open (Durable Objects), the request connects them', async () => {
    const { hooks, request, connections } = await arrangeHooks()
    const asked = await request()
    await hooks.upgrade(asked)
    const { peer } = createPeer(asked)
    hooks.open(peer)
    expect(connections).toHaveLength(1)
    hooks.message(peer, bytes(1, 2))
    const other = createPeer(asked)
    hooks.open(other.peer) // one upgrade opens one connection
    expect([connections.length, other.done]).toEqual([1, [['close', 4503, 'unavailable']]])
    hooks.close(peer, {})
  })

  test('a message for a session that is not in memory any more closes with 1012, and the client comes back', async () => {
    const { hooks, request } = await arrangeHooks()
    const { peer, done } = createPeer(await request())
    hooks.message(peer, text('hello'))
    expect(done).toEqual([['close', 1012, 'restart']])
    hooks.close(peer, {})
  })

  test('when it closes, an upgrade that waits for its decision is answered with 503, and no timer is left', async () => {
    const verifyToken = vi.fn(() => new Promise<null>(() => {}))
    const { hooks, request, clock, close } = await arrangeHooks({ verifyToken })
    const headers = { origin: ORIGIN, authorization: 'Bearer a' }
    const waiting = hooks.upgrade(new Request('https://api.example.com/ws', { headers }))
    expect(await hooks.upgrade(await request())).not.toBeInstanceOf(Response) // admitted, and never opened
    expect(verifyToken).toHaveBeenCalledOnce()
    await close()
    expect(await waiting).toMatchObject({ status: 503 })
    await clock.settle()
    expect(clock.pending()).toBe(0)
  })

  test('the frames of a refused peer are ignored, and it is dropped after a second where it does not close', async () => {
    const { hooks, clock, connections } = await arrangeHooks()
    const asked = new Request('https://api.example.com/ws', { headers: { origin: ORIGIN } })
    const upgraded = await hooks.upgrade(asked)
    if (upgraded instanceof Response) throw new Error('it was answered')
    const { peer, done } = createPeer(asked, upgraded.context)
    hooks.open(peer)
    hooks.message(peer, text('hello'))
    await clock.advance(999)
    expect(done).toEqual([['close', 4401, 'unauthenticated']])
    await clock.advance(1)
    expect(done.at(-1)).toEqual(['terminate'])
    expect([connections, clock.pending()]).toEqual([[], 0])
  })

  test('a peer whose message was too long is heard no more', async () => {
    const { hooks, request, connections } = await arrangeHooks({ maxPayload: 1_000 })
    const asked = await request()
    await hooks.upgrade(asked)
    const { peer, done } = createPeer(asked)
    hooks.open(peer)
    const heard = vi.fn()
    connections[0]?.onText(heard)
    hooks.message(peer, text('ü'.repeat(501))) // 1,002 bytes
    hooks.message(peer, text('hello'))
    expect([done.at(-1), heard.mock.calls]).toEqual([['close', 1009, ''], []])
    hooks.close(peer, { code: 1009 })
  })

  test('that does not report the end of a connection that it dropped, the session ends all the same', async () => {
    const { hooks, request, connections } = await arrangeHooks()
    const asked = await request()
    await hooks.upgrade(asked)
    const { peer, done } = createPeer(asked)
    hooks.open(peer)
    const ended = vi.fn()
    connections[0]?.onClose(ended)
    connections[0]?.terminate()
    expect([done.at(-1), ended.mock.calls]).toEqual([['terminate'], [[1006, '']]])
    hooks.close(peer, { code: 1000 })
    expect(ended).toHaveBeenCalledOnce()
  })

  test('an upgrade after which nothing opens gives its room back', async () => {
    const { hooks, request, clock } = await arrangeHooks({
      maxConnectionsPerAddress: 1,
      clientAddress: () => '203.0.113.9',
    })
    await hooks.upgrade(await request())
    expect(await hooks.upgrade(await request())).toMatchObject({ status: 429 })
    await clock.advance(10_000)
    expect(await hooks.upgrade(await request())).not.toBeInstanceOf(Response)
  })

  test.each([
    ['by its context', true],
    ['by its request', false],
  ])(
    'a peer that opens after its room was given back is closed, and gives back nobody else’s: %s',
    async (_, isCarried) => {
      const { hooks, request, clock, connections } = await arrangeHooks({
        maxConnectionsPerAddress: 1,
        clientAddress: () => '203.0.113.9',
      })
      const opening = async (asked: Request) => {
        const upgraded = await hooks.upgrade(asked)
        if (upgraded instanceof Response) throw new Error('it was answered')
        return createPeer(asked, isCarried ? upgraded.context : {})
      }
      const late = await opening(await request())
      await clock.advance(10_000)
      const { peer } = await opening(await request())
      hooks.open(peer)
      hooks.open(late.peer)
      expect(late.done).toEqual([['close', 4503, 'unavailable']])
      hooks.close(late.peer, { code: 4503 })
      expect(connections).toHaveLength(1)
      expect(await hooks.upgrade(await request())).toMatchObject({ status: 429 })
      hooks.close(peer, {})
    },
  )

  test('reports its load, for the metrics', async () => {
    let decide = (_verdict: null) => {}
    const verdict = new Promise<null>((resolve) => {
      decide = resolve
    })
    const { hooks, load } = await arrangeHooks({ verifyToken: () => verdict })
    const headers = { origin: ORIGIN, authorization: 'Bearer a' }
    const upgraded = hooks.upgrade(new Request('https://api.example.com/ws', { headers }))
    expect(load()).toEqual({ pendingUpgrades: 1, bufferedBytes: 0 })
    decide(null)
    await upgraded
    expect(load()).toEqual({ pendingUpgrades: 0, bufferedBytes: 0 })
  })

  test('the address is the runtime’s', async () => {
    const told: (string | undefined)[] = []
    const { hooks, request } = await arrangeHooks({
      observe: (event) => void ('address' in event && told.push(event.address)),
    })
    await hooks.upgrade(await request())
    await hooks.upgrade(Object.assign(await request(), { ip: '203.0.113.9' }))
    expect(told).toEqual([undefined, '203.0.113.9'])
  })
})
