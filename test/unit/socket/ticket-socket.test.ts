import { describe, expect, test } from 'vitest'
import {
  createRequests,
  createTicketSocket,
  type Platform,
  type SocketConstructor,
  type TicketSocketOptions,
} from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { sendFrame } from '../../../src/server/session.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

const opened = (page: ReturnType<typeof arrange>) => page.backend.journal.count('upgrade')

describe('coming back', () => {
  test.each([
    ['a broken connection', (page: ReturnType<typeof arrange>) => page.backend.dropConnections()],
    ['a server restart', (page: ReturnType<typeof arrange>) => page.backend.restart()],
    ['an expired session', (page: ReturnType<typeof arrange>) => page.backend.connections()[0]?.close(4411, 'expired')],
    [
      'a server error',
      (page: ReturnType<typeof arrange>) => page.backend.connections()[0]?.close(4500, 'server_error'),
    ],
  ])('after %s, with a fresh ticket', async (_name, breakIt) => {
    const page = arrange()
    await page.connect()
    breakIt(page)
    await page.clock.advance(100)
    expect(['reconnecting', 'open']).toContain(page.state().status)
    await page.clock.advance(30_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket', error: null })
    expect(page.times('lost')).toBe(1)
    expect(new Set(page.backend.journal.of('upgrade').map(({ handle }) => handle)).size).toBe(2)
  })

  test.each([
    [1000, 'done', 'closed', null],
    [4403, 'permission', 'failed', 'permission_denied'],
    [4409, 'replaced', 'failed', 'replaced'],
    [4410, 'revoked', 'failed', 'revoked'],
    [4400, 'bad_request', 'failed', 'protocol'],
  ])('not after %d %s', async (code, reason, status, error) => {
    const page = arrange()
    await page.connect()
    page.backend.connections()[0]?.close(code, reason)
    await page.clock.advance(600_000)
    expect(page.state().status).toBe(status)
    expect(page.state().error?.code ?? null).toBe(error)
    expect(opened(page)).toBe(1)
  })

  test('never sooner than the server asked for, also by hand', async () => {
    const page = arrange()
    await page.connect()
    page.backend.restart({ retryAfterMs: 60_000 })
    await page.clock.advance(30_000)
    page.socket.reconnect()
    page.socket.connect()
    await page.clock.advance(29_000)
    expect(opened(page)).toBe(1)
    await page.clock.advance(5_000)
    expect(page.state().status).toBe('open')
  })

  test('a server that accepts and closes at once is not dialled without a wait', async () => {
    const page = arrange({ backend: { onConnection: (connection) => connection.close(4500, 'server_error') } })
    page.socket.connect()
    await page.clock.advance(60_000)
    expect(opened(page)).toBeLessThan(20)
  })

  test('a wait is cut short by hand, and by the network that is back', async () => {
    const page = arrange({ chance: 0.999 })
    await page.connect()
    const heal = page.backend.use(scenarios.upgradeRefused)
    page.backend.dropConnections()
    await page.clock.advance(20_000)
    heal()
    expect(page.state().status).toBe('reconnecting')
    page.socket.reconnect()
    await page.clock.advance(200)
    expect(page.state().status).toBe('open')
  })

  test('offline it does not dial; online it does', async () => {
    const page = arrange()
    await page.connect()
    page.page.say('offline')
    page.backend.dropConnections()
    await page.clock.advance(29_000)
    expect(page.state().status).toBe('offline')
    expect(opened(page)).toBe(1)
    page.page.say('online')
    await page.clock.advance(1_000)
    expect(page.state().status).toBe('open')
  })

  test('offline it dials all the same after 30 to 60 s, since the page may be wrong', async () => {
    for (const chance of [0, 0.99]) {
      const page = arrange({ chance })
      await page.connect()
      page.page.say('offline')
      page.backend.dropConnections()
      await page.clock.advance(30_000 * (1 + chance) - 1)
      expect(page.state().status).toBe('offline')
      await page.clock.advance(2_000)
      expect(page.state().status).toBe('open')
    }
  })

  test('attempts that are lost offline are no evidence and use up no retries', async () => {
    const page = arrange({ socket: { reconnect: { maxRetries: 1 } } })
    await page.connect()
    const heal = page.backend.use(scenarios.offline)
    page.page.say('offline')
    page.backend.dropConnections()
    await page.clock.advance(600_000)
    expect(page.state().status).toBe('offline')
    expect(page.auth.store.getState()).toMatchObject({ reverted: false })
    heal()
    page.page.say('online')
    await page.clock.advance(1_000)
    expect([page.state().status, page.state().method]).toEqual(['open', 'ticket'])
  })

  test('a hundred flaps of the network in a second make two attempts at most', async () => {
    const page = arrange()
    await page.connect()
    page.backend.use(scenarios.upgradeRefused)
    page.page.say('offline')
    page.backend.dropConnections()
    for (let i = 0; i < 100; i++) {
      page.page.say(i % 2 === 0 ? 'online' : 'offline')
      await page.clock.advance(10)
    }
    expect(opened(page)).toBeLessThanOrEqual(3)
  })

  test('gives up after maxRetries, and starts again when asked', async () => {
    const page = arrange({ socket: { reconnect: { maxRetries: 2 } } })
    const heal = page.backend.use(scenarios.upgradeRefused)
    await page.connect()
    await page.clock.advance(60_000)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'retries_exhausted' } })
    heal()
    page.socket.connect()
    await page.clock.advance(1_000)
    expect(page.state().status).toBe('open')
  })
})

describe('an open connection that is replaced', () => {
  test('by hand is lost, like any other; requests on it end', async () => {
    const page = arrange()
    await page.connect()
    const { request } = createRequests(page.socket, { clock: page.clock })
    const pending = request({ type: 'never_answered' }).catch((error: Error) => error)
    page.socket.reconnect()
    expect(page.told.at(-1)).toMatchObject(['lost', { error: { code: 'connection_lost' }, retryInMs: 0 }])
    expect(await pending).toMatchObject({ code: 'connection_lost' })
    await page.clock.advance(1_000)
    expect([page.times('open'), page.times('lost')]).toEqual([2, 1])
  })

  test('by the next user’s is lost, too', async () => {
    const page = arrange()
    await page.connect()
    page.signIn('bob')
    await page.clock.advance(1_000)
    const told = page.told.filter(([name]) => name === 'open' || name === 'lost')
    expect(told).toMatchObject([
      ['open', {}],
      ['lost', { error: { code: 'signed_out' } }],
      ['open', {}],
    ])
  })
})

test('a connection that ends with its session on a page that says it is offline was not lost by the network', async () => {
  const page = arrange()
  await page.connect()
  page.page.say('offline')
  page.signIn('bob')
  await page.clock.advance(1_000)
  const losses = page.told.filter(([name]) => name === 'lost')
  expect(losses).toMatchObject([['lost', { error: { code: 'signed_out' }, retryInMs: null }]])
  expect(page.state()).toMatchObject({ status: 'offline', error: { code: 'signed_out' } })
})

test('a proxy that swallows URLs with a ticket is noticed like one that refuses them: one of four dials goes by JWT', async () => {
  const hanging = { readyState: 0, protocol: '', bufferedAmount: 0, binaryType: 'blob', send() {}, close() {} }
  const swallow = (platform: Partial<Platform>): Partial<Platform> => ({
    ...platform,
    WebSocket: new Proxy(platform.WebSocket as SocketConstructor, {
      construct: (Real, [url, protocols]) =>
        url.includes('ticket=') ? { ...hanging } : new Real(url as string, protocols),
    }),
  })
  const page = arrange({ wrap: swallow })
  page.socket.connect()
  await page.clock.advance(60_000)
  expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
  expect(page.auth.store.getState().ticketFailures).toBe(1)
})

describe('liveness', () => {
  test('a link that died without a word is replaced within 36 seconds', async () => {
    const page = arrange()
    await page.connect()
    const heal = page.backend.use(scenarios.silentServer)
    await page.clock.advance(36_000)
    expect(page.times('lost')).toBe(1)
    expect(page.told.find(([name]) => name === 'lost')).toMatchObject(['lost', { error: { code: 'heartbeat_lost' } }])
    heal()
    await page.clock.advance(30_000)
    expect(page.state().status).toBe('open')
  })

  test('a healthy, quiet link lives for a day', async () => {
    const page = arrange()
    await page.connect()
    await page.clock.advance(11 * 3_600_000)
    expect(page.times('lost')).toBe(0)
  })

  test('after a sleep of eight hours the link is asked, not believed; at most one ticket is asked for', async () => {
    const page = arrange()
    await page.connect()
    const asked = page.ticketRequests()
    page.page.say('hidden')
    await page.clock.sleep(8 * 3_600_000)
    page.page.say('shown')
    await page.clock.advance(1_000)
    expect(page.state().status).toBe('open')
    expect(page.ticketRequests()).toBeLessThanOrEqual(asked + 1)
    expect(page.times('lost')).toBe(0)
  })

  test('a tab that is shown again finds a dead link at once', async () => {
    const page = arrange()
    await page.connect()
    page.backend.use(scenarios.silentServer)
    page.page.say('shown')
    await page.clock.advance(10_500)
    expect(page.times('lost')).toBe(1)
  })

  test('a server that opens and never confirms is given up at the deadline', async () => {
    const page = arrange()
    page.backend.use(scenarios.silentServer)
    page.socket.connect()
    await page.clock.advance(9_000)
    expect(page.state().status).toBe('connecting')
    await page.clock.advance(2_000)
    expect(page.state()).toMatchObject({ status: 'reconnecting', error: { code: 'timeout' } })
  })
})

describe('a session that ends', () => {
  /** JWTs of one user, each good for an hour from when it is issued. */
  function arrangeHourly(refreshToken = true, socket: Partial<TicketSocketOptions> = {}) {
    const HOUR = 3_600_000
    const expiry = new Map<string, number>()
    const issue = () => {
      const expiresAt = Math.round(page.clock.wallNow() / 1_000) * 1_000 + HOUR
      const jwt = jwtFor('alice', { exp: expiresAt / 1_000 })
      expiry.set(jwt, expiresAt)
      return jwt
    }
    const page: ReturnType<typeof arrange> = arrange({
      socket,
      backend: {
        verifyToken: (jwt) => {
          const expiresAt = expiry.get(jwt)
          return expiresAt === undefined ? null : { userId: 'alice', issuedAt: expiresAt - HOUR, expiresAt }
        },
      },
      auth: refreshToken
        ? {
            refreshToken: () => {
              page.session.jwt = issue()
              return page.session.jwt
            },
          }
        : {},
    })
    page.session.jwt = issue()
    return page
  }

  test('is extended in band, with a newer JWT, and without a reconnect', async () => {
    const page = arrangeHourly()
    await page.connect()
    const before = page.state().session?.expiresAt ?? 0
    await page.clock.advance(3 * 3_600_000)
    expect(opened(page)).toBe(1)
    expect(page.times('lost')).toBe(0)
    expect((page.state().session?.expiresAt ?? 0) - before).toBeGreaterThan(2.5 * 3_600_000)
    expect(page.auth.store.getState().ticketFailures).toBe(0)
  })

  test('was extended with a newer JWT, and is refused then: that JWT is renewed, not the one it began with', async () => {
    const page = arrangeHourly(true, { closeCodes: { 4001: 'refused' } })
    await page.connect()
    const first = page.session.jwt
    await page.clock.advance(3_600_000)
    const second = page.session.jwt
    expect([second === first, page.times('lost')]).toEqual([false, 0])
    page.backend.connections()[0]?.close(4001, 'the session has ended')
    await page.clock.advance(10_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(page.session.jwt).not.toBe(second)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test('and cannot be extended, ends with its JWT, without a loop', async () => {
    const page = arrangeHourly(false)
    await page.connect()
    await page.clock.advance(2 * 3_600_000)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
    expect(page.ticketRequests()).toBeLessThan(10)
  })

  test('by JWT goes on with a newer JWT, on the same connection', async () => {
    const page = arrangeHourly()
    page.backend.use(scenarios.ticketEndpointMissing)
    await page.connect()
    const { session, method } = page.state()
    expect(method).toBe('jwt')
    await page.clock.advance(3_700_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt', session: { id: session?.id } })
    expect(page.times('lost')).toBe(0)
  })
})

test('a server that goes away is left before it does, and the next one is dialled at once', async () => {
  const page = arrange()
  await page.connect()
  await page.clock.advance(10_000)
  page.backend.use(scenarios.restartWithNotice)
  await page.clock.advance(3_000)
  expect(page.told.find(([name]) => name === 'lost')).toMatchObject(['lost', { error: { code: 'going_away' } }])
  expect(page.state().status).toBe('open')
  await page.clock.advance(10_000)
  expect(page.times('lost')).toBe(1)
})

describe('messages', () => {
  test('what is sent before the connection is open waits, and goes out in order once it is', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('chat', (message) => void received.push(message.n))
    expect(page.socket.send({ type: 'chat', n: 1 })).toEqual({ status: 'queued', id: 1 })
    page.socket.connect()
    for (let n = 2; n <= 20; n++) page.socket.send({ type: 'chat', n })
    expect(page.state().queued).toBe(20)
    await page.clock.advance(1_000)
    expect(page.socket.send({ type: 'chat', n: 21 })).toEqual({ status: 'sent' })
    await page.clock.advance(1_000)
    expect(received).toEqual(Array.from({ length: 21 }, (_, i) => i + 1))
    expect(page.state().queued).toBe(0)
  })

  test('a queue is never flushed into a connection that accepts and closes', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketRefusedTimes(2))
    const received: unknown[] = []
    page.backend.onMessage('chat', (message) => void received.push(message.n))
    page.socket.send({ type: 'chat', n: 1 })
    await page.connect()
    await page.clock.advance(30_000)
    expect(received).toEqual([1])
  })

  test('messages reach the handlers of their type, also one sent in the moment of connecting', async () => {
    const page = arrange({ backend: { onConnection: (connection) => connection.send({ type: 'hello', n: 0 }) } })
    const heard: unknown[] = []
    const off = page.socket.onMessage('hello', (message) => void heard.push(message.n))
    await page.connect()
    page.backend.broadcast({ type: 'hello', n: 1 })
    page.backend.broadcast({ type: 'other', n: 2 })
    await page.clock.advance(100)
    off()
    page.backend.broadcast({ type: 'hello', n: 3 })
    await page.clock.advance(100)
    expect(heard).toEqual([0, 1])
  })

  test('a handler that throws keeps no other from being called', async () => {
    const page = arrange()
    const reported: unknown[] = []
    const reportError = (error: unknown) => void reported.push(error)
    Object.assign(globalThis, { reportError })
    const heard: unknown[] = []
    page.socket.onMessage('chat', () => {
      throw new Error('a bug in the app')
    })
    page.socket.onMessage('chat', (message) => void heard.push(message.n))
    await page.connect()
    page.backend.broadcast({ type: 'chat', n: 1 })
    await page.clock.advance(100)
    Object.assign(globalThis, { reportError: undefined })
    expect(heard).toEqual([1])
    expect(reported).toHaveLength(1)
    expect(page.state().status).toBe('open')
  })

  test('frames that are no messages are events, and the connection stays', async () => {
    const page = arrange()
    await page.connect()
    const [connection] = page.backend.connections()
    for (const frame of ['42', '"text"', 'null', '[]', '{}', '{"type":7}']) sendFrame(connection as Connection, frame)
    await page.clock.advance(100)
    expect(page.times('invalidMessage')).toBe(6)
    expect(page.state().status).toBe('open')
  })

  test('a rate limit spreads what is sent, and events tell when each has left', async () => {
    const page = arrange({ socket: { rateLimit: { perSecond: 2, burst: 1 } } })
    await page.connect()
    const left: number[] = []
    page.socket.on('sent', ({ id }) => left.push(id))
    const receipts = [1, 2, 3].map((n) => page.socket.send({ type: 'chat', n }))
    expect(receipts).toEqual([{ status: 'sent' }, { status: 'queued', id: 2 }, { status: 'queued', id: 3 }])
    expect(page.state().queued).toBe(2)
    await page.clock.advance(500)
    expect(left).toEqual([2])
    await page.clock.advance(500)
    expect(left).toEqual([2, 3])
    expect(page.state().queued).toBe(0)
  })

  test.each([
    ['a text that was encoded before', '{"type":"chat"}'],
    ['null', null],
    ['a number', 1],
  ])('%s is no message, and is not encoded once more', async (_name, message) => {
    const page = arrange()
    await page.connect()
    const words = 'A message must be an object such as { type: "chat" }. It is encoded as JSON by itself.'
    expect(page.socket.send(message as never)).toEqual({
      status: 'dropped',
      reason: 'invalid',
      issues: [{ message: words, path: [] }],
    })
  })

  test('what cannot be serialised is dropped with its reason', async () => {
    const page = arrange()
    await page.connect()
    const circular: { type: string; self?: unknown } = { type: 'chat' }
    circular.self = circular
    const dropped = (words: RegExp) => ({
      status: 'dropped',
      reason: 'invalid',
      issues: [{ message: expect.stringMatching(words), path: [] }],
    })
    expect(page.socket.send(circular)).toEqual(dropped(/circular/))
    expect(page.socket.send({ type: 'chat', n: 1n })).toEqual(dropped(/BigInt/))
  })

  test('after close, sending is dropped; what had waited is reported', async () => {
    const page = arrange()
    page.socket.send({ type: 'chat', n: 1 })
    page.socket.close()
    expect(page.told).toContainEqual(['dropped', { id: 1, reason: 'closed', issues: [] }])
    expect(page.socket.send({ type: 'chat', n: 2 })).toEqual({ status: 'dropped', reason: 'closed', issues: [] })
  })

  test('a queue does not cross from one user to the next', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('chat', (message, { identity }) => void received.push([identity?.userId, message.n]))
    await page.connect()
    page.page.say('offline')
    page.backend.dropConnections()
    await page.clock.advance(100)
    page.socket.send({ type: 'chat', n: 'from alice' })
    page.auth.handleLogout()
    expect(page.told).toContainEqual(['dropped', { id: 1, reason: 'signed_out', issues: [] }])
    page.page.say('online')
    page.signIn('bob')
    await page.clock.advance(5_000)
    page.socket.send({ type: 'chat', n: 'from bob' })
    await page.clock.advance(100)
    expect(received).toEqual([['bob', 'from bob']])
  })

  test('nor when another user signs in without a log-out before', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('chat', (message) => void received.push(message.n))
    await page.connect()
    page.page.say('offline')
    page.backend.dropConnections()
    await page.clock.advance(100)
    page.socket.send({ type: 'chat', n: 'from alice' })
    page.page.say('online')
    page.signIn('bob')
    await page.clock.advance(5_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
    expect(page.told).toContainEqual(['dropped', { id: 1, reason: 'signed_out', issues: [] }])
    expect(received).toEqual([])
  })

  test('the change of user is emitted at once, also where the connection is closed and stays so', async () => {
    const page = arrange()
    const changes: unknown[] = []
    page.socket.on('userChanged', (change) => changes.push(change))
    await page.connect()
    page.signIn('bob')
    expect(changes).toEqual([{ signedIn: true }])
    page.socket.close()
    page.auth.handleLogout()
    expect(changes).toEqual([{ signedIn: true }, { signedIn: false }])
  })

  test('a log-out inside a handler sends nothing more of the old session', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('chat', (message) => void received.push(message.n))
    page.socket.send({ type: 'chat', n: 1 })
    page.socket.on('open', () => {
      page.auth.handleLogout()
      page.socket.send({ type: 'chat', n: 2 })
    })
    await page.connect()
    await page.clock.advance(60_000)
    expect(received).not.toContain(2)
    expect(page.state().status).toBe('closed')
  })
})

describe('the end', () => {
  test.each(['connecting', 'open', 'reconnecting'] as const)(
    'close() while %s leaves nothing alive',
    async (status) => {
      const page = arrange()
      if (status === 'connecting') page.socket.connect()
      else await page.connect()
      if (status === 'reconnecting') {
        page.backend.use(scenarios.upgradeRefused)
        page.backend.dropConnections()
        await page.clock.advance(1_500)
      }
      page.socket.close()
      expect(page.state().status).toBe('closed')
      await page.clock.advance(1_000)
      const seen = page.backend.journal.entries.length
      page.page.say('offline')
      page.page.say('online')
      page.page.say('shown')
      await page.clock.advance(3_600_000)
      expect(page.backend.journal.entries).toHaveLength(seen)
      page.backend.dispose()
      expect(page.clock.pending()).toBe(0)
    },
  )

  test('a ticket that was taken but not sent serves the next connection', async () => {
    const page = arrange({ backend: { latencyMs: 50 } })
    page.socket.connect()
    await page.clock.advance(60)
    page.socket.close()
    await page.clock.advance(1_000)
    page.socket.connect()
    await page.clock.advance(1_000)
    expect(page.state().status).toBe('open')
    expect(page.backend.journal.of('upgrade')).toHaveLength(1)
  })

  test('a hundred connects make one socket and one ticket request', async () => {
    const page = arrange()
    for (let i = 0; i < 100; i++) page.socket.connect()
    await page.clock.advance(10)
    expect(opened(page)).toBe(1)
    expect(page.auth.store.getState().spare !== null || page.ticketRequests() <= 2).toBe(true)
    expect(page.backend.connections()).toHaveLength(1)
  })

  test('after a close inside a handler nothing is sent any more', async () => {
    const page = arrange()
    const receipts: unknown[] = []
    page.socket.on('open', () => {
      page.socket.close()
      receipts.push(page.socket.send({ type: 'late' }))
    })
    await page.connect()
    expect(page.state().status).toBe('closed')
    expect(page.backend.journal.of('frame').filter(({ type }) => type === 'late')).toEqual([])
    expect(receipts).toEqual([{ status: 'dropped', reason: 'closed', issues: [] }])
  })

  test('emits once that it is closed, however often it is closed', async () => {
    const page = arrange()
    await page.connect()
    page.socket.close()
    page.socket.close()
    page.socket.dispose()
    expect(page.times('closed')).toBe(1)
  })

  test('a log-out that is answered by a log-in is not followed by another word of the old session', async () => {
    const page = arrange({ socket: { outbox: { ttlMs: 1 } }, backend: { latencyMs: 20 } })
    page.socket.on('dropped', () => page.signIn('bob'))
    page.socket.connect()
    page.socket.send({ type: 'chat' })
    await page.clock.advance(1_000)
    const opened = page.told.filter(([name]) => name === 'open').map(([, payload]) => payload)
    expect(opened.at(-1)).toMatchObject({ session: { userId: 'bob' } })
    const switched = page.told.findIndex(([name]) => name === 'auth.userChanged')
    const late = page.told.slice(switched).filter(([name]) => name === 'open')
    expect(late).toHaveLength(1)
  })

  test('a disposed socket says nothing more', async () => {
    const page = arrange()
    await page.connect()
    const told = page.told.length
    page.socket.dispose()
    page.auth.handleLogout()
    await page.clock.advance(60_000)
    expect(page.told.slice(told).map(([name]) => name)).toEqual(['closed', 'auth.userChanged'])
  })
})

test('the backend’s user id may be another than the JWT’s sub, but within one log-in it does not change', async () => {
  let userId = 'db-42'
  const page = arrange({ backend: { verifyToken: () => ({ userId }) } })
  await page.connect()
  expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'db-42' } })
  userId = 'mallory'
  page.auth.clearTicketCache()
  page.backend.dropConnections()
  await page.clock.advance(10_000)
  expect(page.times('open')).toBe(1)
  expect(page.state().session).toBeNull()
})

test('a JWT that is refused now and then is refreshed each time, while tickets work in between', async () => {
  const page: ReturnType<typeof arrange> = arrange({
    auth: {
      refreshToken: () => {
        page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
        return page.session.jwt
      },
    },
  })
  await page.connect()
  for (let i = 0; i < 4; i++) {
    const stop = page.backend.use(scenarios.jwtExpired)
    page.auth.clearTicketCache()
    page.backend.dropConnections()
    await page.clock.advance(30_000)
    stop()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  }
})

test.each<[Partial<TicketSocketOptions>, string]>([
  [
    { url: 'api.example.com/ws' },
    'url must be a URL such as wss://api.example.com/ws, or a path such as /ws, got "api.example.com/ws"',
  ],
  [{ url: 'ws://api.example.com/ws' }, 'url must use wss: for api.example.com'],
  [{ auth: null as never }, 'auth must be a UnifiedAuthService'],
  [{ auth: {} as never }, 'auth.acquire must be a function, got undefined'],
  [{ reconnect: { maxDelayMs: Number.NaN } }, 'reconnect.maxDelayMs must be a positive number, got NaN'],
  [{ reconnect: { multiplier: 0.99 } }, 'reconnect.multiplier must be a number of at least 1, got 0.99'],
  [
    { reconnect: { multiplier: Number.POSITIVE_INFINITY } },
    'reconnect.multiplier must be a number of at least 1, got Inf',
  ],
  [{ breaker: { failureThreshold: 0 } }, 'breaker.failureThreshold must be a whole number of at least 1, got 0'],
  [{ breaker: { failureThreshold: 2.5 } }, 'breaker.failureThreshold must be a whole number of at least 1, got 2.5'],
  [{ breaker: { resetMs: 0 } }, 'breaker.resetMs must be a positive number, got 0'],
  [{ breaker: { resetMS: 1 } as never }, 'resetMS is not an option of breaker. Did you mean resetMs?'],
  [{ reconnect: { maxRetries: -1 } }, 'reconnect.maxRetries must be a whole number of at least 0, got -1'],
  [{ heartbeat: { intervalMs: 0 } }, 'heartbeat.intervalMs must be a positive number, got 0'],
  [
    { outbox: { overflow: 'keep' as never } },
    'outbox.overflow must be one of drop-oldest, drop-newest, reject, got "keep"',
  ],
  [{ outbox: { maxBufferedBytes: -1 } }, 'outbox.maxBufferedBytes must be a whole number of at least 0, got -1'],
  [{ outbox: 5 as never }, 'outbox must be an object, got 5'],
  [{ reconnect: null as never }, 'reconnect must be an object, got null'],
  [{ heartbeat: [] as never }, 'heartbeat must be an object, got an array'],
  [{ heartbeat: { message: 'ping' as never } }, 'heartbeat.message must be a function, got string'],
  [{ rateLimit: { perSecond: 0 } }, 'rateLimit.perSecond must be a positive number, got 0'],
  [{ rateLimit: { perSecond: 5, burst: 0.5 } }, 'rateLimit.burst must be at least 1, got 0.5'],
  [{ rateLimit: 5 as never }, 'rateLimit must be an object, got 5'],
  [{ messages: {} as never }, 'messages must be a function, got object'],
  [{ auth: { acquire() {} } as never }, 'auth.keepPrefetched must be a function, got undefined'],
  [{ outbox: { maxCount: 0.5 } }, 'outbox.maxCount must be a whole number of at least 0, got 0.5'],
  [{ openTimeoutMs: '5' as never }, 'openTimeoutMs must be a positive number, got "5"'],
])('refuses the option %j when it is made, by name and value', (wrong, message) => {
  const { auth } = arrange()
  const make = () => createTicketSocket({ url: 'wss://api.example.com/ws', auth, ...wrong })
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})

test('what happens is logged by codes, without what the app sends', async () => {
  const lines: unknown[] = []
  const log = (line: string, details?: object) => lines.push([line, details])
  const logger = { debug: log, info: log, warn: log, error: log }
  const page = arrange({ wrap: (platform) => ({ ...platform, logger }), socket: { outbox: { maxCount: 0 } } })
  await page.connect()
  page.backend.dropConnections()
  await page.clock.advance(10)
  page.backend.connections()[0]?.close(4403, 'permission')
  await page.clock.advance(10_000)
  page.backend.connections()[0]?.close(4403, 'permission')
  await page.clock.advance(10)
  const ofSocket = lines.filter((line) => /^(socket|message)/.test(String((line as [string])[0])))
  expect(ofSocket).toMatchObject([
    ['socket open', { method: 'ticket' }],
    ['socket lost', { code: 'connection_lost' }],
    ['socket open', { method: 'ticket' }],
    ['socket gave up', { code: 'permission_denied' }],
  ])
})
