// What the property tests of the wire feed to guards and schemas: objects as a good server sends them, and what a bad
// one, a proxy or an attacker makes of them.

import fc from 'fast-check'
import {
  type AuthRefresh,
  type AuthRefreshed,
  type ConnectionEstablished,
  type ErrorFrame,
  type GoingAway,
  MAX_UNIX_SECONDS,
  type Ping,
  type Pong,
  type RevokeAllResponse,
  type TicketGenerationResponse,
  type TicketRevocationResponse,
  type TicketSystemStatus,
  type TicketValidationResponse,
} from '../../../src/contract/wire.ts'

const unixSeconds = fc.oneof(fc.double({ min: 0, max: MAX_UNIX_SECONDS, noNaN: true }), fc.nat())
const anyNumber = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })

/** Characters of an alphabet, `min` to `max` of them. */
const word = (alphabet: string, min: number, max: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((characters) => characters.join(''))

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const handle = word(`${ALPHANUMERIC}_-`, 43, 43)
const foreignTicket = fc.oneof(handle, word(`${ALPHANUMERIC}._~-`, 16, 200))
const protocol = word(`${ALPHANUMERIC}!#$%&'*+.^_\`|~-`, 1, 40)

/** Missing, or null (PR-09). */
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary }, fc.constantFrom(undefined, null))

export const ticketGenerationResponse: fc.Arbitrary<TicketGenerationResponse> = fc.record({
  ticket_id: foreignTicket,
  ticket_handle: optional(handle),
  expires_at: unixSeconds,
  created_at: unixSeconds,
  ttl_seconds: fc.double({ min: Number.MIN_VALUE, max: 86_400, noNaN: true }),
  single_use: fc.boolean(),
  websocket_url: optional(text),
  subprotocol: optional(protocol),
})

export const ticketValidationResponse: fc.Arbitrary<TicketValidationResponse> = fc.oneof(
  fc.record({
    valid: fc.constant(true as const),
    user_id: text,
    email: optional(text),
    permissions: fc.array(text, { maxLength: 3 }),
    expires_at: unixSeconds,
  }),
  fc.record({ valid: fc.constant(false as const), error: text }),
)

export const ticketRevocationResponse: fc.Arbitrary<TicketRevocationResponse> = fc.record({
  success: fc.boolean(),
  message: text,
})

export const revokeAllResponse: fc.Arbitrary<RevokeAllResponse> = fc.record({ success: fc.boolean(), revoked: count })

export const ticketSystemStatus: fc.Arbitrary<TicketSystemStatus> = fc.record({
  ticket_system_enabled: fc.boolean(),
  redis_available: fc.boolean(),
  redis_status: fc.constantFrom('connected', 'not_available', 'error'),
  redis_error: fc.constantFrom(undefined, null, 'NOPERM'),
  default_ttl_seconds: count,
  max_ttl_seconds: count,
  ticket_prefix: text,
})

export const connectionEstablished: fc.Arbitrary<ConnectionEstablished> = fc.record({
  type: fc.constant('ts:connection_established' as const),
  session_id: text,
  user_id: fc.option(text, { nil: null }),
  auth_method: fc.constantFrom('ticket', 'jwt', 'none'),
  expires_at: unixSeconds,
  expires_in: anyNumber,
  max_message_bytes: optional(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
})

export const ping: fc.Arbitrary<Ping> = fc.record({ type: fc.constant('ts:ping' as const), timestamp: anyNumber })
export const pong: fc.Arbitrary<Pong> = fc.record({ type: fc.constant('ts:pong' as const), timestamp: anyNumber })

export const authRefresh: fc.Arbitrary<AuthRefresh> = fc.oneof(
  fc.record({ type: fc.constant('ts:auth_refresh' as const), ticket: text }),
  fc.record({ type: fc.constant('ts:auth_refresh' as const), jwt: text }),
)

export const authRefreshed: fc.Arbitrary<AuthRefreshed> = fc.record({
  type: fc.constant('ts:auth_refreshed' as const),
  expires_at: unixSeconds,
  expires_in: anyNumber,
})

export const goingAway: fc.Arbitrary<GoingAway> = fc.record({
  type: fc.constant('ts:going_away' as const),
  deadline_ms: anyNumber,
})

export const errorFrame: fc.Arbitrary<ErrorFrame> = fc.record({
  type: fc.constant('ts:error' as const),
  code: text,
  message: text,
})

export const message = fc.record({ type: text, body: fc.jsonValue({ maxDepth: 1 }) })

// ── what becomes of them ────────────────────────────────────────────────────────────────────────────────────────

/** Values at the edges of the rules, and beyond them. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    'true',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
    -1,
    1,
    0.5,
    86_400,
    86_400.5,
    MAX_UNIX_SECONDS,
    MAX_UNIX_SECONDS + 1,
    1_763_800_000_250, // milliseconds where seconds belong
    2 ** 53,
    1e308,
    '1763800000',
    '',
    ' ',
    'none',
    'connected',
    'ping',
    'ts:ping',
    'error',
    'A'.repeat(15),
    'A'.repeat(16),
    'A'.repeat(42),
    'A'.repeat(43),
    `${'A'.repeat(43)}\n`, // `$` of a regular expression with the flag m would match before it
    'A'.repeat(44),
    `${'A'.repeat(42)}=`,
    'A'.repeat(256),
    'A'.repeat(257),
    'A'.repeat(1024),
    'A'.repeat(1025),
    'ticket socket',
    'a,b',
    '\u0000\u2028',
    10n,
  ),
  fc.string({ maxLength: 60 }),
  fc.double(),
  fc.array(fc.oneof(fc.string(), fc.double(), fc.constant(null)), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 0 }), { maxKeys: 2 }),
)

const extraKey = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'id', 'ack', 'reply_to'),
  fc.string({ maxLength: 8 }),
)

type Fields = Record<string, unknown>
type Mutation = (value: Fields) => unknown

/** As `JSON.parse` does it: also `__proto__` becomes a field of the object's own. */
function withField(value: Fields, key: string, field: unknown): Fields {
  const copy = { ...value }
  Object.defineProperty(copy, key, { value: field, enumerable: true, configurable: true, writable: true })
  return copy
}

// Not a double from 0 to 1: those are spread over all floats, so that most are tiny and the first field would be meant.
const place = fc.nat({ max: 5_039 }) // 7! - 1: divides evenly among up to ten fields
const fieldAt = (value: Fields, at: number) => Object.keys(value)[at % Object.keys(value).length] ?? ''

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 3,
    arbitrary: place.map(
      (at): Mutation =>
        (value) => {
          const { [fieldAt(value, at)]: _removed, ...rest } = value
          return rest
        },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(place, hostile).map(
      ([at, field]): Mutation =>
        (value) =>
          withField(value, fieldAt(value, at), field),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(extraKey, hostile).map(
      ([key, field]): Mutation =>
        (value) =>
          withField(value, key, field),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Mutation>((value) => [value]) },
  { weight: 1, arbitrary: fc.constant<Mutation>((value) => Object.assign(Object.create(null), value)) },
  {
    weight: 1,
    arbitrary: hostile.map(
      (other): Mutation =>
        () =>
          other,
    ),
  },
)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A good value, or what one to three mutations leave of it. */
export function mutated(valid: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([value, mutations]) =>
      mutations.reduce<unknown>((before, mutate) => (isFields(before) ? mutate(before) : before), value),
    )
}
