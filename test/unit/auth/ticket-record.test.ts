import { describe, expect, test } from 'vitest'
import { CLEAN_RECORD, recordAfter, type TicketEvent, type TicketRecord } from '../../../src/auth/ticket-record.ts'

const POLICY = { maxTicketFailures: 3, jwtReplaces: true }
const STRICT = { ...POLICY, jwtReplaces: false }

type Refusal = Omit<TicketEvent & { type: 'ticket_refused' }, 'type' | 'counted'>

/** A ticket that was requested for its attempt, and refused after it was dialled with. */
const fresh = (requestedAt: number, now = requestedAt + 1): Refusal => ({
  fresh: true,
  requestedAt,
  now,
  onItsOwn: false,
})
const kept = (requestedAt: number, now: number): Refusal => ({ ...fresh(requestedAt, now), fresh: false })

const afterRefusals = (refusals: Refusal[], policy = POLICY, from: TicketRecord = CLEAN_RECORD) =>
  refusals.reduce(
    (record, refusal) => recordAfter(record, { type: 'ticket_refused', counted: record.counted, ...refusal }, policy),
    from,
  )

describe('PR-83: fresh tickets that are refused, where the JWT can stand in', () => {
  const twice = afterRefusals([fresh(10), fresh(20)])

  test('count nothing by themselves, however many there are', () => {
    const often = afterRefusals([10, 20, 30, 40, 50].map((at) => fresh(at)))
    expect(often).toMatchObject({ failures: 0, reverted: false })
  })

  test('count once together, when the JWT connection after them is accepted', () => {
    expect(twice.refusedInARow).toBe(2)
    const after = recordAfter(twice, { type: 'jwt_accepted', counted: 0 }, POLICY)
    expect(after).toMatchObject({ failures: 1, refusedInARow: 0 })
    expect(recordAfter(after, { type: 'jwt_accepted', counted: 0 }, POLICY).failures).toBe(1)
  })

  test('count nothing when the JWT is refused as well, and are counted from zero again', () => {
    expect(recordAfter(twice, { type: 'jwt_refused' }, POLICY)).toMatchObject({ failures: 0, refusedInARow: 0 })
  })

  test('are forgotten by a ticket that is accepted', () => {
    const after = recordAfter(twice, { type: 'ticket_accepted' }, POLICY)
    expect(after).toMatchObject({ refusedInARow: 0, refusedAt: null })
  })

  test('revert by the third sequence, not by the third ticket', () => {
    let record: TicketRecord = CLEAN_RECORD
    for (const sequence of [1, 2, 3]) {
      record = afterRefusals([fresh(100 * sequence), fresh(100 * sequence + 10)], POLICY, record)
      record = recordAfter(record, { type: 'jwt_accepted', counted: record.counted }, POLICY)
      expect(record).toMatchObject({ failures: sequence, reverted: sequence === 3 })
    }
  })

  test('of three sockets, refused beside each other, are one: each gets a new ticket', () => {
    const together = afterRefusals([fresh(10, 21), fresh(10, 22), fresh(11, 23)])
    expect(together.refusedInARow).toBe(1)
    expect(afterRefusals([fresh(21)], POLICY, together).refusedInARow).toBe(2)
  })

  test('do not begin with one that had lain here, which may only have grown old; the next one is fresh', () => {
    expect(afterRefusals([kept(10, 1_000)]).refusedInARow).toBe(0)
    expect(afterRefusals([kept(10, 1_000), kept(1_000, 1_010)]).refusedInARow).toBe(1)
  })
})

test.each([
  ['the JWT cannot stand in', STRICT, false],
  ['a renewal is refused, after which no JWT is dialled', POLICY, true],
])('PR-83: where %s, a refused fresh ticket counts at once', (_name, policy, onItsOwn) => {
  let record: TicketRecord = CLEAN_RECORD
  for (const failures of [1, 2, 3]) {
    record = afterRefusals([{ ...fresh(100 * failures), onItsOwn }], policy, record)
    expect(record).toMatchObject({ failures, refusedInARow: 0, reverted: failures === 3 })
  }
  expect(recordAfter(record, { type: 'ticket_accepted' }, policy).reverted).toBe(true)
  expect(afterRefusals([{ ...kept(10, 1_000), onItsOwn }], policy).failures).toBe(0)
})

describe('what counts toward the bound', () => {
  test('a failed acquisition counts only once a JWT connection was accepted instead', () => {
    const failed = recordAfter(CLEAN_RECORD, { type: 'acquisition_failed', code: 'server_unavailable' }, POLICY)
    expect(failed.failures).toBe(0)
    expect(
      recordAfter(failed, { type: 'jwt_accepted_instead', code: 'server_unavailable', counted: 0 }, POLICY).failures,
    ).toBe(1)
  })

  test.each(['rate_limited', 'unauthenticated', 'aborted', 'signed_out', 'token_callback_failed'] as const)(
    '%s never counts, whatever was accepted afterwards',
    (code) => {
      expect(recordAfter(CLEAN_RECORD, { type: 'jwt_accepted_instead', code, counted: 0 }, POLICY).failures).toBe(0)
      expect(recordAfter(CLEAN_RECORD, { type: 'answered_without_ticket', code, counted: 0 }, POLICY).failures).toBe(0)
    },
  )

  test('lost dials are no evidence by themselves', () => {
    let record = CLEAN_RECORD
    for (let i = 0; i < 100; i++) record = recordAfter(record, { type: 'dial_lost' }, POLICY)
    expect(record).toMatchObject({ failures: 0, reverted: false })
  })

  test('three lost dials count once a JWT is accepted instead', () => {
    const lost = { ...CLEAN_RECORD, dialsLost: 3, failures: 1 }
    expect(recordAfter(lost, { type: 'jwt_accepted_after_lost_dials', counted: 0 }, POLICY)).toMatchObject({
      failures: 2,
      dialsLost: 0,
    })
  })

  test('but not once a ticket has worked, nor when the JWT is lost as well: then it was the network', () => {
    const lost = { ...CLEAN_RECORD, dialsLost: 3, failures: 1 }
    const worked = { ...lost, haveWorked: true }
    expect(recordAfter(worked, { type: 'jwt_accepted_after_lost_dials', counted: 0 }, POLICY)).toMatchObject({
      failures: 1,
      dialsLost: 0,
    })
    expect(recordAfter(lost, { type: 'jwt_dial_lost' }, POLICY)).toMatchObject({ failures: 1, dialsLost: 0 })
  })

  test('an accepted ticket forgets the failures before it', () => {
    const twice = { ...CLEAN_RECORD, failures: 2, dialsLost: 2 }
    expect(recordAfter(twice, { type: 'ticket_accepted' }, POLICY)).toMatchObject({
      failures: 0,
      dialsLost: 0,
      haveWorked: true,
    })
  })

  test('a backend without ticket endpoints reverts at once', () => {
    expect(
      recordAfter(CLEAN_RECORD, { type: 'acquisition_failed', code: 'tickets_unsupported' }, POLICY).reverted,
    ).toBe(true)
  })

  test('a wait that the backend asked for is never shortened by a later, shorter one', () => {
    const long = recordAfter(CLEAN_RECORD, { type: 'asked_to_wait', notBefore: 90 }, POLICY)
    const short = recordAfter(long, { type: 'asked_to_wait', notBefore: 20 }, POLICY)
    expect(short.notBefore).toBe(90)
  })
})
