import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { createMockBackend, type MockBackend, type MockBackendOptions, scenarios } from '../../../src/mock/index.ts'
import type { Fetch, SocketConstructor } from '../../../src/platform/platform.ts'
import { arrange, base64url, gate, JWT, PLAIN_AND_OURS, record } from './wire.ts'

describe('the golden path', () => {
  test('a ticket is bought with the JWT and opens one connection, as its user', async () => {
    const { backend, ticketOf, openWith } = arrange()
    const ticket = await ticketOf()
    expect(ticket).toMatchObject({
      ttl_seconds: 300,
      single_use: true,
      websocket_url: `wss://mock.test/ws?ticket=${ticket.ticket_id}`,
      subprotocol: 'ticket-socket.v1',
    })
    const { events, messages } = await openWith(ticket)
    expect(events).toHaveLength(2)
    expect(messages).toMatchObject([{ type: 'ts:connection_established', user_id: 'alice', auth_method: 'ticket' }])
    expect((await backend.connected()).identity).toMatchObject({
      userId: 'alice',
      email: 'alice@example.com',
      permissions: ['chat'],
    })
  })

  test('the second use of a ticket is refused with 4401', async () => {
    const { backend, ticketOf, openWith } = arrange()
    const ticket = await ticketOf()
    await openWith(ticket)
    expect((await openWith(ticket)).events).toEqual(['open@1', 'close@3 4401 ticket_invalid clean'])
    expect(backend.connections()).toHaveLength(1)
  })

  test('of two sockets that use it at the same moment exactly one gets in', async () => {
    const { backend, clock, ticketOf } = arrange()
    const { ticket_id } = await ticketOf()
    const dial = () => record(new backend.WebSocket(`wss://mock.test/ws?ticket=${ticket_id}`, 'ticket-socket.v1'))
    const both = [dial(), dial()]
    await clock.advance(0)
    expect(both.filter(({ messages }) => messages.length === 1)).toHaveLength(1)
    expect(both.filter(({ events }) => events.includes('close@3 4401 ticket_invalid clean'))).toHaveLength(1)
  })

  test('a JWT opens a connection by subprotocol, and is not echoed', async () => {
    const { openByJwt } = arrange()
    const { socket, messages } = await openByJwt()
    expect(messages).toMatchObject([{ type: 'ts:connection_established', user_id: 'alice', auth_method: 'jwt' }])
    expect(socket.protocol).toBe('ticket-socket.v1')
  })

  test('a wrong JWT is refused: 401, and 4401 jwt_invalid', async () => {
    const { request, openByJwt } = arrange()
    expect((await request('POST', '/ticket', 'nobody')).status).toBe(401)
    expect((await openByJwt('nobody')).events).toEqual(['open@1', 'close@3 4401 jwt_invalid clean'])
  })

  test('a ticket expires on the backend’s clock', async () => {
    const { clock, ticketOf, openWith } = arrange()
    const ticket = await ticketOf(JWT, { ttl_seconds: 30 })
    await clock.advance(30_000)
    expect((await openWith(ticket)).events).toEqual(['open@1', 'close@3 4401 ticket_invalid clean'])
  })

  test('a real verifier may decide instead of the users', async () => {
    const verifyToken = (jwt: string) => (jwt.startsWith('real.') ? { userId: jwt.slice(5), issuedAt: 1 } : null)
    const { backend, request, openByJwt } = arrange({ verifyToken })
    expect((await openByJwt('real.carol')).messages).toMatchObject([{ user_id: 'carol' }])
    expect((await request('POST', '/ticket', 'real.carol')).status).toBe(200)
    expect((await request('POST', '/ticket')).status).toBe(401)
    expect(backend.journal.of('http').map(({ userId }) => userId)).toEqual(['carol', undefined])
  })
})

test('tickets that are switched off: 501 and the status says so, while JWTs connect', async () => {
  const { request, openByJwt } = arrange({ ticket: { enabled: false } })
  expect((await request('POST', '/ticket')).status).toBe(501)
  expect(await (await request('GET', '/tickets/status', null)).json()).toMatchObject({ ticket_system_enabled: false })
  expect((await openByJwt()).messages).toMatchObject([{ auth_method: 'jwt' }])
})

test('a frame above maxPayload ends the connection with 1009, and what follows it is not read', async () => {
  const { backend, clock, openByJwt } = arrange({ maxPayload: 200 })
  const { socket, events } = await openByJwt()
  socket.send(`{"type":"fits","text":"${'x'.repeat(100)}"}`)
  socket.send(`{"type":"long","text":"${'x'.repeat(200)}"}`)
  socket.send('{"type":"late"}')
  await clock.advance(0)
  expect(events.at(-1)).toBe('close@3 1009  clean')
  const received = backend.journal.of('frame').filter(({ direction }) => direction === 'received')
  expect(received.map(({ type }) => type)).toEqual(['fits'])
})

describe('users at run time', () => {
  test('setUser adds one, changes one, and removes one', async () => {
    const { backend, ticketOf, request } = arrange()
    backend.setUser('carol', { token: ['jwt-1', 'jwt-2'], permissions: ['read'] })
    await ticketOf('jwt-2', { permissions: ['read'] })
    backend.setUser('carol', { token: 'jwt-1' })
    expect((await request('POST', '/ticket', 'jwt-2')).status).toBe(401)
    backend.setUser('carol', null)
    expect((await request('POST', '/ticket', 'jwt-1')).status).toBe(401)
    expect(Object.keys(backend.users)).toEqual(['alice', 'bob'])
  })

  test('setUser does not make a JWT that the user had before any newer', async () => {
    const { backend, request } = arrange()
    await backend.revoke('alice')
    backend.setUser('alice', { token: JWT, permissions: ['more'] })
    expect((await request('POST', '/ticket')).status).toBe(401)
  })

  test('rotateToken makes the JWT before it worthless', async () => {
    const { backend, request } = arrange()
    const renewed = backend.rotateToken('alice')
    expect(backend.users.alice).toMatchObject({ token: renewed, permissions: ['chat'] })
    expect(backend.rotateToken('alice', 'chosen')).toBe('chosen')
    const statuses = [JWT, renewed, 'chosen'].map(async (jwt) => (await request('POST', '/ticket', jwt)).status)
    expect(await Promise.all(statuses)).toEqual([401, 401, 200])
  })

  test('a JWT may have an end, and so has the session', async () => {
    const { clock, backend, openByJwt, request } = arrange()
    backend.setUser('alice', { token: JWT, tokenExpiresAtMs: clock.wallNow() + 60_000 })
    const { messages, events } = await openByJwt()
    expect(messages).toMatchObject([{ expires_in: 60 }])
    await clock.advance(60_000)
    expect(events.at(-1)).toBe('close@3 4411 expired clean')
    expect((await request('POST', '/ticket')).status).toBe(401)
  })

  test('no session is longer than the backend’s options say', async () => {
    const { clock, openByJwt } = arrange({ session: { maxSessionSeconds: 5 } })
    const { messages, events } = await openByJwt()
    expect(messages).toMatchObject([{ expires_in: 5 }])
    await clock.advance(5_000)
    expect(events.at(-1)).toBe('close@3 4411 expired clean')
  })

  test('revoke closes the user’s connections with 4410 and refuses tickets and JWTs from before', async () => {
    const { backend, clock, ticketOf, openWith, openByJwt } = arrange()
    const [alice, bob] = [await openByJwt(), await openByJwt('jwt-of-bob')]
    const unspent = await ticketOf()
    expect(await backend.revoke('alice')).toBe(1)
    await clock.advance(0)
    expect(alice.events.at(-1)).toBe('close@3 4410 revoked clean')
    expect(bob.socket.readyState).toBe(1)
    expect((await openWith(unspent)).events.at(-1)).toBe('close@3 4401 ticket_invalid clean')
    expect((await openByJwt()).events.at(-1)).toBe('close@3 4401 jwt_invalid clean')
    expect((await openByJwt(backend.rotateToken('alice'))).messages).toHaveLength(1)
  })

  test('DELETE /tickets does the same from the client’s side', async () => {
    const { backend, request, openByJwt } = arrange()
    const { events } = await openByJwt()
    expect(await (await request('DELETE', '/tickets')).json()).toEqual({ success: true, revoked: 0 })
    expect(events.at(-1)).toBe('close@3 4410 revoked clean')
    expect((await openByJwt(backend.rotateToken('alice'))).messages).toHaveLength(1)
  })

  test.each([
    ['alice', { token: '' }, 'users.alice.token'],
    ['alice', { token: [] }, 'users.alice.token'],
    ['alice', { token: 'has a space CANARY' }, 'users.alice.token'],
    ['alice', { token: 'CANARY', permissions: 'chat' }, 'users.alice.permissions'],
    ['carol', { token: JWT }, 'users.carol.token'],
    ['carol', 'CANARY', 'users.carol'],
  ])('a wrong user %s %j is refused by name, without its token', (userId, user, name) => {
    const { backend } = arrange()
    const set = () => backend.setUser(userId, user as never)
    expect(set).toThrow(TypeError)
    expect(set).toThrow(name)
    expect(set).not.toThrow(/CANARY|jwt-of/)
  })

  test('rotateToken for nobody is refused', () => {
    const { backend } = arrange()
    expect(() => backend.rotateToken('nobody')).toThrow(/^userId must be one of the users, got "nobody"$/)
  })
})

describe('connections', () => {
  test('connected() is the newest one, or waits for the next', async () => {
    const { backend, openByJwt } = arrange()
    const next = backend.connected()
    await openByJwt()
    const first = await next
    expect(await backend.connected()).toBe(first)
    await openByJwt('jwt-of-bob')
    expect((await backend.connected()).identity?.userId).toBe('bob')
    expect(backend.connections().map(({ identity }) => identity?.userId)).toEqual(['alice', 'bob'])
  })

  test('onConnection sees each of them, before any frame', async () => {
    const heard: string[] = []
    const { openByJwt, clock } = arrange({
      onConnection: (connection) =>
        connection.onMessage(({ type }) => heard.push(`${connection.identity?.userId} ${type}`)),
    })
    const { socket } = await openByJwt()
    socket.send('{"type":"early"}')
    await clock.advance(0)
    expect(heard).toEqual(['alice early'])
  })

  test('broadcast reaches all, and tells how many', async () => {
    const { backend, clock, openByJwt } = arrange()
    const all = [await openByJwt(), await openByJwt('jwt-of-bob')]
    expect(backend.broadcast({ type: 'news', text: 'hi' })).toBe(2)
    await clock.advance(0)
    expect(all.map(({ messages }) => messages.at(-1))).toEqual(Array(2).fill({ type: 'news', text: 'hi' }))
  })

  test('onMessage answers messages of its type, on connections before and after, until it is stopped', async () => {
    interface Ask {
      type: 'ask'
      text: string
      [field: string]: unknown
    }
    const { backend, clock, openByJwt } = arrange()
    const before = await openByJwt()
    const stop = backend.onMessage<Ask>('ask', (message, connection) => {
      expectTypeOf(message.text).toEqualTypeOf<string>()
      connection.send({ type: 'answer', to: message.text })
    })
    const after = await openByJwt()
    for (const { socket } of [before, after]) socket.send('{"type":"ask","text":"q"}')
    after.socket.send('{"type":"other"}')
    await clock.advance(0)
    stop()
    before.socket.send('{"type":"ask","text":"q"}')
    await clock.advance(0)
    const answers = [before, after].map(({ messages }) => messages.filter(({ type }) => type === 'answer'))
    expect(answers).toEqual([[{ type: 'answer', to: 'q' }], [{ type: 'answer', to: 'q' }]])
  })

  test('a handler that throws or rejects is reported, and the others are called', async () => {
    const { backend, clock, openByJwt } = arrange()
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const heard = vi.fn()
    const thrown = new Error('thrown')
    const rejected = new Error('rejected')
    backend.onMessage('x', () => {
      throw thrown
    })
    backend.onMessage('x', () => Promise.reject(rejected))
    backend.onMessage('x', heard)
    const { socket } = await openByJwt()
    socket.send('{"type":"x"}')
    await clock.advance(0)
    expect(heard).toHaveBeenCalledOnce()
    expect(reported.mock.calls).toEqual([[thrown], [rejected]])
    reported.mockRestore()
  })

  test('dropConnections breaks those that are open and those that are opening', async () => {
    const { backend, clock, openByJwt } = arrange()
    const open = await openByJwt()
    const opening = record(new backend.WebSocket('wss://mock.test/ws', PLAIN_AND_OURS))
    const closed = vi.fn()
    ;(await backend.connected()).onClose(closed)
    backend.dropConnections()
    await clock.advance(0)
    expect(open.events.at(-1)).toBe('close@3 1006  unclean')
    expect(opening.events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(closed.mock.calls).toEqual([[1006, '']])
    expect(backend.connections()).toEqual([])
  })

  test('a client that gives up while the server decides has spent its ticket and is not connected', async () => {
    const { backend, clock, ticketOf, openWith } = arrange()
    const answering = gate()
    const undo = backend.use({
      name: 'decides slowly',
      start: () => ({ upgrade: (_, next) => answering.opened.then(() => next()) }),
    })
    const ticket = await ticketOf()
    const { socket, events } = await openWith(ticket)
    socket.close()
    await clock.advance(0)
    answering.open()
    await clock.advance(0)
    undo()
    expect(events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(backend.connections()).toEqual([])
    expect(backend.journal.of('upgrade').map(({ outcome, connection }) => [outcome, connection])).toEqual([
      ['accepted', undefined],
    ])
    expect((await openWith(ticket)).events.at(-1)).toBe('close@3 4401 ticket_invalid clean')
  })

  test('a client that gives up before it is refused leaves nothing behind', async () => {
    const { backend, clock, open } = arrange()
    const answering = gate()
    backend.use({ name: 'slow', start: () => ({ upgrade: (_, next) => answering.opened.then(() => next()) }) })
    const { socket } = await open('?ticket=unknown')
    socket.close()
    await clock.advance(0)
    answering.open()
    await clock.settle()
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([4401])
    expect(clock.pending()).toBe(0)
  })

  test('a refused client that does not answer the close frame is dropped after a second', async () => {
    const { backend, clock, open } = arrange()
    backend.silence(true)
    const { events } = await open('')
    await clock.advance(999)
    expect(events).toEqual(['open@1'])
    await clock.advance(1)
    expect(events).toEqual(['open@1', 'close@3 1006  unclean'])
    expect(clock.pending()).toBe(0)
  })

  test('what is under way is lost when a connection breaks', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { events } = await openByJwt()
    backend.broadcast({ type: 'lost' })
    backend.dropConnections()
    await clock.advance(0)
    expect(events.slice(2)).toEqual(['close@3 1006  unclean'])
  })

  test('restart announces it, closes with 4512 and a wait, and tickets outlive it', async () => {
    const { backend, clock, ticketOf, openByJwt, openWith } = arrange()
    const ticket = await ticketOf()
    const first = await openByJwt()
    backend.restart()
    const second = await openByJwt()
    backend.restart({ retryAfterMs: 800 })
    await clock.advance(0)
    expect(first.messages.at(-1)).toEqual({ type: 'ts:going_away', deadline_ms: 5_000 })
    expect(first.events.at(-1)).toBe('close@3 4512 restart;retry_after_ms=0 clean')
    expect(second.events.at(-1)).toBe('close@3 4512 restart;retry_after_ms=800 clean')
    expect((await openWith(ticket)).messages).toHaveLength(1)
  })

  test('restart closes connections without the protocol with 1012, with a wait where one is given', async () => {
    const { backend, clock, ticketOf, openWith } = arrange()
    const first = await openWith(await ticketOf(), ['chat'])
    backend.restart()
    const second = await openWith(await ticketOf(), ['chat'])
    backend.restart({ retryAfterMs: 800 })
    await clock.advance(0)
    expect(first.events).toEqual(['open@1', 'close@3 1012 restart clean'])
    expect(second.events).toEqual(['open@1', 'close@3 1012 restart;retry_after_ms=800 clean'])
  })

  test('silence swallows both ways, what was under way too, and what came in it never arrives', async () => {
    const { backend, clock, openByJwt } = arrange({ latencyMs: 100 })
    const opening = openByJwt()
    await clock.advance(300)
    const { socket, messages } = await opening
    const heard: string[] = []
    ;(await backend.connected()).onMessage(({ type }) => heard.push(type))
    backend.broadcast({ type: 'under way' })
    backend.silence(true)
    backend.broadcast({ type: 'said' })
    socket.send('{"type":"asked"}')
    await clock.advance(1_000)
    backend.silence(false)
    await clock.advance(1_000)
    expect([messages.slice(1), heard]).toEqual([[], []])
    backend.silence(true)
    backend.broadcast({ type: 'said in it, due after it' })
    socket.send('{"type":"said in it, due after it"}')
    backend.silence(false)
    backend.broadcast({ type: 'again' })
    socket.send('{"type":"again"}')
    await clock.advance(100)
    expect([messages.slice(1), heard]).toEqual([[{ type: 'again' }], ['again']])
  })
})

describe('time', () => {
  test('latency is what each way takes, for requests, handshakes and frames', async () => {
    const { backend, clock, ticketOf } = arrange({ latencyMs: 40 })
    backend.onMessage('marco', (_, connection) => connection.send({ type: 'polo' }))
    const startMs = clock.now()
    const log: [string, number][] = []
    const mark = (what: string) => log.push([what, clock.now() - startMs])
    const ticket = ticketOf()
    void ticket.then(() => mark('ticket'))
    await clock.advance(200)
    const { ticket_id } = await ticket
    const socket = new backend.WebSocket(`wss://mock.test/ws?ticket=${ticket_id}`)
    socket.onopen = () => {
      mark('open')
      socket.send('{"type":"marco"}')
    }
    socket.onmessage = () => mark('polo')
    await clock.advance(400)
    expect(log).toEqual([
      ['ticket', 80],
      ['open', 280],
      ['polo', 360],
    ])
  })

  test('it works on fake timers', async () => {
    vi.useFakeTimers()
    try {
      const backend = createMockBackend({ users: { alice: { token: JWT } } })
      const answer = backend.fetch('https://mock.test/websocket/ticket', {
        method: 'POST',
        headers: { authorization: `Bearer ${JWT}` },
      })
      await vi.advanceTimersByTimeAsync(10)
      const { ticket_id } = await (await answer).json()
      const { messages } = record(new backend.WebSocket(`wss://mock.test/ws?ticket=${ticket_id}`, 'ticket-socket.v1'))
      await vi.advanceTimersByTimeAsync(10)
      expect(messages).toMatchObject([{ type: 'ts:connection_established' }])
      await vi.advanceTimersByTimeAsync(25_000)
      expect(messages).toMatchObject([{}, { type: 'ts:ping' }])
      backend.dispose()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('and on real ones', async () => {
    const backend = createMockBackend({ users: { alice: { token: JWT } } })
    const socket = new backend.WebSocket('wss://mock.test/ws', [...PLAIN_AND_OURS, `jwt.${base64url(JWT)}`])
    const first = await new Promise<string>((resolve) => {
      socket.onmessage = ({ data }) => resolve(data)
    })
    expect(JSON.parse(first)).toMatchObject({ type: 'ts:connection_established', user_id: 'alice' })
    backend.dispose()
  })
})

describe('fetch', () => {
  test('answers 404 with a reason for what is not the backend’s', async () => {
    const { backend, arrived } = arrange()
    for (const url of ['https://elsewhere.test/websocket/ticket', 'https://mock.test/login']) {
      const response = await arrived(backend.fetch(url))
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ detail: expect.stringContaining('https://mock.test/websocket') })
    }
  })

  test('takes a Request as well as an address', async () => {
    const { backend, arrived } = arrange()
    const request = new Request('https://mock.test/websocket/ticket', {
      method: 'POST',
      headers: { authorization: `Bearer ${JWT}`, 'content-type': 'application/json' },
      body: '{"ttl_seconds":60}',
    })
    expect(await (await arrived(backend.fetch(request))).json()).toMatchObject({ ttl_seconds: 60 })
  })

  test('rejects with the signal’s reason: before, and while it waits', async () => {
    const { backend, clock } = arrange({ latencyMs: 50 })
    const reason = new Error('given up')
    await expect(backend.fetch('https://mock.test/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const answer = backend.fetch('https://mock.test/websocket/tickets/status', { signal: controller.signal })
    const rejected = expect(answer).rejects.toBe(reason)
    await clock.advance(75)
    controller.abort(reason)
    await rejected
    expect(clock.pending()).toBe(0)
    // The server had answered by then.
    expect(backend.journal.of('http').map(({ status }) => status)).toEqual([200])
  })

  test('leaves no listener on the signal and no timer', async () => {
    const { backend, clock, arrived } = arrange()
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    await arrived(backend.fetch('https://mock.test/websocket/tickets/status', { signal }))
    expect(removed).toHaveBeenCalledOnce()
    expect(clock.pending()).toBe(0)
  })

  test('given up while the server thinks, it sets no more timers', async () => {
    const { backend, clock } = arrange()
    const answering = gate<Response>()
    backend.use({ name: 'thinks', start: () => ({ http: () => answering.opened }) })
    const controller = new AbortController()
    const answer = backend.fetch('https://mock.test/websocket/tickets/status', { signal: controller.signal })
    const rejected = expect(answer).rejects.toThrow('aborted')
    await clock.advance(0)
    controller.abort()
    await rejected
    answering.open(new Response())
    await clock.settle()
    expect(clock.pending()).toBe(0)
  })

  test('a request that was given up on its way never reaches the server', async () => {
    const { backend, clock } = arrange({ latencyMs: 50 })
    const controller = new AbortController()
    const answer = backend.fetch('https://mock.test/websocket/tickets/status', { signal: controller.signal })
    const rejected = expect(answer).rejects.toThrow('aborted')
    await clock.advance(25)
    controller.abort()
    await clock.advance(100)
    await rejected
    expect(backend.journal.count()).toBe(0)
  })

  test('fits where a client takes a fetch and a WebSocket', () => {
    expectTypeOf<MockBackend['fetch']>().toExtend<Fetch>()
    expectTypeOf<MockBackend['fetch']>().toExtend<typeof globalThis.fetch>()
    expectTypeOf<MockBackend['WebSocket']>().toExtend<SocketConstructor>()
    expectTypeOf<MockBackend['WebSocket']>().toExtend<typeof globalThis.WebSocket>()
  })
})

describe('origins', () => {
  test('a page that is not allowed is refused with 4403 and 403', async () => {
    const { open, request } = arrange({ pageOrigin: 'https://evil.example', allowedOrigins: ['https://app.example'] })
    expect((await open('', [...PLAIN_AND_OURS])).events).toEqual(['open@1', 'close@3 4403 origin clean'])
    expect((await request('POST', '/ticket')).status).toBe(403)
  })

  test('the page’s own origin is allowed by default, and so is having none', async () => {
    for (const pageOrigin of ['https://app.example', null]) {
      const { openByJwt, request } = arrange({ pageOrigin })
      expect((await openByJwt()).messages).toHaveLength(1)
      expect((await request('POST', '/ticket')).status).toBe(200)
    }
  })
})

describe('addresses', () => {
  test('may be the app’s own', async () => {
    const { backend, clock, arrived } = arrange({
      httpUrl: 'http://localhost:8000/api/v1',
      wsUrl: 'ws://localhost:8000/socket',
      basePath: '/auth',
    })
    const headers = { authorization: `Bearer ${JWT}` }
    const response = await arrived(
      backend.fetch('http://localhost:8000/api/v1/auth/ticket', { method: 'POST', headers }),
    )
    const { websocket_url } = await response.json()
    expect(websocket_url).toMatch(/^ws:\/\/localhost:8000\/socket\?ticket=/)
    const { messages } = record(new backend.WebSocket(websocket_url, 'ticket-socket.v1'))
    await clock.advance(0)
    expect(messages).toHaveLength(1)
    expect([backend.httpUrl, backend.wsUrl]).toEqual(['http://localhost:8000/api/v1', 'ws://localhost:8000/socket'])
  })
})

describe('install', () => {
  const before = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }
  afterEach(() => Object.assign(globalThis, before))

  test('puts fetch and WebSocket in place of the global ones, until it is undone', () => {
    const { backend } = arrange()
    const undo = backend.install()
    expect(globalThis.fetch).toBe(backend.fetch)
    expect(globalThis.WebSocket).toBe(backend.WebSocket)
    undo()
    expect({ fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }).toEqual(before)
  })

  const names = ['first', 'second', 'third'] as const
  const orders = names.flatMap((a) =>
    names.filter((b) => b !== a).map((b) => [a, b, names.find((c) => c !== a && c !== b) ?? a] as const),
  )

  test.each(orders)('of three, the newest that is left holds until all are undone: %s, %s, %s', (...order) => {
    const installed = new Map(names.map((name) => [name, arrange().backend]))
    const undos = new Map([...installed].map(([name, backend]) => [name, backend.install()]))
    for (const name of order) {
      undos.get(name)?.()
      installed.delete(name)
      const newest = [...installed.values()].at(-1) ?? before
      expect(globalThis.fetch).toBe(newest.fetch)
      expect(globalThis.WebSocket).toBe(newest.WebSocket)
    }
  })

  test('another copy of the package is known, and undoing twice undoes once', async () => {
    const first = arrange().backend
    const undoFirst = first.install()
    vi.resetModules()
    const copy = await import('../../../src/mock/index.ts')
    const second = copy.createMockBackend()
    const undoSecond = second.install()
    undoFirst()
    expect(globalThis.fetch).toBe(second.fetch)
    const undoThird = first.install()
    undoFirst()
    expect(globalThis.fetch).toBe(first.fetch)
    undoThird()
    undoSecond()
    expect({ fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }).toEqual(before)
  })

  test('a global that was not there is gone again', () => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const undos = [arrange().backend.install(), arrange().backend.install()]
    for (const undo of undos) undo()
    expect('WebSocket' in globalThis).toBe(false)
  })
})

describe('reset', () => {
  test('brings back what was made: no connection, ticket, handler or entry, and the first users', async () => {
    const { backend, clock, ticketOf, openWith, openByJwt } = arrange()
    const heard = vi.fn()
    backend.onMessage('x', heard)
    const unspent = await ticketOf()
    backend.rotateToken('bob', 'other')
    const { events } = await openByJwt()
    await backend.revoke('bob')
    backend.silence(true)
    backend.use(scenarios.ticketEndpointHangs)
    const failed = expect(backend.fetch('https://mock.test/websocket/tickets/status')).rejects.toThrow(TypeError)
    backend.reset()
    await failed
    await clock.advance(0)
    expect(events.at(-1)).toBe('close@3 1006  unclean')
    expect(backend.journal.entries).toEqual([])
    expect(clock.pending()).toBe(0)
    expect((await openWith(unspent)).events.at(-1)).toBe('close@3 4401 ticket_invalid clean')
    const { socket } = await openByJwt('jwt-of-bob')
    socket.send('{"type":"x"}')
    await clock.advance(0)
    expect(heard).not.toHaveBeenCalled()
    expect(backend.connections()).toHaveLength(1)
  })
})

describe('what the server was still thinking about at a reset', () => {
  test('is not written down afterwards', async () => {
    const { backend, clock, openByJwt } = arrange()
    const answering = gate()
    backend.use({
      name: 'thinks',
      start: () => ({
        http: (_, next) => answering.opened.then(next),
        upgrade: (_, next) => answering.opened.then(() => next()),
      }),
    })
    const failed = expect(backend.fetch('https://mock.test/websocket/tickets/status')).rejects.toThrow(TypeError)
    await openByJwt()
    backend.reset()
    answering.open()
    await failed
    await clock.advance(0)
    expect(backend.journal.entries).toEqual([])
    expect(backend.connections()).toEqual([])
  })
})

describe('dispose', () => {
  test('leaves no timer and tells the clients nothing more', async () => {
    const { backend, clock, openByJwt } = arrange()
    const open = await openByJwt()
    const closing = await openByJwt()
    closing.socket.close()
    const opening = record(new backend.WebSocket('wss://mock.test/ws', PLAIN_AND_OURS))
    const answer = backend.fetch('https://mock.test/websocket/tickets/status')
    backend.use(scenarios.restartWithNotice)
    backend.dispose()
    await expect(answer).rejects.toThrow(TypeError)
    expect(clock.pending()).toBe(0)
    await clock.advance(60_000)
    expect([open.events.length, closing.events.length, opening.events.length]).toEqual([2, 2, 0])
    expect(backend.connections()).toEqual([])
  })
})

describe('wrong options', () => {
  test.each<[keyof MockBackendOptions | string, object, string]>([
    ['httpUrl', { httpUrl: 'mock.test' }, '"mock.test"'],
    ['httpUrl', { httpUrl: 'https://mock.test/?a=1' }, '"https://mock.test/?a=1"'],
    ['wsUrl', { wsUrl: 'https://mock.test/ws' }, '"https://mock.test/ws"'],
    ['basePath', { basePath: 'websocket/' }, '"websocket/"'],
    ['latencyMs', { latencyMs: -1 }, '-1'],
    ['latencyMs', { latencyMs: Number.NaN }, 'NaN'],
    ['users', { users: 'alice' }, '"alice"'],
    ['verifyToken', { verifyToken: 'yes' }, '"yes"'],
    ['onConnection', { onConnection: 1 }, '1'],
    ['allowedOrigins', { allowedOrigins: ['*'] }, '"*"'],
    ['ttl.max', { ticket: { ttl: { max: 0 } } }, '0'],
    ['pingIntervalMs', { session: { pingIntervalMs: 0 } }, '0'],
    ['allowAnonymous', { upgrade: { allowAnonymous: 'yes' } }, '"yes"'],
  ])('%s is refused by name and value: %j', (name, options, value) => {
    const make = () => createMockBackend(options as MockBackendOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(new RegExp(`^${name.replace('.', '\\.')} must .*got ${value.replace(/[?*.]/g, '\\$&')}$`))
  })
})
