// What no client of ours would send: a hand-written corpus, and generators around it.

import * as fc from 'fast-check'

const TICKET = 't'.repeat(43)

/** Words that have broken parsers, comparisons, tables and logs before. */
export const HOSTILE: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\r\n',
  '\r\nSet-Cookie: a=b',
  '%0d%0aX: y',
  '%00',
  '%',
  '%zz',
  '%E0%A4%A',
  '\ud800',
  '\u2028',
  '\u202e',
  '\ufeff',
  '💥',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '../../etc/passwd',
  '//evil.example',
  'javascript:alert(1)',
  "' OR 1=1 --",
  '{"$gt":""}',
  '*',
  'auth:ticket:*',
  '\r\n*1\r\n$8\r\nFLUSHALL\r\n',
  'jwt.',
  'jwt-auth.',
  'bearer.',
  'jwt.e30.e30.',
  'Bearer',
  'Bearer ',
  'Bearer a, Bearer b',
  'bearer\u00a0a',
  'ticket-socket.v1',
  'ticket-socket.v1 ',
  `ticket=${TICKET}`,
  TICKET,
  `${TICKET}=`,
  'a'.repeat(16_385),
  ','.repeat(1_000),
  '.'.repeat(1_000),
]

const word = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
  fc.base64String({ maxLength: 200 }),
)
const parameter = fc.constantFrom('ticket', 'auth_ticket', 'ticket_id', 'token', 'jwt', 'auth_token', '__proto__', '')

/** Upgrades in which anything may stand anywhere. */
export const hostileUpgrade = fc.record({
  url: fc.oneof(
    word,
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc
      .array(fc.tuple(parameter, word), { maxLength: 4 })
      .map((query) => `/ws?${query.map((one) => one.join('=')).join('&')}`),
  ),
  origin: fc.oneof(fc.constant(null), fc.constant('https://app.example.com'), word),
  protocols: fc.array(
    fc.oneof(
      word,
      fc.tuple(fc.constantFrom('jwt.', 'jwt-auth.', 'bearer.', 'JWT.'), word).map((parts) => parts.join('')),
      fc.constant('ticket-socket.v1'),
    ),
    { maxLength: 6 },
  ),
  authorization: fc.oneof(
    fc.constant(null),
    word,
    word.map((token) => `Bearer ${token}`),
  ),
  address: fc.oneof(fc.constant(undefined), word),
})

const key = fc.oneof(
  fc.constantFrom('type', 'id', 'ticket', 'timestamp', '__proto__', 'constructor', 'prototype'),
  word,
)
const controlType = fc.constantFrom(
  'ping',
  'ts:ping',
  'ts:pong',
  'ts:ack',
  'ts:error',
  'ts:auth_refresh',
  'ts:auth_refreshed',
  'ts:going_away',
  'ts:connection_established',
)
// `__proto__` as an own key, as JSON.parse makes it, which an object literal cannot have.
const ownKeys = fc
  .array(fc.tuple(key, fc.jsonValue({ maxDepth: 3 })), { maxLength: 5 })
  .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`)

/** Frames: bytes, texts, broken JSON, and control frames with anything in them. */
export const hostileFrame: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  word,
  fc.uint8Array({ maxLength: 200 }),
  fc.json(),
  ownKeys,
  fc
    .tuple(controlType, fc.jsonValue({ maxDepth: 2 }), key)
    .map(([type, value, name]) => JSON.stringify({ type, [name]: value })),
  fc.tuple(controlType, ownKeys).map(([type, rest]) => `{"type":"${type}",${rest.slice(1)}`),
  fc.nat({ max: 5_000 }).map((depth) => '['.repeat(depth)),
  fc.nat({ max: 5_000 }).map((depth) => `{"type":"a","b":${'['.repeat(depth)}${']'.repeat(depth)}}`),
)

/** What an attack on prototypes would change. Take it before and after. */
export const prototypes = () =>
  [Object, Array, Function, String, Number, Map, Set, Promise, Error].map(({ prototype }) => [
    ...Reflect.ownKeys(prototype),
    String(Object.getPrototypeOf(prototype)),
  ])
