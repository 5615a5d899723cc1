import { describe, expect, test, vi } from 'vitest'
import { type CloseCodes, type Platform, ticketWebSocket } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { webSocketArgumentsSuite } from '../../suites/web-socket-arguments.ts'
import { arrange } from '../../support/arrange.ts'
import { grantsOf } from '../../support/web-socket-witness.ts'

/** Sockets that stay in the handshake until they are opened by hand, or closed. */
const dialled: unknown[][] = []
const sockets: { onopen: (() => void) | null; onmessage: ((event: { data: unknown }) => void) | null }[] = []
const withSilentNetwork = (platform: Partial<Platform>): Partial<Platform> => ({
  ...platform,
  WebSocket: class {
    readonly readyState = 0
    readonly protocol = ''
    readonly bufferedAmount = 0
    binaryType = 'blob'
    onopen = null
    onmessage = null
    onerror: ((event: never) => void) | null = null
    onclose: ((event: never) => void) | null = null
    constructor(...args: unknown[]) {
      dialled.push(args)
      sockets.push(this)
    }
    send() {}
    close() {
      this.onerror?.({} as never)
      this.onclose?.({ code: 1006, reason: '', wasClean: false } as never)
    }
  },
})

function open(options: Parameters<typeof arrange>[0] = {}) {
  dialled.length = sockets.length = 0
  const page = arrange(options)
  const TicketWebSocket = ticketWebSocket(page.auth, { platform: page.platform })
  const { source, reports } = grantsOf(page.auth)
  return {
    ...page,
    dialled,
    TicketWebSocket,
    reports,
    dial(protocols?: string | string[], closeCodes?: CloseCodes) {
      const WebSocket = ticketWebSocket(source, { platform: page.platform, ...(closeCodes && { closeCodes }) })
      const socket = new WebSocket(page.backend.wsUrl, protocols)
      const heard: string[] = []
      const closes: { code: number; reason: string; wasClean: boolean }[] = []
      socket.addEventListener('open', () => heard.push('open'))
      socket.addEventListener('message', ({ data }) => heard.push(`message ${data}`))
      socket.addEventListener('error', () => heard.push('error'))
      socket.addEventListener('close', ({ code, reason, wasClean }) => {
        heard.push(`close ${code}`)
        closes.push({ code, reason, wasClean })
      })
      return { socket, heard, closes }
    },
  }
}

webSocketArgumentsSuite(() => open().TicketWebSocket)

describe('a connection', () => {
  test('is by ticket, offers no subprotocol of ours, and shows the address of the app', async () => {
    const { clock, backend, dial } = open()
    const { socket, heard } = dial()
    expect(socket.readyState).toBe(WebSocket.CONNECTING)
    await clock.advance(1_000)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(heard).toEqual(['open'])
    expect(backend.connections()[0]).toMatchObject({ method: 'ticket', spoken: false, identity: { userId: 'alice' } })
    expect(socket.url).toBe(new URL(backend.wsUrl).href)
    expect(socket.protocol).toBe('')
  })

  test('by ticket or by JWT, the app gets the subprotocol that it offered', async () => {
    for (const ticketAuth of [true, false]) {
      const { clock, backend, dial } = open({ auth: { ticketAuth } })
      const { socket } = dial(['graphql-transport-ws', 'other'])
      await clock.advance(1_000)
      expect(backend.connections()[0]).toMatchObject({ method: ticketAuth ? 'ticket' : 'jwt', spoken: false })
      expect(socket.protocol).toBe('graphql-transport-ws')
    }
  })

  test('by JWT, the public name that the server selected for the credential is not shown', async () => {
    const { clock, backend, dial } = open({ auth: { ticketAuth: false } })
    const { socket } = dial()
    await clock.advance(1_000)
    expect(backend.connections()[0]?.method).toBe('jwt')
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(socket.protocol).toBe('')
  })

  test('carries text both ways, and bytes in the form that was asked for', async () => {
    const { clock, backend, dial } = open()
    const received: unknown[] = []
    const { socket } = dial()
    socket.binaryType = 'arraybuffer'
    await clock.advance(1_000)
    const connection = backend.connections()[0]
    connection?.onText((text) => received.push(text))
    socket.onmessage = ({ data, origin }) => received.push(data, origin)
    socket.send('up')
    connection?.sendBinary(new Uint8Array([1, 2]))
    await clock.advance(10)
    expect(received).toEqual(['up', new Uint8Array([1, 2]).buffer, new URL(backend.wsUrl).origin])
  })

  test('is reported accepted at its first message', async () => {
    const { clock, backend, dial, reports } = open()
    dial()
    await clock.advance(1_000)
    expect(reports).toEqual([])
    backend.connections()[0]?.send({ type: 'hello' })
    await clock.advance(10)
    backend.connections()[0]?.send({ type: 'hello' })
    await clock.advance(10)
    expect(reports[0]).toEqual({ kind: 'accepted' })
  })

  test.each([{ type: 'error', message: 'Invalid ticket' }, { error: 'Invalid ticket' }])(
    'PR-02: an error frame reaches its owner as it came, and is not reported accepted (%j)',
    async (frame) => {
      const { clock, backend, dial, reports } = open()
      const { heard } = dial()
      await clock.advance(1_000)
      backend.connections()[0]?.send(frame as never)
      await clock.advance(10)
      expect([heard, reports]).toEqual([['open', `message ${JSON.stringify(frame)}`], []])
      backend.connections()[0]?.close(1008, 'no')
      await clock.advance(10)
      expect([heard.at(-1), reports]).toEqual(['close 1008', [{ kind: 'refused' }]])
    },
  )

  test('PR-02: the next message after an error frame is', async () => {
    const { clock, backend, dial, reports } = open()
    dial()
    await clock.advance(1_000)
    backend.connections()[0]?.send({ type: 'error' })
    backend.connections()[0]?.send({ type: 'hello' })
    await clock.advance(10)
    expect(reports).toEqual([{ kind: 'accepted' }])
    backend.connections()[0]?.close(1008, 'a policy')
    await clock.advance(10)
    expect(reports).toEqual([{ kind: 'accepted' }, { kind: 'ended' }])
  })

  test.each([
    ['refused', 4001, [{ kind: 'refused' }]],
    ['stop', 1008, [{ kind: 'ended' }]],
    ['reconnect', 1008, [{ kind: 'ended' }]],
  ] as const)('PR-69: closeCodes says what is reported: %s for %i', async (meaning, code, outcomes) => {
    const { clock, backend, dial, reports } = open()
    const seen: unknown[] = []
    const { heard } = dial([], (closed) => {
      seen.push(closed)
      return meaning
    })
    await clock.advance(1_000)
    backend.connections()[0]?.close(code, 'why')
    await clock.advance(10)
    expect([heard.at(-1), reports]).toEqual([`close ${code}`, outcomes])
    expect(seen).toEqual([
      { code, reason: 'why', wasClean: true, method: 'ticket', accepted: false, consecutiveLosses: 0 },
    ])
  })

  test('PR-69: closeCodes is not asked about a close that the app wanted', async () => {
    const { clock, dial, reports } = open()
    const decide = vi.fn(() => 'refused' as const)
    const { socket, heard } = dial([], decide)
    await clock.advance(1_000)
    socket.close(4001, 'done')
    await clock.advance(100)
    expect([heard.at(-1), reports]).toEqual(['close 4001', [{ kind: 'ended' }]])
    expect(decide).not.toHaveBeenCalled()
  })

  test('or when it has lasted five seconds', async () => {
    const { clock, dial, reports } = open()
    dial()
    await clock.advance(4_000)
    expect(reports).toEqual([])
    await clock.advance(2_000)
    expect(reports).toEqual([{ kind: 'accepted' }])
  })

  test('that ends is reported, and leaves no timer and no listener behind', async () => {
    const { clock, backend, dial, reports } = open()
    const { heard, closes, socket } = dial()
    await clock.advance(1_000)
    backend.connections()[0]?.close(4403, 'permission')
    await clock.advance(1_000)
    expect(reports).toEqual([{ kind: 'ended' }])
    expect(heard).toEqual(['open', 'close 4403'])
    expect(closes).toEqual([{ code: 4403, reason: 'permission', wasClean: true }])
    expect(socket.readyState).toBe(WebSocket.CLOSED)
    expect(clock.pending()).toBe(0)
  })
})

test('a socket listens for the end of the session as long as it lives', async () => {
  const { auth, platform, clock, backend } = arrange()
  const { source } = grantsOf(auth)
  let listening = 0
  const counted = {
    ...source,
    onSessionChange(listener: (signedIn: boolean) => void) {
      listening++
      const stop = auth.onSessionChange(listener)
      return () => {
        listening--
        stop()
      }
    },
  }
  const WebSocket = ticketWebSocket(counted, { platform })
  const [socket] = [new WebSocket(backend.wsUrl), new WebSocket(backend.wsUrl)]
  expect(listening).toBe(2)
  await clock.advance(1_000)
  socket?.close()
  await clock.advance(1_000)
  expect(listening).toBe(1)
  backend.dropConnections()
  await clock.advance(1_000)
  expect(listening).toBe(0)
})

test('what is sent too late is counted as a browser counts it: what is no binary is a text', async () => {
  const { clock, dial } = open()
  const { socket } = dial()
  await clock.advance(1_000)
  socket.close()
  const before = socket.bufferedAmount
  for (const data of [123, null, undefined, 'ä', new Uint8Array(5), new ArrayBuffer(7), new Blob(['abc'])]) {
    socket.send(data as never)
  }
  expect(socket.bufferedAmount - before).toBe(3 + 4 + 9 + 2 + 5 + 7 + 3)
})

describe('PR-52: ticket-socket.v1, asked for by the app', () => {
  const lines: string[] = []
  const withLogger = (platform: Partial<Platform>): Partial<Platform> => {
    lines.length = 0
    const silent = () => {}
    return { ...platform, logger: { debug: silent, info: silent, warn: (line) => lines.push(line), error: silent } }
  }
  const ASKED: [string, string | string[], string][] = [
    ['alone', 'ticket-socket.v1', ''],
    ['before one of the app’s', ['ticket-socket.v1', 'chat'], 'chat'],
    ['after one of the app’s', ['chat', 'ticket-socket.v1'], 'chat'],
    ['in other letters', ['Ticket-Socket.V1', 'chat'], 'chat'],
  ]

  describe.each([
    ['by ticket', true],
    ['by JWT', false],
  ])('%s', (_method, ticketAuth) => {
    test.each(ASKED)(
      '%s: it is left out, the socket opens, and no frame but the app’s is seen',
      async (_, asked, shown) => {
        const { clock, backend, dial } = open({ auth: { ticketAuth } })
        const { socket, heard } = dial(asked)
        await clock.advance(1_000)
        const [connection] = backend.connections()
        expect(connection?.method).toBe(ticketAuth ? 'ticket' : 'jwt')
        expect(socket.protocol).toBe(shown)
        socket.send(JSON.stringify({ type: 'ts:ping', timestamp: 1 }))
        connection?.send({ type: 'of the app' })
        // The server asks whether it is still there, and ends the session with the JWT.
        await clock.advance(3_600_000)
        expect(heard).toEqual(['open', 'message {"type":"of the app"}'])
      },
    )
  })

  test('is warned of once, in words that a developer can follow', () => {
    const { auth, platform, backend } = open({ wrap: withLogger })
    const TicketWebSocket = ticketWebSocket(auth, { platform })
    for (const asked of ['chat', 'ticket-socket.v1', 'ticket-socket.v1']) new TicketWebSocket(backend.wsUrl, asked)
    expect(lines).toEqual([
      expect.stringMatching(/does not offer the subprotocol ticket-socket\.v1.*createTicketSocket/),
    ])
  })

  test('a logger that throws does not cost the socket', () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { auth, platform, backend } = open({ wrap: withLogger })
    Object.assign(platform.logger as object, {
      warn() {
        throw new Error('of the app')
      },
    })
    const TicketWebSocket = ticketWebSocket(auth, { platform })
    expect(() => new TicketWebSocket(backend.wsUrl, 'ticket-socket.v1')).not.toThrow()
    reported.mockRestore()
  })
})

test('the protocols of an options object are offered, and what else is in it is ignored', async () => {
  const { clock, TicketWebSocket, backend, dialled } = open({ wrap: withSilentNetwork })
  new TicketWebSocket(backend.wsUrl, { protocols: ['chat', 'soap'], targetAddressSpace: 'local' } as {
    protocols: string[]
  })
  new TicketWebSocket(backend.wsUrl, {})
  await clock.advance(1_000)
  expect(dialled.map(([, protocols]) => protocols)).toEqual([['chat', 'soap'], undefined])
})

test('what is sent while open reaches the inner socket as bytes or text', async () => {
  const { clock, dial } = open({ wrap: withSilentNetwork })
  const { socket } = dial()
  await clock.advance(1_000)
  const [inner] = sockets
  const sent: unknown[] = []
  Object.assign(inner as object, { send: (data: unknown) => sent.push(data) })
  inner?.onopen?.()
  const bytes = new Uint8Array([1])
  for (const data of [5, null, 'half \ud800', bytes]) socket.send(data as never)
  expect(sent).toEqual(['5', 'null', 'half \ufffd', bytes])
})

describe('a ticket that lies ready', () => {
  test('serves the next connection when this one is lost: a reconnect asks the backend for nothing', async () => {
    const { clock, backend, dial, ticketRequests } = open()
    const { closes } = dial()
    await clock.advance(1_000)
    expect(ticketRequests()).toBe(2)
    backend.dropConnections()
    await clock.advance(10)
    expect(closes).toHaveLength(1)
    dial()
    await clock.advance(20)
    expect(backend.connections()).toHaveLength(1)
    expect(backend.journal.of('upgrade').at(-1)).toMatchObject({ offeredCredential: 'ticket' })
    expect(ticketRequests()).toBeLessThanOrEqual(3)
  })

  test('is not replaced on a page without messages', async () => {
    const { clock, dial, ticketRequests } = open()
    const { socket } = dial()
    await clock.advance(50_000)
    socket.send('{"type":"chat"}')
    await clock.advance(3_600_000)
    expect(ticketRequests()).toBe(2)
  })
})

describe('close() keeps nothing for a server that does not answer it', () => {
  /** An open socket whose close event never comes. */
  async function openForEver() {
    const page = open({ wrap: withSilentNetwork })
    const { socket, heard } = page.dial()
    await page.clock.advance(1_000)
    const [inner] = sockets
    Object.assign(inner as object, { close() {}, send() {} })
    inner?.onopen?.()
    await page.clock.advance(100)
    return { ...page, socket, heard, inner }
  }

  test('no timer, and no ticket that lies ready', async () => {
    const { clock, socket, ticketRequests } = await openForEver()
    expect(clock.pending()).toBeGreaterThan(0)
    socket.close()
    expect(clock.pending()).toBe(0)
    const asked = ticketRequests()
    await clock.advance(3_600_000)
    expect(ticketRequests()).toBe(asked)
  })

  test('nor does a message that comes late bring them back', async () => {
    const { clock, socket, heard, inner } = await openForEver()
    const receive = inner?.onmessage
    socket.close()
    inner?.onmessage?.({ data: 'late' })
    receive?.({ data: 'late' })
    socket.send('late')
    expect(clock.pending()).toBe(0)
    expect(heard).toEqual(['open'])
  })

  test('nor a handshake that ends after all', async () => {
    const { clock, dial } = open({ wrap: withSilentNetwork })
    const { socket } = dial()
    await clock.advance(1_000)
    const [inner] = sockets
    Object.assign(inner as object, { close() {} })
    socket.close()
    inner?.onopen?.()
    expect(clock.pending()).toBe(0)
    expect(socket.readyState).toBe(WebSocket.CLOSING)
  })

  test('a log-out still ends it at once', async () => {
    const { clock, socket, auth, heard } = await openForEver()
    socket.close(3_000, 'bye')
    auth.handleLogout()
    await clock.advance(10)
    expect(heard).toEqual(['open', 'close 3000'])
    expect(socket.readyState).toBe(WebSocket.CLOSED)
  })
})

describe('close()', () => {
  test('while the ticket is on its way: no socket is ever opened, and the ticket serves the next', async () => {
    const { clock, backend, dial, ticketRequests, auth } = open()
    const release = auth.keepPrefetched()
    const { socket, heard, closes } = dial()
    await Promise.resolve()
    socket.close()
    expect(socket.readyState).toBe(WebSocket.CLOSING)
    expect(heard).toEqual([])
    await clock.advance(1_000)
    expect(heard).toEqual(['error', 'close 1006'])
    expect(closes).toEqual([{ code: 1006, reason: '', wasClean: false }])
    expect(backend.journal.count('upgrade')).toBe(0)
    dial()
    release()
    await clock.advance(1_000)
    // One for the connection, and, now that it is open, one to lie ready.
    expect(ticketRequests()).toBe(2)
    expect(backend.connections()).toHaveLength(1)
  })

  test('when the credential comes all the same, it is reported unused', async () => {
    const { platform, clock, backend, auth } = arrange()
    const { source, reports } = grantsOf(auth)
    // A source that does not listen to the signal.
    const never = new AbortController().signal
    const WebSocket = ticketWebSocket({ ...source, acquire: () => source.acquire({ signal: never }) }, { platform })
    new WebSocket(backend.wsUrl).close()
    await clock.advance(1_000)
    expect(reports).toEqual([{ kind: 'unused' }])
    expect(backend.journal.count('upgrade')).toBe(0)
  })

  test('while dialling ends with error and 1006, and is no evidence against tickets', async () => {
    const { clock, dial, dialled, reports } = open({ wrap: withSilentNetwork })
    const { socket, heard } = dial()
    await clock.advance(1_000)
    expect(dialled).toHaveLength(1)
    socket.close(4000)
    expect(heard).toEqual([])
    await clock.advance(1_000)
    expect(heard).toEqual(['error', 'close 1006'])
    expect(reports).toEqual([{ kind: 'ended' }])
  })

  test('while open sends code and reason to the server, and delivers no message any more', async () => {
    const { clock, backend, dial } = open()
    const { socket, heard, closes } = dial()
    await clock.advance(1_000)
    const [connection] = backend.connections()
    const atServer = new Promise((resolve) => connection?.onClose((code, reason) => resolve([code, reason])))
    connection?.send({ type: 'late' })
    socket.close(4000, 'bye')
    socket.close(4001, 'again')
    socket.send('late')
    expect(socket.bufferedAmount).toBe(4)
    await clock.advance(1_000)
    expect(await atServer).toEqual([4000, 'bye'])
    expect(heard).toEqual(['open', 'close 4000'])
    expect(closes).toEqual([{ code: 4000, reason: 'bye', wasClean: true }])
  })

  test('a message that comes all the same after close() is not delivered', async () => {
    const { clock, dial } = open({ wrap: withSilentNetwork })
    const { socket, heard } = dial()
    await clock.advance(1_000)
    const [inner] = sockets
    const receive = inner?.onmessage
    inner?.onopen?.()
    receive?.({ data: 'in time' })
    socket.close()
    receive?.({ data: 'late' })
    await clock.advance(1_000)
    expect(heard.slice(0, 2)).toEqual(['open', 'message in time'])
    expect(heard.join()).not.toContain('late')
  })

  test.each([
    [[1001], 'InvalidAccessError'],
    [[2999], 'InvalidAccessError'],
    [[5000], 'InvalidAccessError'],
    [[Number.NaN], 'InvalidAccessError'],
    [[1000, 'ä'.repeat(62)], 'SyntaxError'],
  ])('%j is refused with %s, in every state', async (args, name) => {
    const { clock, dial } = open()
    const { socket } = dial()
    const close = () => socket.close(...(args as [number, string?]))
    expect(close).toThrow(expect.objectContaining({ name }))
    await clock.advance(1_000)
    expect(close).toThrow(expect.objectContaining({ name }))
    socket.close()
    await clock.advance(1_000)
    expect(close).toThrow(expect.objectContaining({ name }))
  })
})

describe('without a credential', () => {
  test('a backend that fails for now is 1006, with the reason on the error event', async () => {
    const { clock, dial, backend } = open({ auth: { chain: ['ticket'], retry: { maxRetries: 0 } } })
    backend.use(scenarios.ticketEndpointDown)
    const { socket, heard, closes } = dial()
    const errors: unknown[] = []
    socket.onerror = (event) => errors.push((event as Event & { error?: { code: string } }).error?.code)
    await clock.advance(1_000)
    expect(heard).toEqual(['error', 'close 1006'])
    expect(closes).toEqual([{ code: 1006, reason: '', wasClean: false }])
    expect(errors).toEqual(['server_unavailable'])
    expect(clock.pending()).toBe(0)
  })

  test('nobody signed in is 4401, and nothing is dialled', async () => {
    const { clock, dial, backend, session } = open()
    session.jwt = null
    const { heard, closes } = dial()
    await clock.advance(1_000)
    expect(heard).toEqual(['error', 'close 4401'])
    expect(closes[0]?.reason).toBe('unauthenticated')
    expect(backend.journal.count('upgrade')).toBe(0)
  })

  test('unless anonymous connections are asked for: then it dials with nothing of ours', async () => {
    const { auth, clock, session, backend, platform, dialled } = open({ wrap: withSilentNetwork })
    session.jwt = null
    const WebSocket = ticketWebSocket(auth, { platform, allowAnonymous: true })
    new WebSocket(backend.wsUrl, 'chat')
    await clock.advance(1_000)
    expect(dialled).toEqual([[new URL(backend.wsUrl).href, ['chat']]])
  })

  test('what a subprotocol cannot hold is 4400, without a credential in its words', async () => {
    const { clock, dial, reports, session } = open({
      auth: { ticketAuth: false, jwtProtocols: (jwt) => ['jwt-auth', `not a token ${jwt}`] },
    })
    const { socket, closes } = dial()
    let error: unknown
    socket.onerror = (event) => {
      error = (event as Event & { error?: unknown }).error
    }
    await clock.advance(1_000)
    expect(closes).toEqual([{ code: 4400, reason: 'bad_request', wasClean: false }])
    expect(error).toMatchObject({ code: 'not_dialled' })
    expect(JSON.stringify([error, String(error)])).not.toContain(session.jwt)
    expect(reports).toEqual([{ kind: 'unused' }])
  })
})

describe('when the session ends', () => {
  test('a sign-out closes at once: nothing is sent or delivered, and the close is 4401', async () => {
    const { clock, dial, auth, backend } = open()
    const { socket, heard, closes } = dial()
    await clock.advance(1_000)
    const [connection] = backend.connections()
    const received: string[] = []
    connection?.onText((text) => received.push(text))
    connection?.send({ type: 'for alice' })
    auth.handleLogout()
    socket.send('from alice')
    expect(socket.readyState).toBe(WebSocket.CLOSING)
    expect(heard).toEqual(['open'])
    await clock.advance(1_000)
    expect(received).toEqual([])
    expect(heard).toEqual(['open', 'close 4401'])
    expect(closes).toEqual([{ code: 4401, reason: 'unauthenticated', wasClean: true }])
    expect(backend.connections()).toEqual([])
  })

  test('a close by the app that a log-out overtakes is still the app’s: clean, in its words', async () => {
    const { clock, dial, auth } = open()
    const { socket, heard, closes } = dial()
    await clock.advance(1_000)
    socket.close(3_000, 'bye')
    auth.handleLogout()
    await clock.advance(1_000)
    expect(heard).toEqual(['open', 'close 3000'])
    expect(closes).toEqual([{ code: 3_000, reason: 'bye', wasClean: true }])
  })

  test('while the ticket is on its way: no socket is opened', async () => {
    const { clock, dial, auth, backend } = open()
    const { heard } = dial()
    await Promise.resolve()
    auth.handleLogout()
    await clock.advance(1_000)
    expect(heard).toEqual(['error', 'close 4401'])
    expect(backend.journal.count('upgrade')).toBe(0)
  })

  test("another user's session ends it with 4411, so that clients come back as that user", async () => {
    const { clock, dial, signIn, backend } = open()
    const { closes } = dial()
    await clock.advance(1_000)
    signIn('bob')
    await clock.advance(1_000)
    expect(closes).toEqual([{ code: 4411, reason: 'expired', wasClean: true }])
    dial()
    await clock.advance(1_000)
    expect(backend.connections().map(({ identity }) => identity?.userId)).toEqual(['bob'])
  })
})

describe('the constructor', () => {
  test.each([
    ['not a url', undefined, 'SyntaxError'],
    ['ftp://x.test', undefined, 'SyntaxError'],
    ['wss://x.test/#', undefined, 'SyntaxError'],
    ['wss://x.test', 'no token', 'SyntaxError'],
    ['wss://x.test', '', 'SyntaxError'],
    ['wss://x.test', ['a', 'A'], 'SyntaxError'],
    ['ws://x.test', undefined, 'TypeError'],
    ['wss://user:word@x.test', undefined, 'TypeError'],
  ])('refuses %s with %j', async (url, protocols, name) => {
    const { TicketWebSocket, clock, ticketRequests } = open()
    expect(() => new TicketWebSocket(url, protocols)).toThrow(expect.objectContaining({ name }))
    await clock.advance(1_000)
    expect(ticketRequests()).toBe(0)
  })

  test('takes http: for ws:, and a plain address beyond this machine when the app insists', () => {
    const { auth, platform } = arrange()
    const TicketWebSocket = ticketWebSocket(auth, { platform, allowInsecure: true })
    expect(new TicketWebSocket('http://x.test/ws').url).toBe('ws://x.test/ws')
    expect(new TicketWebSocket(new URL('https://x.test/ws')).url).toBe('wss://x.test/ws')
  })

  test('has the constants of a browser, and instances have them, too', () => {
    const { TicketWebSocket, dial } = open()
    const constantsOf = ({ CONNECTING, OPEN, CLOSING, CLOSED }: typeof TicketWebSocket | WebSocket) => [
      CONNECTING,
      OPEN,
      CLOSING,
      CLOSED,
    ]
    expect(constantsOf(TicketWebSocket)).toEqual([0, 1, 2, 3])
    const { socket } = dial()
    expect(constantsOf(socket)).toEqual([0, 1, 2, 3])
    expect(() => Object.assign(TicketWebSocket, { OPEN: 7 })).toThrow(TypeError)
    expect(String(socket)).toBe('[object WebSocket]')
  })

  test('looks the global WebSocket up when it dials', async () => {
    const { auth, platform, clock, backend } = arrange()
    const { WebSocket: _, ...rest } = platform
    const TicketWebSocket = ticketWebSocket(auth, { platform: rest })
    vi.stubGlobal('WebSocket', backend.WebSocket)
    try {
      new TicketWebSocket(backend.wsUrl)
      await clock.advance(1_000)
      expect(backend.connections()).toHaveLength(1)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test.each([[null], [{}], [{ acquire: () => {} }]])('ticketWebSocket refuses %j for a service', (auth) => {
    expect(() => ticketWebSocket(auth as never)).toThrow(TypeError)
  })
})

describe('events', () => {
  test('handlers stand among the listeners, where they were first set', async () => {
    const { clock, dial } = open()
    const { socket } = dial()
    const heard: string[] = []
    socket.onopen = () => heard.push('first handler')
    socket.addEventListener('open', () => heard.push('listener'))
    socket.addEventListener('open', { handleEvent: () => heard.push('object') }, { once: true })
    socket.onopen = function (event) {
      heard.push(`handler ${this === socket} ${event.target === socket}`)
    }
    await clock.advance(1_000)
    expect(heard).toEqual(['handler true true', 'listener', 'object'])
  })

  test('a handler that is taken away, or a listener whose signal is aborted, is not called', async () => {
    const { clock, dial } = open()
    const { socket } = dial()
    const heard: string[] = []
    const controller = new AbortController()
    socket.onopen = () => heard.push('handler')
    socket.onopen = null
    expect(socket.onopen).toBeNull()
    Object.assign(socket, { onopen: 'no function' })
    expect(socket.onopen).toBeNull()
    socket.addEventListener('open', () => heard.push('listener'), { signal: controller.signal })
    controller.abort()
    await clock.advance(1_000)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(heard).toEqual([])
  })

  test('sending while connecting is refused, and an unknown binaryType is ignored', () => {
    const { dial } = open()
    const { socket } = dial()
    expect(() => socket.send('early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    Object.assign(socket, { binaryType: 'text' })
    expect(socket.binaryType).toBe('blob')
  })

  test('what is sent too late is counted, and goes nowhere', async () => {
    const { clock, dial } = open()
    const { socket } = dial()
    socket.close()
    await clock.advance(1_000)
    socket.send('ä')
    socket.send(new Uint8Array(3))
    socket.send(new Blob(['four']))
    expect(socket.bufferedAmount).toBe(9)
  })
})
