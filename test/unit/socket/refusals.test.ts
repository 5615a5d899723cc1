// A server says in many ways that it refuses a credential, or that it has ended a session. Each is recognised, and shown.

import { describe, expect, test, vi } from 'vitest'
import type { SocketEvents, TicketSocketOptions, UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { arrange } from '../../support/arrange.ts'

const { refusesWithErrorFrame, closesWith, plainServer } = scenarios

interface PlainOptions {
  socket?: Partial<TicketSocketOptions>
  auth?: Partial<UnifiedAuthServiceOptions>
  onConnection?: (connection: Connection) => void
}

function arrangePlain({ onConnection, ...options }: PlainOptions = {}) {
  const page = arrange({ ...options, backend: { ...(onConnection && { onConnection }) } })
  page.backend.use(plainServer)
  return page
}

/** The events by name, in order. */
const namesOf = (told: readonly [string, unknown][]) => told.map(([name]) => name).filter((name) => !/^auth/.test(name))
const payloadOf = <Name extends keyof SocketEvents>(told: readonly [string, unknown][], name: Name) =>
  told.find(([told]) => told === name)?.[1] as SocketEvents[Name]

const passing = ({ clock }: Pick<ReturnType<typeof arrange>, 'clock'>, ms: number) =>
  new Promise<void>((resolve) => void clock.setTimer(resolve, ms))

/** What the server received, whatever it was. */
const received = ({ backend }: ReturnType<typeof arrange>) =>
  backend.journal.of('frame').filter(({ direction }) => direction === 'received')

describe('a plain server that sends an error frame first', () => {
  test.each([{ type: 'error', message: 'Invalid ticket' }, { error: 'Invalid ticket' }])(
    'PR-02: and then 1008 has refused the ticket: nothing is sent, no open is emitted, the frame is the cause (%j)',
    async (frame) => {
      const page = arrange()
      const heal = page.backend.use(refusesWithErrorFrame({ frame, delayMs: 300 }))
      page.socket.send({ type: 'queued' })
      page.socket.connect()
      await page.clock.advance(400)
      // With a new ticket, at once.
      expect(page.state()).toMatchObject({ status: 'connecting', queued: 1 })
      expect(namesOf(page.told)).toEqual(['lost'])
      const { error, closeDetails } = payloadOf(page.told, 'lost')
      expect(error).toMatchObject({ code: 'ticket_rejected', cause: { message: JSON.stringify(frame) } })
      expect(error.message).toMatch(/^The server refused the ticket \(1008\)\. /)
      expect(closeDetails).toEqual({ code: 1008, reason: '', wasClean: true })
      expect(received(page)).toEqual([])
      heal()
      await page.clock.advance(10_000)
      expect([page.state().status, received(page).length]).toEqual(['open', 1])
    },
  )

  test('PR-02: has accepted at its next frame; both are delivered, in their order, once it is open', async () => {
    const page = arrangePlain({
      async onConnection(connection) {
        connection.send({ type: 'error', text: 'the model is overloaded' })
        await passing(page, 400)
        connection.send({ type: 'hello' })
      },
    })
    page.socket.send({ type: 'queued' })
    page.socket.connect()
    await page.clock.advance(399)
    expect([page.state().phase, namesOf(page.told), received(page)]).toEqual(['confirming', [], []])
    await page.clock.advance(2)
    expect(page.told.filter(([name]) => !name.startsWith('auth'))).toEqual([
      ['open', { method: 'ticket', session: null }],
      ['message', { type: 'error', text: 'the model is overloaded' }],
      ['message', { type: 'hello' }],
    ])
    await page.clock.advance(0)
    expect(received(page)).toHaveLength(1)
  })

  test('PR-02: opens one second after it, and further error frames delay nothing', async () => {
    const page = arrangePlain({
      async onConnection(connection) {
        for (const n of [1, 2, 3]) {
          connection.send({ type: 'error', n })
          await passing(page, 450)
        }
      },
    })
    page.socket.connect()
    await page.clock.advance(999)
    expect(page.state().phase).toBe('confirming')
    await page.clock.advance(1)
    expect(page.state()).toMatchObject({ status: 'open' })
    expect(page.told.filter(([name]) => !name.startsWith('auth'))).toMatchObject([
      ['open', {}],
      ['message', { n: 1 }],
      ['message', { n: 2 }],
      ['message', { n: 3 }],
    ])
  })

  test('PR-02: an error frame without a type is an invalid message once it is open, as any other of that form', async () => {
    const page = arrangePlain({
      onConnection: (connection) => connection.send({ error: { code: 1 } } as never),
    })
    await page.connect()
    await page.clock.advance(100)
    expect(namesOf(page.told)).toEqual(['open', 'invalidMessage'])
  })

  test('PR-02: one that comes after it opened is delivered and accepts nothing: 1008 is still a refusal', async () => {
    const page = arrangePlain({
      async onConnection(connection) {
        await passing(page, 2_000)
        connection.send({ type: 'error' })
        await passing(page, 1_000)
        connection.close(1008, 'no')
      },
    })
    page.socket.connect()
    await page.clock.advance(3_099)
    expect(namesOf(page.told)).toEqual(['open', 'message', 'lost'])
    expect(payloadOf(page.told, 'lost')).toMatchObject({ error: { code: 'ticket_rejected' } })
    expect(payloadOf(page.told, 'lost').error.cause).toBeUndefined()
  })

  test('PR-64: a JWT that is refused like that is refreshed once, and then the user has to sign in', async () => {
    const refreshToken = vi.fn(() => page.backend.rotateToken('alice'))
    const page = arrange({ auth: { ticketAuth: false, refreshToken } })
    page.backend.use(refusesWithErrorFrame())
    page.socket.connect()
    await page.clock.advance(60_000)
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect(namesOf(page.told)).toEqual(['lost', 'lost', 'failed'])
    expect(payloadOf(page.told, 'failed')).toMatchObject({ error: { code: 'unauthenticated' }, closeDetails: null })
  })

  test('PR-02: followed by a code that is no refusal, it is the cause of the loss', async () => {
    for (const code of [1011, 4000]) {
      const page = arrange()
      page.backend.use(refusesWithErrorFrame({ code }))
      page.socket.connect()
      await page.clock.advance(500)
      expect(payloadOf(page.told, 'lost').error).toMatchObject({
        code: 'connection_lost',
        cause: { message: '{"type":"error","message":"Not authenticated"}' },
      })
    }
  })

  test('PR-02: followed by 1000, it is delivered before the socket is closed: nothing was refused', async () => {
    const page = arrangePlain({
      onConnection(connection) {
        connection.send({ type: 'error', text: 'the room is full' })
        connection.close(1000, 'done')
      },
    })
    page.socket.send({ type: 'queued' })
    await page.connect()
    expect(page.told.filter(([name]) => !name.startsWith('auth'))).toEqual([
      ['message', { type: 'error', text: 'the room is full' }],
      ['dropped', { id: 1, reason: 'closed', issues: [] }],
      ['closed', { by: 'server', closeDetails: { code: 1000, reason: 'done', wasClean: true } }],
    ])
    expect(received(page)).toEqual([])
  })

  test('a listener that closes the socket on its opening gets none of the frames that were held back', async () => {
    const page = arrangePlain({ onConnection: (connection) => connection.send({ type: 'error' }) })
    page.socket.on('open', () => page.socket.close())
    page.socket.connect()
    await page.clock.advance(2_000)
    expect(namesOf(page.told)).toEqual(['open', 'closed'])
  })

  test('what it repeats of a credential is shown nowhere', async () => {
    const opaque = 'opaque-jwt-of-alice'
    const told: unknown[] = []
    const logger = Object.fromEntries(
      ['debug', 'info', 'warn', 'error'].map((level) => [level, (...args: unknown[]) => told.push(args)]),
    ) as never
    const page = arrange({
      auth: { ticketAuth: false, getToken: () => opaque },
      backend: { users: { alice: { token: opaque } } },
      wrap: (platform) => ({ ...platform, logger }),
    })
    page.backend.use(refusesWithErrorFrame({ frame: { error: `bad token ${opaque}` }, reason: `bad ${opaque}` }))
    page.socket.connect()
    await page.clock.advance(500)
    const { error, closeDetails } = payloadOf(page.told, 'lost')
    expect(closeDetails).toEqual({ code: 1008, reason: 'bad [redacted]', wasClean: true })
    expect((error.cause as Error).message).toBe('{"error":"bad token [redacted]"}')
    expect(JSON.stringify([told, page.state(), page.told])).not.toContain(opaque)
    expect(told).toContainEqual(['socket lost', expect.objectContaining({ closeDetails })])
  })
})

describe('a codec that reads binary frames', () => {
  const codec = {
    decode: (frame: string | Uint8Array) =>
      JSON.parse(typeof frame === 'string' ? frame : new TextDecoder().decode(frame)),
    encode: (message: object) => new TextEncoder().encode(JSON.stringify(message)),
  }

  test('PR-02: the words of a binary error frame are the cause, without the ticket', async () => {
    const page = arrangePlain({
      socket: { codec } as never,
      async onConnection(connection) {
        const ticket = 'T'.repeat(43)
        connection.sendBinary(new TextEncoder().encode(JSON.stringify({ type: 'error', message: `bad ${ticket}` })))
        await passing(page, 50)
        connection.close(1008, 'no')
      },
    })
    page.socket.connect()
    await page.clock.advance(60)
    const { error } = payloadOf(page.told, 'lost')
    expect(error).toMatchObject({
      code: 'ticket_rejected',
      cause: { message: '{"type":"error","message":"bad [redacted]"}' },
    })
  })
})

describe('where the protocol was negotiated', () => {
  test('PR-02: an error frame of the app is delivered, and ts:connection_established alone decides', async () => {
    const page = arrange({ backend: { onConnection: (connection) => connection.send({ type: 'error' }) } })
    await page.connect()
    expect(namesOf(page.told)).toEqual(['open', 'message'])
  })
})

describe('how the server closed', () => {
  test.each([
    [4001, 'lost', { error: { code: 'connection_lost' } }],
    [4444, 'failed', { error: { code: 'closed_by_server' } }],
    [1000, 'closed', { by: 'server' }],
  ] as const)('%i is on the event %s, in the snapshot and in the log', async (code, name, payload) => {
    const lines: unknown[][] = []
    const log = (...line: unknown[]) => void lines.push(line)
    const page = arrange({
      wrap: (platform) => ({ ...platform, logger: { debug: log, info: log, warn: log, error: log } }),
    })
    page.backend.use(plainServer, closesWith({ code, reason: 'the user was removed', afterMs: 500 }))
    await page.connect()
    const closeDetails = { code, reason: 'the user was removed', wasClean: true }
    expect(payloadOf(page.told, name)).toMatchObject({ ...payload, closeDetails })
    expect(page.state().closeDetails).toEqual(closeDetails)
    // The event and the snapshot share it.
    expect(Object.isFrozen(page.state().closeDetails)).toBe(true)
    expect(lines.map(([, details]) => details)).toContainEqual(expect.objectContaining({ closeDetails }))
  })

  test('a connection that broke has 1006', async () => {
    const page = arrange()
    await page.connect()
    page.backend.dropConnections()
    await page.clock.advance(0)
    const closeDetails = { code: 1006, reason: '', wasClean: false }
    expect(payloadOf(page.told, 'lost')).toMatchObject({ closeDetails })
    expect(payloadOf(page.told, 'lost').error.message).toBe(
      'The connection was lost (1006). The client reconnects automatically.',
    )
  })

  test('it stays in the snapshot while the next attempt is made, and goes when that is open', async () => {
    const page = arrange({ backend: { latencyMs: 100 } })
    await page.connect()
    page.backend.connections()[0]?.close(1012, 'restart')
    await page.clock.advance(2_650)
    expect(page.state()).toMatchObject({ phase: 'opening', closeDetails: { code: 1012, reason: 'restart' } })
    await page.clock.advance(1_000)
    expect(page.state()).toMatchObject({ status: 'open', closeDetails: null, error: null })
  })

  test('it is null where no socket was closed: no credential, a timeout, close(), signing out', async () => {
    const denied = arrange({ auth: { chain: ['ticket'], ticketAuth: false } })
    await denied.connect()
    expect(payloadOf(denied.told, 'failed')).toMatchObject({ closeDetails: null })

    const hanging = arrange()
    hanging.backend.use(scenarios.upgradeHangs)
    await hanging.connect()
    await hanging.clock.advance(10_000)
    expect(payloadOf(hanging.told, 'lost')).toMatchObject({ error: { code: 'timeout' }, closeDetails: null })

    for (const end of ['close', 'handleLogout'] as const) {
      const page = arrange()
      await page.connect()
      if (end === 'close') page.socket.close()
      else page.auth.handleLogout()
      expect(payloadOf(page.told, 'closed')).toEqual({ by: end === 'close' ? 'app' : 'logout', closeDetails: null })
      expect(page.state().closeDetails).toBeNull()
    }
  })

  test('what connect() begins after a failure is not explained by it', async () => {
    const page = arrangePlain({ onConnection: (connection) => connection.close(4444, 'why') })
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'closed_by_server' } })
    page.socket.connect()
    expect(page.state()).toMatchObject({ status: 'connecting', error: null, closeDetails: null })
  })

  test('PR-61: an app’s own 4444 names its number, and what to do', async () => {
    const page = arrangePlain({ onConnection: (connection) => connection.close(4444, 'why') })
    await page.connect()
    expect(page.state().error?.message).toBe(
      'The server closed the connection (4444), and the client does not reconnect after this code. ' +
        'Call connect() to try again. The option closeCodes decides what a code means.',
    )
  })
})

describe('PR-69: closeCodes', () => {
  test('refused, before the server accepted the ticket: a new ticket, the JWT, and where that is refused, too, an end', async () => {
    const page = arrangePlain({
      socket: { closeCodes: { 4003: 'refused' } },
      onConnection: (connection) => connection.close(4003, 'ticket unknown'),
    })
    page.socket.connect()
    await page.clock.advance(60_000)
    expect(payloadOf(page.told, 'lost')).toMatchObject({
      error: { code: 'ticket_rejected', message: expect.stringContaining('(4003)') },
    })
    const offered = page.backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)
    expect(offered).toEqual(['ticket', 'ticket', 'jwt'])
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test('refused, after it accepted the ticket: reconnects with backoff, and never counts toward the bound', async () => {
    const page = arrangePlain({
      socket: { closeCodes: { 4001: 'refused' } },
      async onConnection(connection) {
        connection.send({ type: 'hello' })
        await passing(page, 6_000)
        connection.close(4001, 'the session has expired')
      },
    })
    page.socket.connect()
    await page.clock.advance(120_000)
    expect(page.times('lost')).toBeGreaterThan(10)
    expect(page.times('failed')).toBe(0)
    expect(payloadOf(page.told, 'lost')).toMatchObject({
      error: {
        code: 'session_expired',
        message: 'The server ended the session and refused its credential (4001). The client reconnects automatically.',
      },
    })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test('refused, after it accepted: the prefetched ticket is dropped, and the JWT refreshed once', async () => {
    const refreshToken = vi.fn(() => {
      page.session.jwt = page.backend.rotateToken('alice')
      return page.session.jwt
    })
    const page = arrangePlain({
      socket: { closeCodes: { 4001: 'refused' } },
      auth: { refreshToken },
      onConnection: (connection) => connection.send({ type: 'hello' }),
    })
    await page.connect()
    await page.clock.advance(6_000)
    const prefetched = page.auth.store.getState().spare?.handle
    expect(prefetched).toBeDefined()
    page.backend.connections()[0]?.close(4001, 'the session has expired')
    await page.clock.advance(10_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(refreshToken).toHaveBeenCalledTimes(1)
    const taken = page.told.filter(([name]) => name === 'auth.ticketTaken').map(([, payload]) => payload)
    expect(taken).toHaveLength(2)
    expect(taken).not.toContainEqual(expect.objectContaining({ handle: prefetched }))
  })

  test('three such sessions in a row that end within five seconds end in unauthenticated', async () => {
    const page = arrangePlain({
      socket: { closeCodes: { 4001: 'refused' } },
      async onConnection(connection) {
        connection.send({ type: 'hello' })
        await passing(page, 1_000)
        connection.close(4001, 'kicked')
      },
    })
    page.socket.connect()
    await page.clock.advance(120_000)
    expect(namesOf(page.told).filter((name) => name !== 'message')).toEqual([
      'open',
      'lost',
      'open',
      'lost',
      'open',
      'failed',
    ])
    expect(payloadOf(page.told, 'failed')).toEqual({
      error: expect.objectContaining({
        code: 'unauthenticated',
        message:
          'The server accepted 3 sessions in a row and ended each within 5 s (4001). Sign in again, then call connect().',
      }),
      closeDetails: { code: 4001, reason: 'kicked', wasClean: true },
    })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test('stop and reconnect replace the default', async () => {
    const decide = vi.fn(({ reason }: { reason: string }) => (reason === 'removed' ? 'stop' : 'reconnect') as never)
    const page = arrangePlain({ socket: { closeCodes: decide } })
    await page.connect()
    page.backend.connections()[0]?.close(4444, 'come back')
    await page.clock.advance(5_000)
    expect(page.state().status).toBe('open')
    page.backend.connections()[0]?.close(4001, 'removed')
    await page.clock.advance(5_000)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'closed_by_server' } })
    expect(decide.mock.calls).toMatchObject([
      [{ code: 4444, reason: 'come back', method: 'ticket', accepted: false, consecutiveLosses: 0 }],
      [{ code: 4001, reason: 'removed', method: 'ticket', consecutiveLosses: 1 }],
    ])
  })

  test('a function that ends the session has the last word', async () => {
    const page = arrangePlain({
      socket: {
        closeCodes: () => {
          page.socket.close()
          return 'refused'
        },
      },
    })
    await page.connect()
    page.backend.connections()[0]?.close(4001, '')
    await page.clock.advance(60_000)
    expect(page.state()).toMatchObject({ status: 'closed', error: null })
    expect(page.times('lost')).toBe(0)
  })

  test('is refused when the socket is made: a code that cannot be mapped, and what is no meaning', () => {
    expect(() => arrange({ socket: { closeCodes: { 1006: 'refused' } } })).toThrow('closeCodes must not name 1006: ')
    expect(() => arrange({ socket: { closeCodes: { 4001: 'retry' } as never } })).toThrow('closeCodes[4001] must be')
  })
})

describe('plainOpenDelayMs', () => {
  test('a server that refuses late is open only after it has had its time', async () => {
    const page = arrangePlain({
      socket: { plainOpenDelayMs: 7_000 },
      async onConnection(connection) {
        await passing(page, 6_000)
        connection.close(1008, 'Invalid ticket')
      },
    })
    page.socket.send({ type: 'queued' })
    page.socket.connect()
    await page.clock.advance(6_100)
    expect(namesOf(page.told)).toEqual(['lost'])
    expect(page.state()).toMatchObject({ queued: 1, error: { code: 'ticket_rejected' } })
  })

  test('is 100 ms by default, and a positive number', async () => {
    const page = arrangePlain()
    page.socket.connect()
    await page.clock.advance(99)
    expect(page.state().phase).toBe('confirming')
    await page.clock.advance(1)
    expect(page.state().status).toBe('open')
    expect(() => arrange({ socket: { plainOpenDelayMs: 0 } })).toThrow('plainOpenDelayMs must be a positive number')
  })
})
