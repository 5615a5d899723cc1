import { describe, expect, test, vi } from 'vitest'
import { createAdmission } from '../../../../src/server/admission.ts'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import { combineObservers, type EventLogOptions, logServerEvents } from '../../../../src/server/operations/event-log.ts'
import { emitTo, type ServerEvent } from '../../../../src/server/server-events.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { handleOf } from '../../../../src/server/ticket-value.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { arrangeTickets } from '../arrange.ts'
import { arrangeHttp } from '../arrange-http.ts'
import { everyEvent } from './every-event.ts'

function listen(options: EventLogOptions = {}) {
  const clock = createVirtualClock()
  const lines: unknown[][] = []
  const at =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push([level, ...args])
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const observe = logServerEvents(logger, { clock, ...options })
  const records = () => lines.map(([, line]) => JSON.parse(line as string))
  return { lines, records, observe, clock, logger }
}

const answered = (changes: object): ServerEvent => ({
  kind: 'request_answered',
  endpoint: 'tickets',
  method: 'POST',
  status: 200,
  durationMs: 1,
  refusedOrigin: null,
  ...changes,
})
type Refused = Extract<ServerEvent, { kind: 'upgrade_refused' }>
const upgradeFrom = (origin: string): Refused => ({
  kind: 'upgrade_refused',
  reason: 'origin',
  turnedAway: null,
  code: 4403,
  status: null,
  origin,
  address: '192.0.2.1',
  durationMs: 1,
})
const refusedUpgrade = (changes: Partial<Refused>): ServerEvent => ({
  ...upgradeFrom('https://app.example'),
  ...changes,
})

describe('the log of a server', () => {
  test('has one line of JSON for each event, by how much it matters', () => {
    const { lines, observe, clock } = listen({ level: 'debug', sample: false })
    for (const event of everyEvent) observe(event)
    expect(lines.map(([level, line]) => `${level} ${JSON.parse(line as string).event}`)).toEqual([
      'info ticket_generated',
      'info ticket_consumed',
      'warn ticket_refused',
      'warn jwt_refused',
      'info ticket_revoked',
      'info user_revoked',
      'info store_checked',
      'debug store_asked',
      'error store_asked',
      'debug request_answered',
      'warn request_answered',
      'info upgrade_accepted',
      'warn upgrade_refused',
      'warn upgrade_refused',
      'warn upgrade_refused',
      'info connection_opened',
      'info connection_opened',
      'info connection_closed',
      'info connection_closed',
      'warn connection_refused',
      'warn connection_refused',
      'info drain_started',
      'info drain_ended',
    ])
    for (const [index, args] of lines.entries()) {
      const { kind, ...fields } = everyEvent[index] as ServerEvent
      const time = new Date(clock.wallNow()).toISOString()
      const record = JSON.stringify({ time, level: args[0], event: kind, ...fields })
      expect(args).toEqual([args[0], record])
    }
  })

  test('leaves out events below its level', () => {
    const written = (options: EventLogOptions) => {
      const { lines, observe } = listen(options)
      for (const event of everyEvent) observe(event)
      return new Set(lines.map(([level]) => level))
    }
    expect(written({ level: 'debug' })).toEqual(new Set(['debug', 'info', 'warn', 'error']))
    expect(written({})).toEqual(new Set(['info', 'warn', 'error']))
    expect(written({ level: 'warn' })).toEqual(new Set(['warn', 'error']))
    expect(written({ level: 'error' })).toEqual(new Set(['error']))
  })

  test('hands kind and fields to a logger that formats by itself', () => {
    const { lines, observe } = listen({ format: 'fields' })
    const [event] = everyEvent
    const { kind, ...fields } = event as ServerEvent
    observe(event as ServerEvent)
    expect(lines).toEqual([['info', kind, fields]])
  })

  test('an outage is an error, whichever part notices it', () => {
    const { lines, observe } = listen()
    observe(refusedUpgrade({ reason: 'unavailable', code: 4503 }))
    observe(refusedUpgrade({ reason: 'unavailable', status: 503, turnedAway: 'full' }))
    observe(answered({ method: 'OPTIONS', status: 500 }))
    observe(answered({ endpoint: 'all', method: 'DELETE', status: 503 }))
    observe({ kind: 'user_revoked', user: '', tickets: 0, isRecorded: true, isPublished: false })
    observe({ kind: 'user_revoked', user: '', tickets: 0, isRecorded: false, isPublished: true })
    expect(lines.map(([level]) => level)).toEqual(Array(6).fill('error'))
  })

  test('a server that leaves, or whose owner has switched tickets off, is no outage', () => {
    const { lines, observe } = listen()
    observe(answered({ status: 501 }))
    observe(refusedUpgrade({ reason: 'unavailable', status: 503, turnedAway: 'leaving' }))
    expect(lines.map(([level]) => level)).toEqual(['warn', 'warn'])
  })

  test('names tickets and users by their handles, and holds neither ticket nor user', async () => {
    const { lines, observe } = listen()
    const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe })
    const userId = 'alice@example.com'
    const { ticket_id, ticket_handle } = await tickets.generate({ userId })
    await tickets.consume(ticket_id)
    await tickets.consume(ticket_id)
    await tickets.revokeAll(userId)
    const text = JSON.stringify(lines)
    for (const secret of [ticket_id, userId]) expect(text).not.toContain(secret)
    for (const handle of [ticket_handle, handleOf(userId)]) expect(text).toContain(handle)
  })

  test('refuses what is no logger, and wrong options', () => {
    expect(() => logServerEvents({ info() {} } as never)).toThrow('logger must have the method debug, warn, error')
    const make = (options: object) => () => logServerEvents(console, options)
    expect(make({ level: 'trace' })).toThrow('level must be one of debug, info, warn, error, got "trace"')
    expect(make({ format: 'text' })).toThrow('format must be one of json, fields, got "text"')
    expect(make({ sample: { burst: 0, perMinute: 1 } })).toThrow('sample.burst must be a number of at least 1, got 0')
  })
})

describe('texts of other people', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln'
  const ticket = 'T'.repeat(43)

  test('lose their credentials', () => {
    const { lines, observe } = listen()
    observe(upgradeFrom(`https://a.example/?ticket=${ticket}`))
    observe({ kind: 'upgrade_accepted', method: 'jwt', user: null, address: `Bearer ${jwt}`, durationMs: 1 })
    observe(answered({ method: ticket, status: 405 }))
    observe(answered({ status: 403, refusedOrigin: jwt }))
    const text = JSON.stringify(lines)
    for (const secret of [ticket, jwt, 'eyJ']) expect(text).not.toContain(secret)
    expect(lines).toHaveLength(4)
  })

  test.each([
    ['a new line', '\r\n{"level":"error","event":"forged"}'],
    ['a quote', '","level":"error'],
    ['an escape sequence', '\u001b[2K\u001b[1A'],
    ['a C1 control', '\u009b2K'],
    ['a line separator', 'a\u2028b\u2029c'],
    ['a bidirectional override', '\u202egnp.exe'],
    ['half a surrogate pair', '\ud800'],
    ['another script', 'https://\u0430pp.example.com'],
  ])('cannot forge a line with %s', (_, origin) => {
    for (const event of [
      upgradeFrom(origin),
      answered({ status: 403, refusedOrigin: origin }),
      { kind: 'jwt_refused', reason: 'key', expected: origin, kid: origin } as const,
    ]) {
      const { lines, observe } = listen()
      observe(event)
      const [[, line] = []] = lines
      expect(line).toMatch(/^[\x20-\x7e]+$/)
      expect(JSON.parse(line as string)).toMatchObject({ level: 'warn', event: event.kind })
    }
  })
})

describe('events that any client can cause, or all clients at once', () => {
  const noises: [string, ServerEvent][] = [
    ['404s', answered({ endpoint: 'other', status: 404 })],
    ['preflights', answered({ method: 'OPTIONS', status: 204 })],
    ['refused origins of requests', answered({ status: 403, refusedOrigin: 'https://evil.example' })],
    ['refused origins of upgrades', upgradeFrom('https://evil.example')],
    ['malformed tickets', { kind: 'ticket_refused', ticket: null, reason: 'malformed' }],
    ['malformed JWTs', { kind: 'jwt_refused', reason: 'malformed', expected: null, kid: null }],
    ['requests above a limit', answered({ status: 429 })],
    // Answered before the address is counted: nothing else bounds them.
    ['targets that are no address', answered({ endpoint: 'other', status: 400 })],
    ['wrong methods', answered({ method: 'PUT', status: 405 })],
    ['upgrades that make no sense', refusedUpgrade({ reason: 'bad_request' })],
    ['upgrades without a credential', refusedUpgrade({ reason: 'unauthenticated' })],
    ['upgrades with a made-up ticket', refusedUpgrade({ reason: 'ticket_invalid' })],
    ['upgrades with a made-up JWT', refusedUpgrade({ reason: 'jwt_invalid' })],
    ['upgrades above a limit', refusedUpgrade({ reason: 'too_many', status: 429 })],
    // Ten thousand clients that come back at once.
    ['upgrades while the server is full', refusedUpgrade({ reason: 'unavailable', turnedAway: 'full' })],
    ['upgrades while the server leaves', refusedUpgrade({ reason: 'unavailable', turnedAway: 'leaving' })],
    ['upgrades while the store is away', refusedUpgrade({ reason: 'unavailable', code: 4503 })],
    ['requests while tickets are switched off', answered({ status: 501 })],
    ['requests while the store is away', answered({ status: 503 })],
    [
      'questions to a store that is away',
      { kind: 'store_asked', command: 'consume', durationMs: 1, isAnswered: false },
    ],
  ]

  test.each(noises)('%s are sampled, and the next line says how many were left out', async (_, event) => {
    const { records, observe, clock } = listen({ level: 'debug' })
    for (let n = 0; n < 1_000; n++) observe(event)
    expect(records()).toHaveLength(10)
    expect(records().some((record) => 'suppressed' in record)).toBe(false)
    await clock.advance(6_000)
    observe(event)
    observe(event)
    expect(records().slice(10)).toEqual([expect.objectContaining({ event: event.kind, suppressed: 990 })])
    await clock.advance(60_000)
    observe(event)
    observe(event)
    expect(
      records()
        .slice(11)
        .map(({ suppressed }) => suppressed),
    ).toEqual([1, undefined])
  })

  test('hides nothing of another kind, and nothing that takes a credential to cause', () => {
    const { records, observe } = listen()
    const others: ServerEvent[] = [
      answered({ status: 403 }),
      answered({ status: 401 }),
      answered({ status: 400 }),
      answered({ status: 404, endpoint: 'ticket', method: 'DELETE' }),
      answered({ status: 500 }),
      answered({ status: 500, method: 'OPTIONS' }),
      { kind: 'ticket_refused', ticket: 't', reason: 'unknown' },
      { kind: 'jwt_refused', reason: 'signature', expected: null, kid: null },
      { kind: 'connection_refused', method: 'jwt', user: 'u', reason: 'too_many' },
    ]
    for (let n = 0; n < 100; n++) for (const [, event] of noises) observe(event)
    const before = records().length
    for (let n = 0; n < 100; n++) for (const event of others) observe(event)
    expect(records()).toHaveLength(before + 100 * others.length)
  })

  test.each(noises)('%s hide nothing of another kind', (name, flood) => {
    const { records, observe } = listen({ level: 'debug' })
    for (let n = 0; n < 100; n++) observe(flood)
    const others = noises.filter(([other]) => other !== name)
    for (const [, event] of others) observe(event)
    expect(records()).toHaveLength(10 + others.length)
  })

  test('is counted by each line that is written, not by the requests: a herd of ten thousand on a server that leaves', async () => {
    const { records, observe } = listen()
    const admission = createAdmission({
      authenticate: () => Promise.reject(new Error('nobody is asked')),
      maxPendingUpgrades: 1,
      maxConnectionsPerAddress: 1,
      isLeaving: () => true,
      emit: emitTo(observe),
    })
    const request = { url: '/ws', origin: null, protocols: [], authorization: null }
    for (let n = 0; n < 10_000; n++) await admission.admit(request, () => {})
    expect(records()).toHaveLength(10)
    expect(records()[0]).toMatchObject({ level: 'warn', event: 'upgrade_refused', turnedAway: 'leaving', status: 503 })
  })

  test('is written whole where sampling is off', () => {
    const { records, observe } = listen({ sample: false })
    for (let n = 0; n < 100; n++) observe(upgradeFrom('https://evil.example'))
    expect(records()).toHaveLength(100)
  })

  test('by the endpoints themselves: a foreign page, a preflight, a path that is none', async () => {
    const observe = vi.fn()
    const { call } = arrangeHttp({ observe })
    const origin = 'https://evil.example'
    await call('POST /websocket/ticket', { headers: { origin } })
    await call('GET /websocket/tickets/status', { headers: { origin } })
    await call('OPTIONS /websocket/ticket', { headers: { origin: 'https://app.example.com' } })
    await call('GET /websocket/nowhere')
    const told = observe.mock.calls.map(([event]) => event).filter(({ kind }) => kind === 'request_answered')
    expect(told.map(({ method, status, refusedOrigin }) => [method, status, refusedOrigin])).toEqual([
      ['POST', 403, origin],
      ['GET', 200, null],
      ['OPTIONS', 204, null],
      ['GET', 404, null],
    ])
  })
})

test('several observers are called as one, and one that throws does not affect the others', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = () => {
    throw new Error('mine')
  }
  const [first, last] = [vi.fn(), vi.fn()]
  const { tickets } = arrangeTickets({ observe: combineObservers(first, broken, last) })
  expect(await tickets.consume('nonsense')).toBeNull()
  expect([first.mock.calls, last.mock.calls]).toEqual(
    Array(2).fill([[{ kind: 'ticket_refused', ticket: null, reason: 'malformed' }]]),
  )
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})
