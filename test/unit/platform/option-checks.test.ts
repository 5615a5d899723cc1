import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  absoluteUrl,
  asGiven,
  bool,
  callback,
  countingNumber,
  group,
  listOf,
  oneOf,
  optional,
  or,
  positiveNumber,
  record,
  resolve,
  text,
} from '../../../src/platform/option-checks.ts'

/** A value as an app without types may hand it in. */
const untyped = <T>(value: unknown) => value as T
const refusal = (message: string) => new TypeError(message)

describe('a positive number', () => {
  test.each([0.001, 1, 1e12])('%d is one', (value) => {
    expect(positiveNumber('openTimeoutMs', value)).toBe(value)
  })

  test.each([
    [Number.NaN, 'NaN'],
    [0, '0'],
    [-1, '-1'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['10', '"10"'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, 'an object'],
    [10n, '10'],
  ])('%s is refused by name and value', (value, shown) => {
    expect(() => positiveNumber('retry.maxDelayMs', untyped(value))).toThrow(
      refusal(`retry.maxDelayMs must be a positive number, got ${shown}`),
    )
  })
})

describe('a counting number', () => {
  test.each([0, 3, Number.MAX_SAFE_INTEGER])('%d is one', (value) => {
    expect(countingNumber('retry.maxRetries', value)).toBe(value)
  })

  test.each([
    [-1, '-1'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [2 ** 53, '9007199254740992'],
    ['3', '"3"'],
  ])('%s is refused by name and value', (value, shown) => {
    expect(() => countingNumber('retry.maxRetries', untyped(value))).toThrow(
      refusal(`retry.maxRetries must be a whole number of at least 0, got ${shown}`),
    )
  })
})

test('a function in the place of an option is named, and its source is not shown: the credential may stand in it', () => {
  const source = () => 'eyJhbGciOiJIUzI1NiJ9'
  for (const check of [record, positiveNumber, bool, text] as unknown as ((name: string, value: unknown) => unknown)[])
    expect(() => check('retry', source)).toThrow(/^retry must be .*, got a function$/)
})

describe('a callback', () => {
  test('is given back', () => {
    const getToken = () => null
    expect(callback('getToken', getToken)).toBe(getToken)
  })

  test.each([
    [`eyJhbGciOiJIUzI1NiJ9.${'x'.repeat(200)}.signature`, 'string'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('is refused when it is none, by its type alone: it may be the credential itself', (value, type) => {
    expect(() => callback('getToken', untyped(value))).toThrow(refusal(`getToken must be a function, got ${type}`))
  })
})

describe('one of a few words', () => {
  test('is given back, or refused with the list', () => {
    expect(oneOf(['ticket', 'jwt'])('chain[0]', 'jwt')).toBe('jwt')
    expect(() => oneOf(['ticket', 'jwt'])('chain[0]', untyped('cookie'))).toThrow(
      refusal('chain[0] must be one of ticket, jwt, got "cookie"'),
    )
  })
})

describe('an absolute URL', () => {
  const rule = { schemes: ['https:', 'http:'] } as const
  const check = (value: unknown, options: object = {}) =>
    absoluteUrl('httpUrl', untyped(value), { ...rule, ...options })

  test.each(['https://api.example.com', 'https://api.example.com/api/v1', 'HTTPS://API.EXAMPLE.COM:8443/?a=1'])(
    '%s is taken',
    (value) => {
      expect(check(value).href).toBe(new URL(value).href)
    },
  )

  test.each([
    'http://localhost:3000',
    'http://app.localhost',
    'http://127.0.0.1:8080',
    'http://127.1.2.3',
    'http://[::1]:3000',
  ])('%s is taken without encryption: it names this machine', (value) => {
    expect(check(value).protocol).toBe('http:')
  })

  test.each([
    'http://api.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://notlocalhost',
    'http://10.0.0.1',
  ])('%s is refused: credentials would travel in the clear', (value) => {
    const host = new URL(value).hostname
    expect(() => check(value)).toThrow(
      refusal(
        `httpUrl must use https: for ${host}: http: would send credentials in the clear. ` +
          'Set allowInsecure: true if the network is trusted',
      ),
    )
    expect(check(value, { allowInsecure: true }).hostname).toBe(host)
  })

  test.each([
    '',
    '/websocket',
    'api.example.com',
    'ftp://api.example.com',
    'wss://api.example.com',
    'javascript:alert(1)',
    42,
    null,
  ])('%j is refused with an example of what is meant', (value) => {
    expect(() => check(value)).toThrow(/^httpUrl must be an absolute URL such as https:\/\/api\.example\.com, got /)
  })

  test.each([
    'https://user@api.example.com',
    'https://:secret@api.example.com',
    'https://api.example.com/#part',
    'https://api.example.com/#',
  ])('%s is refused: it holds what does not belong there, which is not shown', (value) => {
    expect(() => check(value)).toThrow(refusal('httpUrl must not hold a user, password or fragment'))
  })

  test('insecure does not mean any scheme', () => {
    expect(() => check('ws://api.example.com', { allowInsecure: true })).toThrow(TypeError)
  })
})

describe('a table of options', () => {
  interface Options {
    waitMs: number
    retry?: { maxRetries?: number }
    names?: readonly string[]
  }
  const resolved = (given: unknown) =>
    resolve('createThing', untyped<Options>(given), {
      waitMs: positiveNumber,
      retry: group<NonNullable<Options['retry']>>({ maxRetries: or(3, countingNumber) }),
      names: optional(listOf(text)),
    })

  test('gives every option its value, or its default', () => {
    expect(resolved({ waitMs: 5 })).toEqual({ waitMs: 5, retry: { maxRetries: 3 }, names: undefined })
    expect(resolved({ waitMs: 5, retry: { maxRetries: 0 }, names: ['a'] })).toEqual({
      waitMs: 5,
      retry: { maxRetries: 0 },
      names: ['a'],
    })
  })

  test('refuses an unknown name at every level, before it looks at a value', () => {
    expect(() => resolved({ waitsMs: 5 })).toThrow(
      refusal('waitsMs is not an option of createThing. Did you mean waitMs?'),
    )
    expect(() => resolved({ waitMs: 5, retry: { maxRetires: 1 } })).toThrow(
      refusal('maxRetires is not an option of retry. Did you mean maxRetries?'),
    )
  })

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    '%s is as unknown as any other name',
    (name) => {
      const given: unknown = JSON.parse(`{ "waitMs": 5, "${name}": 1 }`)
      expect(() => resolved(given)).toThrow(`${name} is not an option of createThing.`)
    },
  )

  test('ignores an unknown name whose value is undefined, and one that is inherited, hidden or a symbol', () => {
    const given = Object.create({ inherited: 1 }, { hidden: { value: 1, enumerable: false } })
    Object.assign(given, { waitMs: 5, unknown: undefined, [Symbol('other')]: 1 })
    expect(resolved(given)).toMatchObject({ waitMs: 5 })
  })

  test('takes a known name from where it is inherited: options may be an instance of a class', () => {
    class Settings {
      get waitMs() {
        return 7
      }
    }
    expect(resolved(new Settings())).toMatchObject({ waitMs: 7 })
  })

  test.each([null, undefined, 7, [], () => {}])('refuses %j as options', (given) => {
    expect(() => resolved(given)).toThrow('options must be an object')
  })

  test('shows no string that stands where options belong: it may be a credential', () => {
    expect(() => resolved('eyJhbGciOiJIUzI1NiJ9')).toThrow(refusal('options must be an object, got a string'))
    expect(() => resolved({ waitMs: 5, retry: 'eyJhbGciOiJIUzI1NiJ9' })).toThrow(
      refusal('retry must be an object, got a string'),
    )
  })

  test('null is not left out', () => {
    expect(() => resolved({ waitMs: 5, retry: null })).toThrow(refusal('retry must be an object, got null'))
    expect(() => resolved({ waitMs: 5, names: null })).toThrow(refusal('names must be an array, got null'))
    expect(() => resolved({ waitMs: 5, unknown: null })).toThrow('unknown is not an option of createThing.')
  })

  test('names the item of an array', () => {
    expect(() => resolved({ waitMs: 5, names: ['a', ''] })).toThrow(
      refusal('names[1] must be a non-empty string, got ""'),
    )
  })

  test('the compiler finds an option without a check, and a check without an option', () => {
    // @ts-expect-error `names` and `retry` have no check
    resolve('createThing', untyped<Options>({ waitMs: 5 }), { waitMs: positiveNumber })
    const { waitMs } = resolve('createThing', untyped<Options>({ waitMs: 5 }), {
      waitMs: positiveNumber,
      retry: asGiven,
      names: asGiven,
    })
    expect(waitMs).toBe(5)
    const surplus = resolve('createThing', { waitMs: 5 }, { waitMs: positiveNumber, other: asGiven })
    expectTypeOf(surplus).toEqualTypeOf<never>()
    // @ts-expect-error `maxRetries` may be left out, so that its check needs a default
    group<{ maxRetries?: number }>({ maxRetries: countingNumber })
  })
})
