// Which pages may connect: a corpus judged by hand, and origins made up from the allowed ones by every trick that a
// comparison by prefix, suffix, substring, case or parser would fall for.

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkOrigins, originCheck } from '../../../src/server/origins.ts'

const createOriginCheck = (origins: readonly string[]) => originCheck(checkOrigins('allowedOrigins', origins))

import { createUpgradeAuthenticator } from '../../../src/server/upgrade.ts'
import { arrangeTickets } from './arrange.ts'

const ALLOWED = [
  'https://app.example.com',
  'https://staging.example.com:8443',
  'http://localhost:3000',
  'http://[::1]:3000',
  'capacitor://localhost',
  'https://xn--bcher-kva.example',
]

const CORPUS: readonly [origin: string, isAllowed: boolean][] = [
  ...ALLOWED.map((origin) => [origin, true] as [string, boolean]),
  ['', false],
  ['null', false],
  ['undefined', false],
  ['*', false],
  ['https://', false],
  ['https://app', false],
  ['https://app.example', false],
  ['https://app.example.co', false],
  ['https://app.example.comm', false],
  ['https://example.com', false],
  ['https://sub.app.example.com', false],
  ['https://xapp.example.com', false],
  ['https://app-example.com', false],
  ['https://appXexample.com', false],
  ['https://app.example.com.evil.com', false],
  ['https://app.example.com-evil.com', false],
  ['https://evil.com/https://app.example.com', false],
  ['https://evil.com?https://app.example.com', false],
  ['https://evil.com#https://app.example.com', false],
  ['https://app.example.com@evil.com', false],
  ['https://evil.com\\@app.example.com', false],
  ['https://user@app.example.com', false],
  ['https://user:password@app.example.com', false],
  ['https://app.example.com/', false],
  ['https://app.example.com//', false],
  ['https://app.example.com?', false],
  ['https://app.example.com#', false],
  ['https://app.example.com.', false],
  ['https://app.example.com:443', false],
  ['https://app.example.com:80', false],
  ['https://app.example.com:', false],
  ['https://app.example.com:8443', false],
  ['http://app.example.com', false],
  ['wss://app.example.com', false],
  ['ftp://app.example.com', false],
  ['file://app.example.com', false],
  ['app.example.com', false],
  ['//app.example.com', false],
  ['https:app.example.com', false],
  ['https:/app.example.com', false],
  ['https:///app.example.com', false],
  ['https:\\\\app.example.com', false],
  ['HTTPS://app.example.com', false],
  ['https://APP.example.com', false],
  ['https://App.Example.Com', false],
  [' https://app.example.com', false],
  ['https://app.example.com ', false],
  ['\thttps://app.example.com', false],
  ['https://app.example.com\n', false],
  ['https://app.example.com\r\nX: y', false],
  ['https://app.example.com\u0000', false],
  ['https://app.example.com\u200b', false],
  ['https://app。example.com', false],
  ['https://аpp.example.com', false], // Cyrillic а
  ['https://app.example.com%00.evil.com', false],
  ['https://app%2eexample.com', false],
  ['https://app.example.com, https://app.example.com', false],
  ['https://app.example.com https://evil.com', false],
  ['https://evil.com, https://app.example.com', false],
  ['https://staging.example.com', false],
  ['https://staging.example.com:844', false],
  ['https://staging.example.com:84430', false],
  ['https://staging.example.com:08443', false],
  ['http://localhost', false],
  ['http://localhost:3001', false],
  ['https://localhost:3000', false],
  ['http://localhost.:3000', false],
  ['http://127.0.0.1:3000', false],
  ['http://[::1]', false],
  ['http://[0:0:0:0:0:0:0:1]:3000', false],
  ['http://::1:3000', false],
  ['capacitor://localhost/', false],
  ['capacitor://evil', false],
  ['ionic://localhost', false],
  ['https://bücher.example', false],
  ['https://XN--BCHER-KVA.example', false],
  ['__proto__', false],
  ['constructor', false],
  ['toString', false],
]

test('the corpus is judged as by hand', () => {
  const isAllowed = createOriginCheck(ALLOWED)
  expect(CORPUS.length).toBeGreaterThan(60)
  expect(CORPUS.filter(([origin, verdict]) => isAllowed(origin) !== verdict)).toEqual([])
})

test('no bad origin of the corpus costs a question to the store or the verifier', async () => {
  const { clock, watch, tickets } = arrangeTickets()
  const { ticket_id } = await tickets.generate({ userId: 'alice' })
  const asked: string[] = []
  const verifyToken = (jwt: string) => {
    asked.push(jwt)
    return null
  }
  const authenticate = createUpgradeAuthenticator({
    tickets,
    verifyToken,
    allowedOrigins: ALLOWED,
    clock,
    limit: false,
  })
  watch.calls.length = 0
  for (const [origin, isAllowed] of CORPUS) {
    if (isAllowed) continue
    const request = { origin, protocols: ['ticket-socket.v1'], authorization: null }
    const refusal = { kind: 'refused', code: 4403, reason: 'origin' }
    expect(await authenticate({ ...request, url: `/ws?ticket=${ticket_id}` }), origin).toMatchObject(refusal)
    expect(await authenticate({ ...request, url: '/ws', authorization: 'Bearer a' }), origin).toMatchObject(refusal)
  }
  expect([watch.calls, asked]).toEqual([[], []])
})

describe('origins that are made up', () => {
  const RUNS = 50_000
  const allowed = fc.constantFrom(...ALLOWED)
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '.',
      '/',
      ':',
      '@',
      '#',
      '?',
      '%',
      '\\',
      ' ',
      ',',
      '\u0000',
      '.evil.com',
      'evil.com/',
      'null',
      ':443',
      ':80',
    ),
  )
  const changed = fc.tuple(allowed, fc.nat(), fc.nat({ max: 3 }), piece).map(([origin, at, length, put]) => {
    const from = at % (origin.length + 1)
    return origin.slice(0, from) + put + origin.slice(from + length)
  })
  const madeUp = fc.oneof(
    changed,
    allowed.map((origin) => origin.toUpperCase()),
    fc.tuple(allowed, allowed).map(([a, b]) => a + b),
    fc.webUrl(),
    fc.webUrl().map((url) => new URL(url).origin),
    fc.domain().map((domain) => `https://${domain}`),
    fc.domain().map((domain) => `https://app.example.com.${domain}`),
    fc.string({ unit: 'binary' }),
  )

  test(`are let in when they are on the list, character by character, and never else (${RUNS} of them)`, () => {
    const isAllowed = createOriginCheck(ALLOWED)
    let accepted = 0
    void fc.assert(
      fc.property(madeUp, (origin) => {
        if (!isAllowed(origin)) return
        accepted++
        expect(ALLOWED).toContain(origin)
      }),
      { numRuns: RUNS },
    )
    // Some changes change nothing; a check that refuses everything would prove nothing.
    expect(accepted).toBeGreaterThan(0)
  })

  test('are refused as entries of a list, or are let in as they stand there: nothing is normalised', () => {
    void fc.assert(
      fc.property(madeUp, (origin) => {
        let isAllowed: (origin: string) => boolean
        try {
          isAllowed = createOriginCheck([origin])
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          return
        }
        expect(isAllowed(origin)).toBe(true)
        expect([isAllowed(`${origin}/`), isAllowed(origin.toUpperCase()), isAllowed('null')]).toEqual(
          Array(3).fill(false),
        )
      }),
      { numRuns: 5_000 },
    )
  })
})
