import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import * as schemas from '../../../src/contract/schemas.ts'
import * as wire from '../../../src/contract/wire.ts'
import * as values from './wire-values.ts'

interface Pair {
  guard: (value: unknown) => boolean
  schema: z.ZodType
  valid: fc.Arbitrary<object>
}

const pairs: Record<string, Pair> = {
  TicketGenerationResponse: {
    guard: wire.isTicketGenerationResponse,
    schema: schemas.ticketGenerationResponse,
    valid: values.ticketGenerationResponse,
  },
  TicketValidationResponse: {
    guard: wire.isTicketValidationResponse,
    schema: schemas.ticketValidationResponse,
    valid: values.ticketValidationResponse,
  },
  TicketRevocationResponse: {
    guard: wire.isTicketRevocationResponse,
    schema: schemas.ticketRevocationResponse,
    valid: values.ticketRevocationResponse,
  },
  RevokeAllResponse: {
    guard: wire.isRevokeAllResponse,
    schema: schemas.revokeAllResponse,
    valid: values.revokeAllResponse,
  },
  TicketSystemStatus: {
    guard: wire.isTicketSystemStatus,
    schema: schemas.ticketSystemStatus,
    valid: values.ticketSystemStatus,
  },
  ConnectionEstablished: {
    guard: wire.isConnectionEstablished,
    schema: schemas.connectionEstablished,
    valid: values.connectionEstablished,
  },
  Ping: { guard: wire.isPing, schema: schemas.ping, valid: values.ping },
  Pong: { guard: wire.isPong, schema: schemas.pong, valid: values.pong },
  AuthRefresh: { guard: wire.isAuthRefresh, schema: schemas.authRefresh, valid: values.authRefresh },
  AuthRefreshed: { guard: wire.isAuthRefreshed, schema: schemas.authRefreshed, valid: values.authRefreshed },
  GoingAway: { guard: wire.isGoingAway, schema: schemas.goingAway, valid: values.goingAway },
  ErrorFrame: { guard: wire.isErrorFrame, schema: schemas.errorFrame, valid: values.errorFrame },
  Message: { guard: wire.isMessage, schema: schemas.message, valid: values.message },
}

const sameVerdict = ({ guard, schema, valid }: Pair) =>
  fc.property(values.mutated(valid), (value) => guard(value) === schema.safeParse(value).success)

test('every guard of the browser has its pair here', () => {
  const guards = Object.entries(wire).flatMap(([name, value]) => (/^is[A-Z]/.test(name) ? [value] : []))
  expect(guards.length).toBeGreaterThan(0)
  expect(new Set(Object.values(pairs).map(({ guard }) => guard))).toEqual(new Set(guards))
})

describe.each(Object.entries(pairs))('%s', (_name, pair) => {
  test('guard and schema accept every valid value', () => {
    const accepts = (value: unknown) => pair.guard(value) && pair.schema.safeParse(value).success
    fc.assert(fc.property(pair.valid, accepts), { numRuns: 1_000 })
  })

  test('a valid value survives the wire', () => {
    const accepts = (value: object) => pair.guard(JSON.parse(JSON.stringify(value)))
    fc.assert(fc.property(pair.valid, accepts), { numRuns: 1_000 })
  })

  test('guard and schema give the same verdict over mutated and hostile values', () => {
    fc.assert(sameVerdict(pair), { numRuns: 3_000 })
  })

  test('the mutated values are of both kinds, so that agreeing means something', () => {
    const sample = fc.sample(values.mutated(pair.valid), { numRuns: 1_000, seed: 1 })
    const accepted = sample.filter(pair.guard).length
    expect(accepted).toBeGreaterThan(50)
    expect(accepted).toBeLessThan(950)
  })

  test('whatever arrives, the guard answers and does not throw', () => {
    const answers = (value: unknown) => typeof pair.guard(value) === 'boolean'
    fc.assert(fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), answers), { numRuns: 1_000 })
  })
})

describe('a guard that is wrong is found', () => {
  const isFound = (pair: Pair) => fc.check(sameVerdict(pair), { numRuns: 3_000, seed: 1 }).failed

  // The field is good before the guard sees it, so the guard cannot tell whether it was.
  const blindTo =
    (field: string, good: unknown, { guard }: Pair) =>
    (value: unknown) =>
      guard(typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, [field]: good } : value)

  const fields = Object.entries(pairs).flatMap(([name, pair]) => {
    const examples = fc.sample(pair.valid, { numRuns: 20, seed: 1 })
    const good = Object.assign({}, ...examples) as Record<string, unknown>
    // Beyond its type, a message is the application's.
    return name === 'Message'
      ? [[name, 'type', good.type] as const]
      : Object.keys(good).map((field) => [name, field, good[field]] as const)
  })

  test.each(fields)('when that of %s does not look at %s', (name, field, good) => {
    const pair = pairs[name] as Pair
    expect(isFound({ ...pair, guard: blindTo(field, good, pair) })).toBe(true)
  })

  test.each([
    ['everything', () => true],
    ['nothing', () => false],
    ['arrays, too', (value: unknown) => Array.isArray(value) || wire.isPing(value)],
  ])('when it accepts %s', (_what, guard) => {
    expect(isFound({ ...(pairs.Ping as Pair), guard })).toBe(true)
  })
})

describe('the shapes as the contract has them', () => {
  const ticket = {
    ticket_id: 'T'.repeat(43),
    ticket_handle: 'h'.repeat(43),
    expires_at: 1_763_800_300.25,
    created_at: 1_763_800_000.25,
    ttl_seconds: 300,
    single_use: true,
    websocket_url: 'wss://api.example.com/ws?ticket=x',
    subprotocol: 'ticket-socket.v1',
  }

  test('PR-15: a ticket without handle and subprotocol is accepted, as a backend in the field sends it', () => {
    const { ticket_handle, subprotocol, ...plain } = ticket
    expect([ticket, plain].map(wire.isTicketGenerationResponse)).toEqual([true, true])
  })

  test.each(['ticket_handle', 'websocket_url', 'subprotocol'])('PR-09, PR-15: %s of null counts as missing', (name) => {
    expect(wire.isTicketGenerationResponse({ ...ticket, [name]: null })).toBe(true)
  })

  test('PR-09: only an optional field may be null', () => {
    const required = ['ticket_id', 'expires_at', 'created_at', 'ttl_seconds', 'single_use']
    expect(required.map((name) => wire.isTicketGenerationResponse({ ...ticket, [name]: null }))).not.toContain(true)
  })

  test.each([
    ['expires_at in milliseconds', { expires_at: 1_763_800_300_250 }],
    ['a lifetime of nothing', { ttl_seconds: 0 }],
    ['a lifetime beyond a day', { ttl_seconds: 86_401 }],
    ['a ticket that a URL would have to escape', { ticket_id: `${'T'.repeat(42)}/` }],
    ['a ticket too short to be a secret', { ticket_id: 'T'.repeat(15) }],
    ['a handle with a line break', { ticket_handle: `${'h'.repeat(43)}\n` }],
    ['a subprotocol that a browser refuses', { subprotocol: 'a b' }],
    ['a time as text', { created_at: '1763800000' }],
  ])('PR-15: %s is no ticket', (_what, fields) => {
    expect(wire.isTicketGenerationResponse({ ...ticket, ...fields })).toBe(false)
  })

  const accepts = (body: unknown) => schemas.ticketGenerationRequest.safeParse(body).success
  const metadata = (text: string) => ({ metadata: { text } })
  const room = 4_096 - JSON.stringify(metadata('').metadata).length

  test.each([
    ['of nothing', {}],
    ['for 30 s', { ttl_seconds: 30 }],
    ['for an hour', { ttl_seconds: 3600 }],
    ['with nothing but null', { ttl_seconds: null, single_use: null, permissions: null, metadata: null }],
    ['with every field', { ttl_seconds: 30, single_use: true, permissions: ['chat'], metadata: { a: 1 } }],
    ['with 4 KiB of metadata', metadata('x'.repeat(room))],
  ])('PR-12: a request %s is accepted', (_what, body) => {
    expect(accepts(body)).toBe(true)
  })

  test.each([
    ['for 29 s', { ttl_seconds: 29 }],
    ['for more than an hour', { ttl_seconds: 3601 }],
    ['for a fraction of a second', { ttl_seconds: 30.5 }],
    ['with seconds as text', { ttl_seconds: '300' }],
    ['with a permission that is no list', { permissions: 'chat' }],
    ['with 65 permissions', { permissions: Array(65).fill('chat') }],
    ['with a byte more than 4 KiB of metadata', metadata('x'.repeat(room + 1))],
    ['with as many characters of three bytes each', metadata('€'.repeat(room))],
    ['with a field that the contract does not know', { user_id: 'somebody else' }],
    ['that is a list', []],
    ['that is null', null],
  ])('PR-12: a request %s is refused', (_what, body) => {
    expect(accepts(body)).toBe(false)
  })

  test('every object of the contract is published as JSON Schema under its name', () => {
    const published = schemas.contractJsonSchema()
    const named = Object.entries(schemas).filter(([, value]) => typeof value === 'object')
    expect(Object.keys(published).sort()).toEqual(named.map(([name]) => name).sort())
    for (const schema of Object.values(published)) {
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
    }
  })
})
