import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JWT_PREFIX } from '../../../src/contract/wire.ts'
import { redact, redactedCause } from '../../../src/platform/redact.ts'
import { Secret } from '../../../src/platform/secret.ts'

const TICKET = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA'
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLXRoZS1qd3Q'

describe('a credential in a foreign text is taken out', () => {
  test.each([
    ['a JWT', `the token ${JWT} has expired`, 'the token [jwt] has expired'],
    ['a JWT that was cut off', `token ${JWT.slice(0, 30)}`, 'token [jwt]'],
    ['a JWT without its signature', `${JWT.slice(0, JWT.lastIndexOf('.'))}.`, '[jwt]'],
    ['a bearer header', 'Authorization: Bearer opaque-token_1/2+3=', 'Authorization: Bearer [redacted]'],
    ['a bearer header in small letters', 'authorization: bearer opaque', 'authorization: bearer [redacted]'],
    ['a ticket in a URL', `wss://api.test/ws?ticket=${TICKET}&a=1`, 'wss://api.test/ws?ticket=[redacted]&a=1'],
    ['a ticket by its second name', 'wss://api.test/ws?auth_ticket=short', 'wss://api.test/ws?auth_ticket=[redacted]'],
    ['a ticket by its third name', 'wss://api.test/ws?ticket_id=short', 'wss://api.test/ws?ticket_id=[redacted]'],
    [
      'a JWT by the names of old clients',
      '?token=a&jwt=b&auth_token=c&access_token=d',
      '?token=[redacted]&jwt=[redacted]&auth_token=[redacted]&access_token=[redacted]',
    ],
    ['a ticket on its own', `"${TICKET}" is unknown`, '"[redacted]" is unknown'],
    ['a ticket as a path', `/websocket/ticket/${TICKET}/validate`, '/websocket/ticket/[redacted]/validate'],
    ['several', `${TICKET} ${JWT}`, '[redacted] [jwt]'],
  ])('%s', (_what, text, safe) => {
    expect(redact(text)).toBe(safe)
  })
})

describe('an opaque token that is known is taken out, however the other side writes it', () => {
  const TOKEN = 'k/4+x~Q=9/ab=='
  const known = [new Secret(TOKEN)]
  test.each([
    ['as it is', TOKEN],
    ['as JSON of PHP', TOKEN.replaceAll('/', '\\/')],
    ['as JSON of .NET', TOKEN.replaceAll('+', '\\u002B')],
    ['as careful JSON', TOKEN.replace(/[/+=~]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)],
    ['in a URL', encodeURIComponent(TOKEN)],
    ['in a URL, in small letters', encodeURIComponent(TOKEN).replace(/%../g, (code) => code.toLowerCase())],
  ])('%s', (_, written) => {
    expect(redact(`{"error":"bad ${written}."}`, known)).toBe('{"error":"bad [redacted]."}')
  })
})

test('words that are no credential stay as they are', () => {
  const text = 'permission "chat" is not among those of the user (403)'
  expect(redact(text)).toBe(text)
  expect(redact('x'.repeat(31))).toBe('x'.repeat(31))
})

test('a JWT in the spellings of the wire is taken out, and a ticket that was cut off', () => {
  const encoded = Buffer.from(JWT).toString('base64url')
  for (const text of [`${JWT_PREFIX}${encoded}`, `jwt-auth.${JWT}`, `bearer.${JWT}`, `offered: ${encoded}, x`]) {
    expect(redact(text)).not.toContain(encoded.slice(10, 30))
    expect(redact(text)).not.toContain('eyJ')
  }
  expect(redact(`about ${'T'.repeat(35)}`)).toBe('about [redacted]')
})

test('nothing is left of a credential that a very long text is cut in', () => {
  for (let before = 1_150; before < 1_210; before++) {
    const text = `${'a '.repeat(before / 2)}${'T'.repeat(43)} ${'b '.repeat(100)}`
    expect(redact(text)).not.toContain('T')
  }
})

test('no text can begin a log line of its own', () => {
  expect(redact('denied\r\n2026-01-01 ERROR forged\u2028again\u0000\u001b[31m')).toBe(
    'denied 2026-01-01 ERROR forged again [31m',
  )
})

test('a long text is cut, after the credentials were taken out', () => {
  const safe = redact(`${'a '.repeat(145)}${JWT} ${'b '.repeat(1_000)}`)
  expect(safe.length).toBeLessThanOrEqual(301)
  expect(safe).toMatch(/…$/)
  expect(safe).not.toContain('eyJ')
})

test('wherever a ticket or JWT stands, nothing of it is left', () => {
  const filler = fc.string({ maxLength: 400 })
  fc.assert(
    fc.property(filler, filler, fc.constantFrom(TICKET, JWT), (before, after, secret) => {
      const safe = redact(`${before} ${secret} ${after}`)
      for (let at = 0; at + 16 <= secret.length; at++) expect(safe).not.toContain(secret.slice(at, at + 16))
    }),
    { numRuns: 500 },
  )
})

test('what was redacted stays as it is when redacted again', () => {
  const words = fc.array(fc.constantFrom(TICKET, JWT, `ticket=${TICKET}`, 'Bearer abc', 'hello', '\n'), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(words, (words) => {
      const once = redact(words.join(' '))
      expect(redact(once)).toBe(once)
    }),
  )
})

describe('a foreign error that is passed on', () => {
  test('keeps its name and its redacted words, and none of its fields', () => {
    const foreign = Object.assign(new TypeError(`fetch failed for ${JWT}`), { config: { headers: { jwt: JWT } } })
    const safe = redactedCause(foreign)
    expect(safe).toMatchObject({ name: 'TypeError', message: 'fetch failed for [jwt]' })
    expect(safe).not.toHaveProperty('config')
  })

  test('does not bring its own cause or stack along', () => {
    const safe = redactedCause(new Error('outer', { cause: new Error(JWT) }))
    expect(safe.cause).toBeUndefined()
    const stacked = new Error('x')
    stacked.stack = `Error: ${JWT}`
    expect(redactedCause(stacked).stack).not.toContain(JWT)
  })

  test.each([
    ['a text', `no ${TICKET}`, 'no [redacted]'],
    ['null', null, 'not an Error'],
    ['an object', { jwt: JWT }, 'not an Error'],
  ])('and %s that was thrown becomes one', (_what, thrown, message) => {
    expect(redactedCause(thrown)).toMatchObject({ name: 'Error', message })
  })

  test('does not smuggle a credential in its name', () => {
    const foreign = new Error('x')
    foreign.name = `Error ${JWT}`
    expect(redactedCause(foreign).name).toBe('Error')
  })
})
