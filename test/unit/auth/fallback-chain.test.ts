import { describe, expect, test } from 'vitest'
import {
  CLEAN_RECORD,
  mayStepDown,
  methodsFor,
  recordAfter,
  type TicketRecord,
} from '../../../src/auth/fallback-chain.ts'
import { ERROR_CODES } from '../../../src/contract/errors.ts'
import type { AuthMethod } from '../../../src/contract/wire.ts'

const CHAINS: AuthMethod[][] = [['ticket', 'jwt', 'none'], ['ticket', 'jwt'], ['ticket'], ['jwt']]
const RECORDS: Record<string, TicketRecord> = {
  clean: CLEAN_RECORD,
  'two failures': { ...CLEAN_RECORD, failures: 2 },
  reverted: { ...CLEAN_RECORD, failures: 3, reverted: true },
  'asked to wait': { ...CLEAN_RECORD, notBefore: 10 },
  'three dials lost': { ...CLEAN_RECORD, dialsLost: 3 },
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
      (situation.record === 'three dials lost' && !isStrict)

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

describe('what counts toward the bound', () => {
  test('a fresh ticket that was refused counts; the third reverts for good', () => {
    let record = CLEAN_RECORD
    for (const failures of [1, 2, 3]) {
      record = recordAfter(record, { type: 'fresh_ticket_refused', counted: record.counted }, 3)
      expect(record).toMatchObject({ failures, reverted: failures === 3 })
    }
    expect(recordAfter(record, { type: 'ticket_accepted' }, 3).reverted).toBe(true)
  })

  test('a failed acquisition counts only once a JWT connection was accepted instead', () => {
    const failed = recordAfter(CLEAN_RECORD, { type: 'acquisition_failed', code: 'server_unavailable' }, 3)
    expect(failed.failures).toBe(0)
    expect(
      recordAfter(failed, { type: 'jwt_accepted_instead', code: 'server_unavailable', counted: 0 }, 3).failures,
    ).toBe(1)
  })

  test.each(['rate_limited', 'unauthenticated', 'aborted', 'signed_out', 'token_callback_failed'] as const)(
    '%s never counts, whatever was accepted afterwards',
    (code) => {
      expect(recordAfter(CLEAN_RECORD, { type: 'jwt_accepted_instead', code, counted: 0 }, 3).failures).toBe(0)
      expect(recordAfter(CLEAN_RECORD, { type: 'answered_without_ticket', code, counted: 0 }, 3).failures).toBe(0)
    },
  )

  test('lost dials are no evidence by themselves', () => {
    let record = CLEAN_RECORD
    for (let i = 0; i < 100; i++) record = recordAfter(record, { type: 'dial_lost' }, 3)
    expect(record).toMatchObject({ failures: 0, reverted: false })
  })

  test('three lost dials count once a JWT is accepted instead', () => {
    const lost = { ...CLEAN_RECORD, dialsLost: 3, failures: 1 }
    expect(recordAfter(lost, { type: 'jwt_accepted_after_lost_dials', counted: 0 }, 3)).toMatchObject({
      failures: 2,
      dialsLost: 0,
    })
  })

  test('but not once a ticket has worked, nor when the JWT is lost as well: then it was the network', () => {
    const lost = { ...CLEAN_RECORD, dialsLost: 3, failures: 1 }
    const worked = { ...lost, haveWorked: true }
    expect(recordAfter(worked, { type: 'jwt_accepted_after_lost_dials', counted: 0 }, 3)).toMatchObject({
      failures: 1,
      dialsLost: 0,
    })
    expect(recordAfter(lost, { type: 'jwt_dial_lost' }, 3)).toMatchObject({ failures: 1, dialsLost: 0 })
  })

  test('an accepted ticket forgets the failures before it', () => {
    const twice = { ...CLEAN_RECORD, failures: 2, dialsLost: 2 }
    expect(recordAfter(twice, { type: 'ticket_accepted' }, 3)).toMatchObject({
      failures: 0,
      dialsLost: 0,
      haveWorked: true,
    })
  })

  test('a backend without ticket endpoints reverts at once', () => {
    expect(recordAfter(CLEAN_RECORD, { type: 'acquisition_failed', code: 'tickets_unsupported' }, 3).reverted).toBe(
      true,
    )
  })

  test('a wait that the backend asked for is never shortened by a later, shorter one', () => {
    const long = recordAfter(CLEAN_RECORD, { type: 'asked_to_wait', notBefore: 90 }, 3)
    const short = recordAfter(long, { type: 'asked_to_wait', notBefore: 20 }, 3)
    expect(short.notBefore).toBe(90)
  })
})

test('a refused JWT, a cancelled attempt and a failing token callback never step down; the rest does', () => {
  const stays = ERROR_CODES.filter((code) => !mayStepDown(code, false))
  expect(stays.sort()).toEqual(['aborted', 'signed_out', 'token_callback_failed', 'unauthenticated'])
})

test('a refused permission steps down only when the app did not ask for permissions', () => {
  expect(mayStepDown('forbidden', false)).toBe(true)
  expect(mayStepDown('forbidden', true)).toBe(false)
})
