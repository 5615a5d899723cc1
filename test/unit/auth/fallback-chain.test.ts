import { describe, expect, test } from 'vitest'
import { mayStepDown, methodsFor } from '../../../src/auth/fallback-chain.ts'
import { CLEAN_RECORD, type TicketRecord } from '../../../src/auth/ticket-record.ts'
import { ERROR_CODES } from '../../../src/contract/errors.ts'
import type { AuthMethod } from '../../../src/contract/wire.ts'

const CHAINS: AuthMethod[][] = [['ticket', 'jwt', 'none'], ['ticket', 'jwt'], ['ticket'], ['jwt']]
const RECORDS: Record<string, TicketRecord> = {
  clean: CLEAN_RECORD,
  'two failures': { ...CLEAN_RECORD, failures: 2 },
  reverted: { ...CLEAN_RECORD, failures: 3, reverted: true },
  'asked to wait': { ...CLEAN_RECORD, notBefore: 10 },
  'three dials lost': { ...CLEAN_RECORD, dialsLost: 3 },
  'one fresh ticket refused': { ...CLEAN_RECORD, refusedInARow: 1, refusedAt: 1 },
  'two fresh tickets refused': { ...CLEAN_RECORD, refusedInARow: 2, refusedAt: 1 },
}

describe('methodsFor: every situation', () => {
  const situations = Object.keys(RECORDS).flatMap((record) =>
    CHAINS.flatMap((chain) =>
      [true, false].flatMap((ticketAuth) => [true, false].map((hasToken) => ({ record, chain, ticketAuth, hasToken }))),
    ),
  )

  test.each(situations)('record $record, chain $chain, flag $ticketAuth, token $hasToken', (situation) => {
    const record = RECORDS[situation.record] as TicketRecord
    const methods = methodsFor({ ...situation, record, now: 5 })
    const isStrict = !situation.chain.includes('jwt')
    const ticketsStandBack =
      situation.record === 'reverted' ||
      situation.record === 'asked to wait' ||
      (['three dials lost', 'two fresh tickets refused'].includes(situation.record) && !isStrict)

    const expected: AuthMethod[] = []
    if (situation.chain.includes('ticket') && situation.ticketAuth && situation.hasToken && !ticketsStandBack) {
      expected.push('ticket')
    }
    if (situation.chain.includes('jwt') && situation.hasToken) expected.push('jwt')
    if (situation.chain.includes('none') && !situation.hasToken) expected.push('none')
    expect(methods).toEqual(expected)
  })
})

test('a ticket may be asked for again once the wait that the backend asked for is over', () => {
  const record = { ...CLEAN_RECORD, notBefore: 10 }
  const methods = methodsFor({ record, ticketAuth: true, hasToken: true, chain: ['ticket', 'jwt'], now: 10 })
  expect(methods).toEqual(['ticket', 'jwt'])
})

test('a refused JWT, a cancelled attempt and a failing token callback never step down; the rest does', () => {
  const stays = ERROR_CODES.filter((code) => !mayStepDown(code, false))
  expect(stays.sort()).toEqual(['aborted', 'signed_out', 'token_callback_failed', 'unauthenticated'])
})

test('a refused permission steps down only when the app did not ask for permissions', () => {
  expect(mayStepDown('forbidden', false)).toBe(true)
  expect(mayStepDown('forbidden', true)).toBe(false)
})
