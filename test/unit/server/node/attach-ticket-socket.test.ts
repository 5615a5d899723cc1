import { createServer } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { attachTicketSocket } from '../../../../src/server/node/attach-ticket-socket.ts'
import type { ServerEvent, ServerObserver } from '../../../../src/server/server-events.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { dial, dialAsBrowser, dialRaw, listen, ORIGIN, serve, until } from './serve.ts'

const V1 = 'ticket-socket.v1'
const base64url = (text: string) => Buffer.from(text).toString('base64url')

describe.each([
  ['ws', dial],
  ['the WebSocket that Node and browsers share', dialAsBrowser],
] as const)('a client with %s', (name, dialWith) => {
  // Only the first of them can name an origin.
  const welcome = name === 'ws' ? {} : { allowMissingOrigin: true }

  test('connects by ticket and exchanges messages', async () => {
    const { url, ticket, connections } = await serve(welcome)
    const client = dialWith(url(`?ticket=${await ticket()}`), [V1])
    await until(() => expect(client.messages).toHaveLength(1))
    expect(client.protocol).toBe(V1)
    expect(client.messages[0]).toMatchObject({
      type: 'ts:connection_established',
      user_id: 'alice',
      auth_method: 'ticket',
    })
    client.send({ type: 'chat', text: 'hi' })
    client.send({ type: 'ts:ping', timestamp: 3 })
    await until(() => expect(client.messages).toHaveLength(3))
    expect(client.messages.slice(1)).toEqual([
      { type: 'echo', of: { type: 'chat', text: 'hi' } },
      { type: 'ts:pong', timestamp: 3 },
    ])
    expect(connections[0]?.identity?.userId).toBe('alice')
  })

  test('is refused with 4401 when the ticket was used before', async () => {
    const { url, ticket, connections } = await serve(welcome)
    const address = url(`?ticket=${await ticket()}`)
    const first = dialWith(address, [V1])
    await until(() => expect(first.messages).toHaveLength(1))
    const second = dialWith(address, [V1])
    await until(() => expect(second.closed).toEqual([4401, 'ticket_invalid']))
    expect(second.messages).toEqual([])
    expect(connections).toHaveLength(1)
  })

  test('connects by a JWT among the subprotocols, which is not selected', async () => {
    const { url, sign } = await serve(welcome)
    const client = dialWith(url(), ['jwt-auth', V1, `jwt.${base64url(sign('alice'))}`])
    await until(() => expect(client.messages).toHaveLength(1))
    expect(client.protocol).toBe(V1)
    expect(client.messages[0]).toMatchObject({ auth_method: 'jwt' })
  })

  test('is refused with 4503 when the store is down, and connects when it is back', async () => {
    const { url, ticket, watch } = await serve(welcome)
    const address = url(`?ticket=${await ticket()}`)
    watch.isDown = true
    const early = dialWith(address, [V1])
    await until(() => expect(early.closed).toEqual([4503, 'unavailable']))
    watch.isDown = false
    const late = dialWith(address, [V1])
    await until(() => expect(late.messages).toHaveLength(1))
  })

  test('is closed with 4410 when its user revokes everything', async () => {
    const { url, http, ticket, sign } = await serve(welcome)
    const [alice, bob] = [
      dialWith(url(`?ticket=${await ticket()}`), [V1]),
      dialWith(url(`?ticket=${await ticket('bob')}`), [V1]),
    ]
    await until(() => expect([alice.messages.length, bob.messages.length]).toEqual([1, 1]))
    const headers = { authorization: `Bearer ${sign('alice')}` }
    const answer = await fetch(`${http}/websocket/tickets`, { method: 'DELETE', headers })
    expect(await answer.json()).toEqual({ success: true, revoked: 0 })
    await until(() => expect(alice.closed).toEqual([4410, 'revoked']))
    expect(bob.closed).toBeNull()
  })

  test('connects without a subprotocol, and then every frame is the application’s', async () => {
    const { url, ticket } = await serve(welcome)
    const client = dialWith(url(`?ticket=${await ticket()}`))
    await until(() => expect(client.protocol).toBe(''))
    await until(() => client.send({ type: 'ts:ping', timestamp: 3 }))
    await until(() => expect(client.messages).toEqual([{ type: 'echo', of: { type: 'ts:ping', timestamp: 3 } }]))
  })
})

test('a page that is not on the list is refused with 4403, before the store is asked', async () => {
  const { url, ticket, watch } = await serve()
  const address = url(`?ticket=${await ticket()}`)
  watch.calls.length = 0
  for (const options of [{ origin: 'https://evil.example' }, { origin: 'null' }, {}]) {
    const client = dial(address, [V1], options)
    await until(() => expect(client.closed).toEqual([4403, 'origin']))
    expect(client.protocol).toBe(V1)
  }
  expect(watch.calls).toEqual([])
})

describe('no header of an answer holds a credential', () => {
  test.each<[string, (jwt: string) => string[], string | undefined]>([
    ['the credential alone', (jwt) => [`jwt.${jwt}`], undefined],
    ['the credential first', (jwt) => [`jwt.${jwt}`, 'chat'], 'chat'],
    ['as the client offers them', (jwt) => ['jwt-auth', V1, `jwt.${jwt}`], V1],
    ['without ours', (jwt) => ['jwt-auth', `bearer.${jwt}`], 'jwt-auth'],
  ])('%s', async (_, protocolsWith, selected) => {
    const { url, sign } = await serve()
    for (const jwt of [sign('alice'), 'unknown']) {
      const encoded = base64url(jwt)
      const client = dial(url(), protocolsWith(encoded))
      await until(() => expect(client.headers).not.toBeNull())
      expect(client.headers?.['sec-websocket-protocol']).toBe(selected)
      expect(JSON.stringify(client.headers)).not.toContain(encoded)
    }
  })
})

test('two credentials are refused with 4400, also as two headers', async () => {
  const { url, port, ticket, sign, watch } = await serve()
  const client = dial(url(`?ticket=${await ticket()}`), [V1, `jwt.${base64url(sign('alice'))}`])
  await until(() => expect(client.closed).toEqual([4400, 'bad_request']))
  const twice = await dialRaw(
    port,
    `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${sign('alice')}\r\nAuthorization: Bearer ${sign('bob')}\r\n\r\n`,
  )
  await until(() => expect(twice.answer).toContain('bad_request'))
  expect(watch.calls).not.toContain('consume')
})

test('a JWT in an Authorization header is for clients that are no browsers', async () => {
  const { url, sign, requests } = await serve({ allowMissingOrigin: true })
  const client = dial(url(), [V1], { headers: { authorization: `Bearer ${sign('alice')}` } })
  await until(() => expect(client.messages[0]).toMatchObject({ user_id: 'alice', auth_method: 'jwt' }))
  expect(requests[0]?.url).toBe('/ws')
})

test('binary frames pass untouched, and a frame too large ends its connection with 1009', async () => {
  const { url, ticket } = await serve({ maxPayload: 1_000 })
  const client = dial(url(`?ticket=${await ticket()}`), [V1])
  await until(() => expect(client.messages).toHaveLength(1))
  client.sendRaw(new Uint8Array([0, 1, 255]))
  await until(() => expect(client.binary).toEqual([Buffer.from([0, 1, 255])]))
  client.sendRaw('x'.repeat(1_001))
  await until(() => expect(client.closed?.[0]).toBe(1009))
})

describe('with perMessageDeflate', () => {
  const offers = { origin: ORIGIN, perMessageDeflate: true }
  const room = 'x'.repeat(10_000)

  test('messages are compressed for clients that offer it, both ways', async () => {
    const { url, ticket } = await serve({ perMessageDeflate: true })
    const client = dial(url(`?ticket=${await ticket()}`), [V1], offers)
    await until(() => expect(client.messages).toHaveLength(1))
    expect(client.headers?.['sec-websocket-extensions']).toMatch(/^permessage-deflate/)
    client.send({ type: 'chat', room })
    await until(() => expect(client.messages[1]).toEqual({ type: 'echo', of: { type: 'chat', room } }))
    const { bytesRead } = (client.socket as unknown as { _socket: { bytesRead: number } })._socket
    expect(bytesRead).toBeLessThan(room.length)
  })

  test('a client that does not offer it is served as before', async () => {
    const { url, ticket } = await serve({ perMessageDeflate: { level: 9, threshold: 0 } })
    const client = dial(url(`?ticket=${await ticket()}`), [V1], { origin: ORIGIN, perMessageDeflate: false })
    await until(() => expect(client.messages).toHaveLength(1))
    expect(client.headers?.['sec-websocket-extensions']).toBeUndefined()
  })
})

test('compression is not agreed on', async () => {
  const { url, ticket } = await serve()
  const client = dial(url(`?ticket=${await ticket()}`), [V1], { origin: ORIGIN, perMessageDeflate: true })
  await until(() => expect(client.messages).toHaveLength(1))
  expect(client.headers?.['sec-websocket-extensions']).toBeUndefined()
})

describe('upgrades of other paths', () => {
  test('are left to who else listens', async () => {
    const { server, port, ticket } = await serve()
    const other = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/hmr')
        other.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('{"type":"theirs"}'))
    })
    const theirs = dial(`ws://127.0.0.1:${port}/hmr`)
    const ours = dial(`ws://127.0.0.1:${port}/ws?ticket=${await ticket()}`, [V1])
    await until(() =>
      expect([theirs.messages[0]?.type, ours.messages[0]?.type]).toEqual(['theirs', 'ts:connection_established']),
    )
  })

  test.each(['/', '/ws//', '/wsx', '/WS', '/%77s', '//ws', '/ws/../ws', '/x?/ws'])(
    'are answered with 404 where nobody else does: %s',
    async (path) => {
      const { port, watch } = await serve()
      const seen = await dialRaw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      )
      await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 404 /))
      await until(() => expect(seen.isClosed).toBe(true))
      expect(watch.calls).toEqual([])
    },
  )
})

test.each([
  ['another protocol', 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
  ['another method', 'POST /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
  ['no key', `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\n\r\n`],
  [
    'an old version',
    `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  ],
])('an upgrade with %s is a bad request', async (_, text) => {
  const { port, url, ticket } = await serve()
  const seen = await dialRaw(port, text)
  await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 4\d\d /))
  await until(() => expect(seen.isClosed).toBe(true))
  const client = dial(url(`?ticket=${await ticket()}`), [V1])
  await until(() => expect(client.messages).toHaveLength(1))
})

test('above the limit per address the answer is 429 with Retry-After', async () => {
  const { url, ticket } = await serve({ limit: { burst: 1, perMinute: 1 } })
  const first = dial(url(`?ticket=${await ticket()}`), [V1])
  await until(() => expect(first.messages).toHaveLength(1))
  const second = dial(url(`?ticket=${await ticket()}`), [V1])
  await until(() => expect(second.status).toBe(429))
  expect(Number(second.headers?.['retry-after'])).toBeGreaterThan(0)
})

test('the address is the peer’s, or what the owner reads it from', async () => {
  const seen: (string | undefined)[] = []
  const observe: ServerObserver = (event) => void ('address' in event && seen.push(event.address))
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const plain = await serve({ observe })
  dial(plain.url(), [], { headers })
  await until(() => expect(seen).toEqual(['127.0.0.1']))
  const behindProxy = await serve({
    observe,
    clientAddress: (request) => String(request.headers['x-forwarded-for']),
  })
  dial(behindProxy.url(), [], { headers })
  await until(() => expect(seen).toEqual(['127.0.0.1', '203.0.113.9']))
})

test('the events of a server hold no credential and no user’s name', async () => {
  const told: ServerEvent[] = []
  const { url, ticket, sign } = await serve({ observe: (event) => void told.push(event) })
  const secrets = [await ticket(), sign('alice'), 'wrong-jwt-of-mallory']
  const [byTicket, byJwt, again, wrong] = [
    dial(url(`?ticket=${secrets[0]}`), [V1]),
    dial(url(), [V1, `jwt.${base64url(secrets[1] as string)}`]),
    dial(url(`?ticket=${secrets[0]}&ticket=${secrets[0]}`), [V1]),
    dial(url(), [V1], { origin: `https://evil.example/?${secrets[0]}` }),
  ]
  await until(() => expect([byTicket.messages.length, byJwt.messages.length]).toEqual([1, 1]))
  await until(() => expect([again.closed?.[0], wrong.closed?.[0]]).toEqual([4400, 4403]))
  for (const client of [byTicket, byJwt]) client.close()
  await until(() => expect(told.filter(({ kind }) => kind === 'connection_closed')).toHaveLength(2))
  const text = JSON.stringify(told)
  for (const secret of [...secrets, 'alice']) {
    expect([text.includes(secret), text.includes(base64url(secret))]).toEqual([false, false])
  }
})

test('a peer that resets while its ticket is checked does not end the process', async () => {
  const asked: (() => void)[] = []
  const verifyToken = () => new Promise<null>((resolve) => asked.push(() => resolve(null)))
  const { port, url, ticket, connections } = await serve({ verifyToken })
  const gone = await dialRaw(
    port,
    `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer a\r\n\r\n`,
  )
  await until(() => expect(asked).toHaveLength(1))
  gone.socket.resetAndDestroy()
  await until(() => expect(gone.isClosed).toBe(true))
  asked[0]?.()
  const client = dial(url(`?ticket=${await ticket()}`), [V1])
  await until(() => expect(client.messages).toHaveLength(1))
  expect(connections).toHaveLength(1)
})

test('more upgrades than may wait are answered with 503', async () => {
  const asked: (() => void)[] = []
  const verifyToken = () => new Promise<null>((resolve) => asked.push(() => resolve(null)))
  const { url } = await serve({ verifyToken, maxPendingUpgrades: 1 })
  const waiting = dial(url(), [V1, `jwt.${base64url('a')}`])
  await until(() => expect(asked).toHaveLength(1))
  const refused = dial(url(), [V1, `jwt.${base64url('a')}`])
  await until(() => expect(refused.status).toBe(503))
  asked[0]?.()
  await until(() => expect(waiting.closed).toEqual([4401, 'jwt_invalid']))
  const next = dial(url())
  await until(() => expect(next.closed).toEqual([4401, 'unauthenticated']))
})

test('an upgrade that waits for its decision is answered with 503 when the server closes, and leaves no timer', async () => {
  const clock = createVirtualClock()
  const asked = vi.fn(() => new Promise<null>(() => {}))
  const { url, close } = await serve({ verifyToken: asked, clock })
  const waiting = dial(url(), [V1, `jwt.${base64url('a')}`])
  await until(() => expect(asked).toHaveBeenCalledOnce())
  await close()
  await until(() => expect(waiting.status).toBe(503))
  await until(() => expect(clock.pending()).toBe(0))
})

test('a refused peer that does not answer the close frame is dropped after a second', async () => {
  const clock = createVirtualClock()
  const { port } = await serve({ clock })
  const seen = await dialRaw(
    port,
    'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  await until(() => expect(seen.answer).toContain('origin'))
  expect(clock.pending()).toBe(1)
  await clock.advance(999)
  expect(seen.isClosed).toBe(false)
  await clock.advance(1)
  await until(() => expect(seen.isClosed).toBe(true))
  await until(() => expect(clock.pending()).toBe(0))
})

test('close() closes every connection with 1001, accepts no further one, and leaves no timer', async () => {
  const clock = createVirtualClock()
  const { url, ticket, close, sessions, server } = await serve({ clock })
  const client = dial(url(`?ticket=${await ticket()}`), [V1])
  await until(() => expect(client.messages).toHaveLength(1))
  await close()
  await until(() => expect(client.closed).toEqual([1001, 'going_away']))
  expect([clock.pending(), sessions.connections(), server.listenerCount('upgrade')]).toEqual([0, [], 0])
  await close()
})

test('a listener of the application that throws ends its own connection only', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { url, ticket } = await serve({
    onConnection: (connection) => {
      if (connection.identity?.userId === 'alice') throw new Error('mine')
    },
  })
  const [alice, bob] = [dial(url(`?ticket=${await ticket()}`), [V1]), dial(url(`?ticket=${await ticket('bob')}`), [V1])]
  await until(() => expect(alice.closed).toEqual([4500, 'server_error']))
  await until(() => expect(bob.messages).toHaveLength(1))
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})

test('a clientAddress that throws costs its own upgrade only', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { port } = await serve({
    clientAddress: () => {
      throw new Error('mine')
    },
  })
  const seen = await dialRaw(port, 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  await until(() => expect(seen.isClosed).toBe(true))
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})

test('one of a hundred sockets with the same ticket is accepted', async () => {
  const { url, ticket, connections } = await serve()
  const address = url(`?ticket=${await ticket()}`)
  const clients = Array.from({ length: 100 }, () => dial(address, [V1]))
  await until(() => expect(clients.filter(({ closed }) => closed)).toHaveLength(99))
  expect(connections).toHaveLength(1)
  expect(clients.filter(({ messages }) => messages.length > 0)).toHaveLength(1)
})

test.each([
  [{ path: 'ws' }, 'path must be a path such as /websocket, got "ws"'],
  [{ path: ['/ws', 'ws'] }, 'path must be a path such as /websocket, got "ws"'],
  [{ path: '/ws//' }, 'path must be a path such as /websocket, got "/ws/"'],
  [{ path: [] }, 'path must be a path such as /ws or several, got an empty array'],
  [{ maxPayload: 0 }, 'maxPayload must be an integer from 125 to 2147483647, got 0'],
  // More than 32 bits: for `ws` this would be no limit at all.
  [{ maxPayload: 2 ** 32 }, 'maxPayload must be an integer from 125 to 2147483647, got 4294967296'],
  [{ maxUnfinishedBytesPerUser: 0 }, 'maxUnfinishedBytesPerUser must be a number of at least 125, got 0'],
  [{ maxMessageMs: 0 }, 'maxMessageMs must be a number of at least 1, got 0'],
  [{ perMessageDeflate: 'yes' }, 'perMessageDeflate must be true or false, got "yes"'],
  [{ perMessageDeflate: { level: 10 } }, 'perMessageDeflate.level must be an integer from 1 to 9, got 10'],
  [{ maxPendingUpgrades: 0.5 }, 'maxPendingUpgrades must be an integer of at least 1, got 0.5'],
  [{ clientAddress: 'x-forwarded-for' }, 'clientAddress must be a function, got "x-forwarded-for"'],
  [
    { allowedOrigins: ['*'] },
    'allowedOrigins must hold origins such as https://app.example.com or https://*.preview.example.com, got "*"',
  ],
])('refuses %o', async (options, message) => {
  const server = createServer()
  const { tickets } = await serve()
  const attach = () => attachTicketSocket(server, { tickets, verifyToken: () => null, ...options } as never)
  expect(attach).toThrow(new TypeError(message))
  expect(server.listenerCount('upgrade')).toBe(0)
  await listen(server)
})
