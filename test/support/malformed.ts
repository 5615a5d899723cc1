// What no well-behaved client or store would say: a corpus written by hand, and arbitraries that grow more of it.

import fc from 'fast-check'

/** Names that mean something to JavaScript, to a file system, to a header or to Redis. */
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'then',
  'length',
  '..',
  '.',
  '',
  ' ',
  '\0',
  '\r\nSet-Cookie: a=b',
  '\u2028',
  '\ud800',
  '💥',
  '%00',
  '%2e%2e%2f',
  '*',
  '$' + '{jndi:ldap://x}',
  "' OR 1=1 --",
  'x'.repeat(5_000),
]

/** Bodies that have hurt somebody. */
export const BODIES: readonly string[] = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '-0',
  '1e999',
  '-1e999',
  '"',
  '""',
  '[]',
  '[[]]',
  '{',
  '{}',
  '{}{}',
  '{"a":1,}',
  "{'a':1}",
  '\ufeff{}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"metadata":{"__proto__":{"isAdmin":true}}}',
  '{"metadata":{"constructor":{"prototype":{"isAdmin":true}}}}',
  '{"metadata":{"toJSON":1,"then":2,"toString":3}}',
  '{"permissions":["__proto__"]}',
  '{"permissions":{"length":1,"0":"chat"}}',
  '{"permissions":["chat","chat"],"permissions":["admin"]}',
  '{"ttl_seconds":60,"ttl_seconds":61}',
  '{"ttl_seconds":1e2}',
  '{"ttl_seconds":60.0000000000000000001}',
  '{"ttl_seconds":9007199254740993}',
  '{"ttl_seconds":-30}',
  '{"ttl_seconds":"60"}',
  '{"ttl_seconds":[60]}',
  '{"ttl_seconds":{"valueOf":60}}',
  '{"ttl_seconds":null}',
  '{"single_use":0}',
  '{"single_use":"false"}',
  '{"metadata":{"a":"\\ud800"}}',
  '{"metadata":{"a":"\\u0000"}}',
  `{"metadata":{"a":"${'x'.repeat(4_080)}"}}`,
  `{"metadata":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`,
  `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
  `{"metadata":{${Array.from({ length: 1_000 }, (_, n) => `"${n}":${n}`).join()}}}`,
  `{"permissions":[${'"chat",'.repeat(65)}"chat"]}`,
  `"${'x'.repeat(16_382)}"`,
]

const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 12 }))
/** Any JSON value, with dangerous names for keys. */
const value = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 60, 3_600, 1e308, '', 'chat', [], {}),
  name,
  fc.array(name, { maxLength: 5 }),
  fc.dictionary(name, fc.oneof(fc.integer(), name), { maxKeys: 5 }),
)

interface Cut {
  at: number
  remove: number
  insert: string
}
const cut: fc.Arbitrary<Cut> = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 4 }),
  insert: fc.oneof(fc.constantFrom('"', '{', '}', ',', ':', '\\', '\0', 'é', '9'), fc.constant('')),
})

/** The text with pieces taken out and put in: most of it is still right. */
export const mutated = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.array(cut, { minLength: 1, maxLength: 3 })).map(([whole, cuts]) =>
    cuts.reduce((before, { at, remove, insert }) => {
      const position = at % (before.length + 1)
      return before.slice(0, position) + insert + before.slice(position + remove)
    }, whole),
  )

const request = fc.dictionary(
  fc.oneof(fc.constantFrom('ttl_seconds', 'single_use', 'permissions', 'metadata'), name),
  value,
  { maxKeys: 4 },
)
const goodRequest = fc.record(
  {
    ttl_seconds: fc.integer({ min: 30, max: 3_600 }),
    single_use: fc.boolean(),
    permissions: fc.subarray(['chat', 'read']),
    metadata: fc.dictionary(name, value, { maxKeys: 2 }),
  },
  { requiredKeys: [] },
)

/** The body of a request: right, nearly right, or nothing of the kind. */
export const body: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  fc.constantFrom(...BODIES),
  { weight: 5, arbitrary: fc.oneof(request, goodRequest).map((fields) => JSON.stringify(fields)) },
  { weight: 5, arbitrary: mutated(goodRequest.map((fields) => JSON.stringify(fields))) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)) },
)

const segment = fc.oneof(
  fc.constantFrom('ticket', 'tickets', 'validate', 'status', 'websocket', 'openapi.json', 'h'.repeat(43)),
  name.map((text) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, ''))),
  fc.constantFrom('%', '%zz', '%u0000', '//', ';a=b', '%2F', '%5C', '\\', '[', '|', '^', '💥'),
)

/** Path and query of a request, below the base path more often than not. */
export const path: fc.Arbitrary<string> = fc
  .record({
    base: fc.constantFrom('/websocket', '/websocket', '/websocket', '', '/WEBSOCKET', '/websocket/..', '//websocket'),
    segments: fc.array(segment, { maxLength: 4 }),
    query: fc.array(fc.tuple(segment, segment), { maxLength: 3 }),
    end: fc.constantFrom('', '', '/', '#x', '?', '?ticket=x'),
  })
  .map(({ base, segments, query, end }) => {
    const pairs = query.map(([key, of]) => `${key}=${of}`).join('&')
    return `${[base, ...segments].join('/')}${pairs ? `?${pairs}` : ''}${end}`
  })

const headerValue = fc.oneof(
  fc.constantFrom(
    ...['Bearer', 'Bearer ', 'bearer jwt-a', 'Bearer  jwt-a', 'Bearer jwt-a, Bearer jwt-b', 'Basic YTpi', 'null'],
    ...['application/json', 'Application/JSON;charset=utf-8', 'application/json, text/html', 'text/plain', ';', '*/*'],
    ...['https://app.example.com', 'https://app.example.com.evil.example', 'HTTPS://APP.EXAMPLE.COM', 'file://', '0'],
    ...['-1', '1e9', 'NaN', '99999999999999999999', 'gzip', 'chunked', 'x'.repeat(20_000)],
  ),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
)

/** Headers that mean something to the handler or to what stands before it, and others. */
export const headers: fc.Arbitrary<[string, string][]> = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom('authorization', 'content-type', 'content-length', 'origin', 'content-encoding', 'host'),
      fc.constantFrom('x-forwarded-for', 'x-http-method-override', 'cookie', 'accept', '__proto__', 'constructor'),
    ),
    headerValue,
  ),
  { maxLength: 4 },
)

export const method: fc.Arbitrary<string> = fc.constantFrom(
  ...['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'PATCH', 'get', 'PROPFIND', '__proto__', 'constructor'],
)

/** What nothing may have changed. */
export function prototypes(): string {
  const own = (object: object) => Reflect.ownKeys(object).map(String).join()
  return [Object, Array, Function, String, Number, Promise, Map, Error]
    .map(({ prototype }) => own(prototype))
    .join('\n')
}
