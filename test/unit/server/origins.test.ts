// Which pages may connect: a corpus judged by hand, and origins made up from the allowed ones by every trick that a
// comparison by prefix, suffix, substring, case or parser would fall for.

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkOrigins, originCheck } from '../../../src/server/origins.ts'

const createOriginCheck = (origins: readonly string[]) => originCheck(checkOrigins('allowedOrigins', origins))

import { createUpgradeAuthenticator } from '../../../src/server/upgrade.ts'
import { ALLOWED, CORPUS } from '../../adversary/origins.ts'
import { arrangeTickets } from './arrange.ts'

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

  test(`are allowed when they are on the list, character by character, and never otherwise (${RUNS} of them)`, () => {
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

  test('are refused as entries of a list, or are allowed exactly as written: nothing is normalised', () => {
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
