import imported from 'reconnecting-websocket'
import { describe, expect, test, vi } from 'vitest'
import type { Credential, CredentialSource } from '../../../src/auth/credential.ts'
import { scenarios } from '../../../src/mock/index.ts'
import {
  createReconnectingTicketSocket,
  type ReconnectingTicketSocketOptions,
} from '../../../src/reconnecting-websocket/index.ts'
import { arrange } from '../../support/arrange.ts'

function begin(options: ReconnectingTicketSocketOptions = {}, arranged: Parameters<typeof arrange>[0] = {}) {
  const page = arrange(arranged)
  const socket = createReconnectingTicketSocket(page.auth, page.backend.wsUrl, { platform: page.platform, ...options })
  const heard: string[] = []
  socket.addEventListener('open', () => heard.push('open'))
  socket.addEventListener('error', () => heard.push('error'))
  socket.addEventListener('close', ({ code, wasClean }) => heard.push(`close ${code} ${wasClean ? 'clean' : 'lost'}`))
  return {
    ...page,
    socket,
    heard,
    upgrades: () => page.backend.journal.count('upgrade'),
    /** What each new connection says from now on. */
    listen() {
      const texts: string[] = []
      for (const connection of page.backend.connections()) connection.onText((text) => texts.push(text))
      return texts
    },
  }
}

/** A WebSocket class whose `send` throws for one text. */
const refusing = (Class: typeof WebSocket, refused: string) =>
  class extends Class {
    override send(data: string) {
      if (data === refused) throw new RangeError('of the platform')
      super.send(data)
    }
  }

test('it is the class that the app has, with the address of the app', async () => {
  const { socket, clock, backend, heard } = begin()
  expect(socket).toBeInstanceOf(imported)
  expect(socket.readyState).toBe(socket.CONNECTING)
  await clock.advance(1_000)
  expect(socket.readyState).toBe(socket.OPEN)
  expect(socket.url).toBe(new URL(backend.wsUrl).href)
  expect(backend.connections()[0]).toMatchObject({ method: 'ticket', spoken: false })
  expect(heard).toEqual(['open'])
})

describe('contained', () => {
  test('a credential that cannot be had is tried for again', async () => {
    const { backend, clock, socket, heard, upgrades } = begin(
      {},
      { auth: { chain: ['ticket'], retry: { maxRetries: 0 } } },
    )
    backend.use(scenarios.ticketEndpointDown)
    await clock.advance(20_000)
    expect(heard.slice(0, 4)).toEqual(['error', 'close 1006 lost', 'error', 'close 1006 lost'])
    expect(upgrades()).toBe(0)
    backend.reset()
    await clock.advance(60_000)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  test('a token callback that hangs is tried again after the connection timeout', async () => {
    let hang = true
    const { session, clock, socket, heard } = begin(
      { connectionTimeout: 3_000 },
      { auth: { getToken: () => (hang ? new Promise<string>(() => {}) : session.jwt) } },
    )
    await clock.advance(3_500)
    expect(heard).toEqual(['error', 'close 1006 lost'])
    hang = false
    await clock.advance(10_000)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  test('close() during the first attempt, then reconnect(): one connection', async () => {
    const { clock, socket, backend, upgrades } = begin()
    socket.close()
    socket.reconnect()
    await clock.advance(1_000)
    expect(socket.readyState).toBe(socket.OPEN)
    expect(backend.connections()).toHaveLength(1)
    expect(upgrades()).toBe(1)
  })

  test('close() during a wait leaves no timer, buys no ticket, and does not keep reconnect() from working', async () => {
    const { clock, socket, backend, ticketRequests, upgrades } = begin({}, { chance: 0.9 })
    await clock.advance(10_000)
    backend.dropConnections()
    await clock.advance(100)
    const bought = ticketRequests()
    socket.close()
    expect(clock.pending()).toBe(0)
    await clock.advance(60_000)
    expect([ticketRequests(), upgrades()]).toEqual([bought, 1])
    socket.reconnect()
    await clock.advance(1_000)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  test('a lost connection is told as lost, a refused one with its code', async () => {
    const { clock, backend, heard } = begin()
    await clock.advance(1_000)
    backend.dropConnections()
    await clock.advance(1)
    expect(heard).toEqual(['open', 'close 1006 lost'])
    await clock.advance(10_000)
    backend.connections()[0]?.close(4403, 'permission')
    await clock.advance(10)
    expect(heard.slice(2)).toEqual(['open', 'close 4403 clean'])
  })

  test('reconnect() with a code that no browser sends leaves one socket', async () => {
    const { clock, socket, backend } = begin()
    await clock.advance(1_000)
    for (let i = 0; i < 3; i++) {
      socket.reconnect(1001)
      await clock.advance(1_000)
    }
    expect(socket.readyState).toBe(socket.OPEN)
    expect(backend.connections()).toHaveLength(1)
    backend.dropConnections()
    await clock.advance(60_000)
    expect(backend.connections()).toHaveLength(1)
  })

  test('nor does one with a reason that no frame can carry', async () => {
    const { clock, socket, backend } = begin()
    await clock.advance(1_000)
    socket.reconnect(1000, 'x'.repeat(200))
    await clock.advance(2_000)
    expect(backend.connections()).toHaveLength(1)
  })

  test('close() with a code that no browser sends throws, and has changed nothing', async () => {
    const { clock, socket, backend } = begin()
    await clock.advance(1_000)
    expect(() => socket.close(1001)).toThrow(DOMException)
    backend.dropConnections()
    await clock.advance(60_000)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  test('close() with a reason alone closes with 1000, as the class does', async () => {
    const { clock, socket, heard } = begin()
    await clock.advance(1_000)
    socket.close(undefined, 'bye')
    await clock.advance(1_000)
    expect(heard.at(-1)).toBe('close 1000 clean')
  })

  test('a listener that throws on an error does not keep it from dialling again', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { clock, socket, backend, heard } = begin({}, { auth: { chain: ['ticket'], retry: { maxRetries: 0 } } })
    const fail = () => {
      throw new Error('of the app')
    }
    socket.onerror = fail
    socket.addEventListener('error', fail)
    const heal = backend.use(scenarios.ticketEndpointDown)
    await clock.advance(20_000)
    expect(reported).toHaveBeenCalled()
    heal()
    await clock.advance(60_000)
    expect(heard.at(-1)).toBe('open')
    reported.mockRestore()
  })

  test.each(['open', 'message', 'close'] as const)(
    'a listener that throws on %s does not keep the others from hearing',
    async (type) => {
      const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
      const { clock, socket, backend, listen } = begin()
      const fail = () => {
        throw new Error('of the app')
      }
      const heard: string[] = []
      Object.assign(socket, { [`on${type}`]: fail })
      socket.addEventListener(type, fail)
      socket.addEventListener(type, { handleEvent: fail })
      socket.addEventListener(type, () => heard.push(`${type} heard`))
      await clock.advance(1_000)
      const texts = listen()
      backend.connections()[0]?.send({ type: 'hello' })
      socket.send('still works')
      await clock.advance(10)
      backend.dropConnections()
      await clock.advance(1)
      expect(heard[0]).toBe(`${type} heard`)
      expect(reported.mock.calls.length).toBeGreaterThanOrEqual(3)
      expect(texts).toEqual(['still works'])
      await clock.advance(20_000)
      expect(socket.readyState).toBe(socket.OPEN)
      reported.mockRestore()
    },
  )

  test('a message that cannot be sent keeps none of the others, and nothing is sent twice', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const texts: string[] = []
    const { clock, socket, backend, heard } = begin(
      {},
      {
        backend: { onConnection: (connection) => void connection.onText((text) => texts.push(text)) },
        wrap: (platform) => ({ ...platform, WebSocket: refusing(platform.WebSocket as never, 'too much') as never }),
      },
    )
    for (const text of ['one', 'too much', 'two']) socket.send(text)
    await clock.advance(1_000)
    expect(heard).toEqual(['open'])
    expect(texts).toEqual(['one', 'two'])
    expect(socket.bufferedAmount).toBe(0)
    backend.dropConnections()
    await clock.advance(60_000)
    expect(heard.at(-1)).toBe('open')
    expect(texts).toEqual(['one', 'two'])
    expect(reported).toHaveBeenCalledOnce()
    reported.mockRestore()
  })

  test('send() without arguments throws at once, and not when the queue goes out', async () => {
    const texts: string[] = []
    const { clock, socket } = begin(
      {},
      { backend: { onConnection: (connection) => void connection.onText((text) => texts.push(text)) } },
    )
    expect(() => Reflect.apply(socket.send, socket, [])).toThrow(TypeError)
    expect(() => Reflect.apply(socket.send, socket, [Symbol('data')])).toThrow(TypeError)
    for (const data of [5, null, undefined]) Reflect.apply(socket.send, socket, [data])
    expect(socket.bufferedAmount).toBe('5nullundefined'.length)
    await clock.advance(1_000)
    expect(texts).toEqual(['5', 'null', 'undefined'])
  })

  test('reconnect() cuts a wait short', async () => {
    const { clock, socket, backend, upgrades } = begin({}, { chance: 0.9 })
    await clock.advance(10_000)
    backend.dropConnections()
    await clock.advance(100)
    expect(upgrades()).toBe(1)
    socket.reconnect()
    await clock.advance(100)
    expect(upgrades()).toBe(2)
  })

  test('waits are random between zero and a limit that grows', async () => {
    const waitsWith = async (chance: number) => {
      const page = begin({}, { chance, auth: { ticketAuth: false } })
      await page.clock.advance(10_000)
      page.backend.use(scenarios.storeDown)
      const starts: number[] = []
      page.socket.addEventListener('close', () => starts.push(page.clock.now()))
      page.backend.dropConnections()
      await page.clock.advance(60_000)
      return starts.slice(1).map((at, index) => Math.round((at - (starts[index] as number)) / 100) / 10)
    }
    expect((await waitsWith(0.5)).slice(0, 5)).toEqual([1, 2, 4, 5, 5])
    expect((await waitsWith(0.25)).slice(0, 5)).toEqual([0.5, 1, 2, 2.5, 2.5])
  })

  test('maxRetries ends the tries, and reconnect() begins anew', async () => {
    const { clock, socket, backend, heard } = begin(
      { maxRetries: 2 },
      { auth: { chain: ['ticket'], retry: { maxRetries: 0 } } },
    )
    backend.use(scenarios.ticketEndpointDown)
    await clock.advance(100_000)
    expect(heard.filter((name) => name.startsWith('close'))).toHaveLength(3)
    backend.reset()
    await clock.advance(100_000)
    expect(socket.readyState).toBe(socket.CLOSED)
    socket.reconnect()
    await clock.advance(1_000)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  test.each([
    [1000, 'done'],
    [4403, 'permission'],
    [4409, 'replaced'],
    [4410, 'revoked'],
  ] as const)('a server that closes with %i is not called again', async (code, reason) => {
    const { clock, backend, upgrades } = begin()
    await clock.advance(1_000)
    backend.connections()[0]?.close(code, reason)
    await clock.advance(100_000)
    expect(upgrades()).toBe(1)
    expect(clock.pending()).toBe(0)
  })

  test.each([
    ['before its first message refuses the credential: another one is tried', false, 2],
    ['after it is a policy of the server’s own: it is not called again', true, 1],
  ])('1008 %s', async (_, hasSpoken, dials) => {
    const { clock, backend, upgrades } = begin({}, { chance: 0 })
    await clock.advance(1_000)
    if (hasSpoken) backend.connections()[0]?.send({ type: 'hello' })
    await clock.advance(100)
    backend.connections()[0]?.close(1008, 'policy')
    await clock.advance(2_000)
    expect(upgrades()).toBe(dials)
  })

  test('PR-69: closeCodes says after which codes it stops, and which refuse the credential', async () => {
    const { backend, clock, upgrades, auth } = begin({
      closeCodes: { 4001: 'refused', 4003: 'stop', 4444: 'reconnect' },
    })
    await clock.advance(1_000)
    backend.connections()[0]?.close(4444, 'come back')
    await clock.advance(20_000)
    expect(upgrades()).toBe(2)
    const heal = backend.use(scenarios.closesWith({ code: 4001 }))
    backend.connections()[0]?.close(4001, 'expired')
    const dialled = upgrades()
    await clock.advance(60_000)
    // Two tickets, the JWT, and once more with the newer JWT: then the user has to sign in again.
    expect(upgrades() - dialled).toBeGreaterThan(2)
    expect(auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
    heal()
    await clock.advance(20_000)
    const before = upgrades()
    backend.connections()[0]?.close(4003, 'removed')
    await clock.advance(60_000)
    expect(upgrades()).toBe(before)
  })

  test('PR-65: three sessions in a row that are accepted and refused within five seconds: it stays closed, and says why', async () => {
    const errors: unknown[] = []
    const page = begin(
      { closeCodes: { 4001: 'refused' } },
      {
        backend: {
          async onConnection(connection) {
            connection.send({ type: 'hello' })
            await new Promise<void>((resolve) => void page.clock.setTimer(resolve, lastsMs))
            connection.close(4001, 'kicked')
          },
        },
      },
    )
    let lastsMs = 1_000
    page.socket.addEventListener('error', (event) => errors.push((event as Event & { error?: Error }).error))
    await page.clock.advance(120_000)
    expect(page.upgrades()).toBe(3)
    expect(page.heard.slice(-2)).toEqual(['error', 'close 4001 clean'])
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'unauthenticated',
        message:
          'The server accepted 3 sessions in a row and ended each within 5 s (4001). Sign in again, then call reconnect().',
      }),
    ])
    expect(page.clock.pending()).toBe(0)
    lastsMs = 6_000
    page.socket.reconnect()
    await page.clock.advance(120_000)
    expect(page.upgrades()).toBeGreaterThan(8)
    expect(errors).toHaveLength(1)
    page.socket.close()
  })

  test('PR-65: dials that fail between them make no good session of the last one', async () => {
    let sessions = 0
    const page = begin(
      { closeCodes: { 4001: 'refused' } },
      {
        backend: {
          onConnection(connection) {
            sessions++
            connection.send({ type: 'hello' })
            connection.close(4001, 'kicked')
          },
        },
      },
    )
    while (sessions < 2) await page.clock.advance(100)
    const heal = page.backend.use(scenarios.upgradeRefused)
    await page.clock.advance(30_000)
    heal()
    await page.clock.advance(120_000)
    expect([sessions, page.clock.pending()]).toEqual([3, 0])
  })

  test('PR-02: an error frame and 1008 refuse the credential', async () => {
    const { backend, clock, upgrades, auth } = begin()
    backend.use(scenarios.refusesWithErrorFrame())
    await clock.advance(60_000)
    const offered = backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)
    expect(offered.slice(0, 3)).toEqual(['ticket', 'ticket', 'jwt'])
    expect(upgrades()).toBeGreaterThan(2)
    expect(auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test('a server that asks to wait is waited for', async () => {
    const { clock, backend, upgrades } = begin({}, { chance: 0 })
    await clock.advance(10_000)
    backend.connections()[0]?.close(1013, 'unavailable;retry_after_ms=30000')
    await clock.advance(29_000)
    expect(upgrades()).toBe(1)
    await clock.advance(2_000)
    expect(upgrades()).toBe(2)
  })
})

describe('whose session', () => {
  test('a log-out closes with 4401 and empties the queue; the next user connects, and gets nothing of it', async () => {
    const { clock, socket, auth, session, backend, signIn, heard, listen, upgrades } = begin()
    await clock.advance(1_000)
    session.jwt = null
    auth.handleLogout()
    socket.send('from alice')
    await clock.advance(60_000)
    expect(heard).toEqual(['open', 'close 4401 clean'])
    expect(upgrades()).toBe(1)
    signIn('bob')
    await clock.advance(1_000)
    expect(backend.connections().map(({ identity }) => identity?.userId)).toEqual(['bob'])
    const texts = listen()
    expect(socket.bufferedAmount).toBe(0)
    socket.send('from bob')
    await clock.advance(10)
    expect(texts).toEqual(['from bob'])
  })

  test("what waits when another user's session begins is not sent as that user", async () => {
    const texts: string[] = []
    const { clock, socket, signIn, backend } = begin(
      {},
      { backend: { onConnection: (connection) => void connection.onText((text) => texts.push(text)) } },
    )
    await clock.advance(10_000)
    backend.dropConnections()
    await clock.advance(1)
    socket.send('from alice')
    signIn('bob')
    await clock.advance(60_000)
    expect(backend.connections().map(({ identity }) => identity?.userId)).toEqual(['bob'])
    expect(texts).toEqual([])
    socket.send('from bob')
    await clock.advance(10)
    expect(texts).toEqual(['from bob'])
  })

  test('a log-out and a log-in in one breath: the close of the old session stops nothing of the new one', async () => {
    const { clock, auth, signIn, backend } = begin()
    await clock.advance(10_000)
    auth.handleLogout()
    signIn('bob')
    await clock.advance(10_000)
    backend.dropConnections()
    await clock.advance(60_000)
    expect(backend.connections().map(({ identity }) => identity?.userId)).toEqual(['bob'])
  })

  test('closed by the app, it stays closed at a log-in, and keeps nothing that was said meanwhile', async () => {
    const { clock, socket, auth, signIn, upgrades, backend, listen } = begin()
    await clock.advance(1_000)
    socket.close()
    await clock.advance(1_000)
    socket.send('into the void')
    auth.handleLogout()
    signIn('bob')
    await clock.advance(60_000)
    expect(upgrades()).toBe(1)
    socket.reconnect()
    expect(socket.bufferedAmount).toBe(0)
    await clock.advance(1_000)
    expect(backend.connections()).toHaveLength(1)
    expect(listen()).toEqual([])
  })
})

describe('options', () => {
  test('connectionTimeout: Infinity waits for as long as it takes, without a timer', async () => {
    let found = (_jwt: string | null) => {}
    const { session, clock, socket, heard } = begin(
      { connectionTimeout: Number.POSITIVE_INFINITY },
      {
        auth: {
          ticketAuth: false,
          tokenTimeoutMs: 2 ** 30,
          getToken: () => new Promise<string | null>((resolve) => (found = resolve)),
        },
      },
    )
    await clock.advance(3_600_000)
    expect(heard).toEqual([])
    found(session.jwt)
    await clock.advance(1_000)
    expect(socket.readyState).toBe(socket.OPEN)
    socket.close()
    await clock.advance(1_000)
    expect(clock.pending()).toBe(0)
  })

  test.each([
    ['5 s', undefined, 0],
    ['Infinity is never', Number.POSITIVE_INFINITY, 1],
  ])('minUptime: %s until the waits start small again', async (_name, minUptime, retryCount) => {
    const { clock, socket, backend } = begin({ ...(minUptime && { minUptime }) }, { chance: 0 })
    await clock.advance(1_000)
    backend.dropConnections()
    await clock.advance(1_000)
    expect([socket.readyState, socket.retryCount]).toEqual([socket.OPEN, 1])
    await clock.advance(3_600_000)
    expect(socket.retryCount).toBe(retryCount)
  })

  test('an uptime that has begun ends with its connection', async () => {
    const { clock, socket, backend } = begin({ minUptime: 5_000 }, { chance: 0.9 })
    await clock.advance(4_000)
    backend.dropConnections()
    await clock.advance(1)
    backend.use(scenarios.upgradeHangs)
    await clock.advance(4_000)
    expect(socket.retryCount).toBe(1)
    socket.close()
    // The handshake's own.
    await clock.advance(1)
    expect(clock.pending()).toBe(0)
  })

  test('maxReconnectionDelay: Infinity lets the waits grow', async () => {
    const { clock, backend } = begin(
      { maxReconnectionDelay: Number.POSITIVE_INFINITY },
      { auth: { ticketAuth: false } },
    )
    await clock.advance(10_000)
    backend.use(scenarios.upgradeRefused)
    backend.dropConnections()
    await clock.advance(63_000)
    // After 1, 2, 4, 8, 16 and 32 s.
    expect(backend.journal.count('upgrade')).toBe(1 + 6)
  })

  test('startClosed waits for reconnect()', async () => {
    const { clock, socket, upgrades } = begin({ startClosed: true })
    await clock.advance(10_000)
    expect([socket.readyState, upgrades()]).toEqual([socket.CLOSED, 0])
    socket.reconnect()
    await clock.advance(1_000)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  test('the queue is bounded, and goes out in order', async () => {
    const texts: string[] = []
    const { clock, socket } = begin(
      { maxEnqueuedMessages: 2 },
      { backend: { onConnection: (connection) => void connection.onText((text) => texts.push(text)) } },
    )
    for (const text of ['one', 'two', 'three']) socket.send(text)
    await clock.advance(1_000)
    expect(texts).toEqual(['one', 'two'])
  })

  test.each([
    [{ maxReconnectionDelay: Number.NaN }, 'maxReconnectionDelay must be'],
    [{ minUptime: 0 }, 'minUptime must be'],
    [{ connectionTimeout: Number.NEGATIVE_INFINITY }, 'connectionTimeout must be'],
    [{ minReconnectionDelay: Number.POSITIVE_INFINITY }, 'minReconnectionDelay must be'],
    [{ maxRetries: -1 }, 'maxRetries must be'],
    [{ protocols: 'no token' }, 'A subprotocol must be'],
  ])('%j is refused at once', (options, message) => {
    const { auth, backend } = arrange()
    expect(() => createReconnectingTicketSocket(auth, backend.wsUrl, options)).toThrow(message)
  })

  test.each([
    ['nowhere', 'The URL is invalid.'],
    ['ws://example.test/ws', 'must use wss:'],
  ])('the address %s is refused at once', (url, message) => {
    const { auth } = arrange()
    expect(() => createReconnectingTicketSocket(auth, url)).toThrow(message)
  })
})

describe('PR-65: a fresh ticket that is refused', () => {
  const dials = ({ backend }: ReturnType<typeof begin>) =>
    backend.journal.of('upgrade').map(({ atMs, offeredCredential }) => `${atMs} ${offeredCredential}`)

  test('is followed by a new one and then by the JWT, each at once, and none of them is a retry', async () => {
    const page = begin({ maxRetries: 0 }, { chance: 1, backend: { latencyMs: 50 } })
    page.backend.use(scenarios.ticketRefused)
    await page.clock.advance(2_000)
    const [first = 0, ...others] = page.backend.journal.of('upgrade').map(({ atMs }) => atMs)
    expect(others.map((atMs) => atMs - first)).toEqual([200, 300])
    expect(dials(page).map((dial) => dial.split(' ')[1])).toEqual(['ticket', 'ticket', 'jwt'])
    expect(page.socket.readyState).toBe(page.socket.OPEN)
    expect(page.socket.retryCount).toBe(0)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0 })
    await page.clock.advance(5_000)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 1 })
  })

  test('is waited after when three dials in a row were refused, whoever advises otherwise', async () => {
    const page = arrange({ chance: 1, auth: { chain: ['ticket'] } })
    page.backend.use(scenarios.ticketRefused)
    /** Advises to dial at once for ever. */
    const advising: CredentialSource = {
      async acquire(options) {
        const grant = await page.auth.acquire(options)
        const report: Credential['report'] = (outcome) => {
          grant.report(outcome)
          return outcome.kind === 'refused' ? 'redial' : undefined
        }
        return { ...grant, report }
      },
      keepPrefetched: () => page.auth.keepPrefetched(),
      onSessionChange: (listener) => page.auth.onSessionChange(listener),
      onReverted: (listener) => page.auth.onReverted(listener),
    }
    page.auth.on('reverted', () => page.auth.resetTicketFailures())
    const socket = createReconnectingTicketSocket(advising, page.backend.wsUrl, { platform: page.platform })
    await page.clock.advance(15_000)
    const times = page.backend.journal.of('upgrade').map(({ atMs }) => atMs)
    const waits = times.slice(1).map((at, i) => at - Number(times[i]))
    expect(waits.slice(0, 11).map((wait) => (wait > 0 ? 'waits' : 'at once'))).toEqual([
      ...['at once', 'at once', 'at once', 'waits'],
      ...['at once', 'at once', 'at once', 'waits'],
      ...['at once', 'at once', 'at once'],
    ])
    socket.close()
  })

  test('is dialled after by nobody once the socket is closed', async () => {
    const page = begin()
    page.backend.use(scenarios.ticketRefused)
    page.socket.addEventListener('close', () => page.socket.close())
    await page.clock.advance(10_000)
    expect(dials(page)).toHaveLength(1)
  })
})
