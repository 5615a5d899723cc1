import { describe, expect, test } from 'vitest'
import { CLOSE, verdictOf } from '../../../src/contract/close-codes.ts'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import { type Connection, IDLE } from '../../../src/socket/connection.ts'
import { gaveUp, lost } from '../../../src/socket/connection-errors.ts'
import { transition } from '../../../src/socket/lifecycle.ts'
import { policy } from '../../support/explore-lifecycle.ts'

test('retries_exhausted names the code of the last error, and keeps it as the cause', () => {
  const cause = new TicketSocketError('server_unavailable', 'The ticket endpoint answered 503. Try again later.')
  const error = gaveUp(3, cause)
  expect(error).toMatchObject({ code: 'retries_exhausted', cause })
  expect(error.message).toBe(
    'Gave up after 3 retries. The last error was server_unavailable: The ticket endpoint answered 503. ' +
      'Call connect() to try again.',
  )
})

test.each(['ticket_rejected', 'jwt_rejected', 'connection_lost', 'heartbeat_lost', 'timeout', 'going_away'] as const)(
  'retries_exhausted after %s promises no further attempt',
  (code) => {
    const { message, cause } = gaveUp(1, lost(code))
    const promise = /next attempt|again.*again|[Rr]econnect|renewed|asked for/
    expect(message).not.toMatch(promise)
    expect(cause).toMatchObject({ code, message: expect.not.stringMatching(promise) })
  },
)

test('retries_exhausted shows no credential of the last error', () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${'x'.repeat(40)}.${'y'.repeat(43)}`
  const cause = new TicketSocketError('network', `No answer from https://api.example.com/?token=${jwt} in time`)
  expect(gaveUp(0, cause).message).not.toContain('eyJ')
})

describe('the words of an error', () => {
  const open: Connection = {
    ...IDLE,
    phase: 'open',
    id: 1,
    method: 'ticket',
    negotiated: true,
    accepted: true,
    settleAt: null,
    renewal: { kind: 'none' },
    takesJwt: false,
    leaveAt: null,
    lastId: 1,
  }
  const states: Connection[] = (['ticket', 'jwt', 'none'] as const).flatMap((method) => [
    { ...open, method },
    { ...open, method, settleAt: 5_000 },
    { ...open, method, accepted: false, negotiated: false, settleAt: 5_000 },
    { ...open, method, settleAt: 5_000, failures: { ...open.failures, sessions: 2 } },
  ])
  const codes = [...Object.values(CLOSE), 1002, 1005, 1014, 3000, 4001, 4003, 4444, 4550, 4999]

  /** What follows each close, in each state, online and offline. */
  const ends = states.flatMap((state) =>
    codes.flatMap((code) =>
      [true, false].flatMap((online) => {
        const negotiated = 'negotiated' in state && state.negotiated
        const verdict = verdictOf({ code, reason: '', unaccepted: false, negotiated: negotiated })
        const closeDetails = { code, reason: '', wasClean: true }
        const event = { type: 'closed', id: 1, verdict, closeDetails } as const
        const after = transition(state, event, { now: 1, random: 0.5, online }, policy)
        return 'cause' in after ? [{ code, after }] : []
      }),
    ),
  )

  test('hold the close code, after the fact', () => {
    expect(ends.length).toBeGreaterThan(500)
    for (const { code, after } of ends)
      expect(after.cause.message).toMatch(new RegExp(`^[A-Z][^.]*\\(${code}\\)[^.]*\\. [A-Z]`))
  })

  test('say what to do, and that is true in the state: no call while it reconnects, no promise once it gave up', () => {
    for (const { after } of ends) {
      if (after.phase === 'failed') {
        expect(after.cause.message).toMatch(/connect\(\)|sign in|Check the URL/)
        expect(after.cause.message).not.toMatch(/automatically/)
      } else {
        expect(after.cause.message).toMatch(/reconnects automatically|If this repeats/)
        expect(after.cause.message).not.toMatch(/call connect\(\)/i)
      }
    }
  })

  test('promise no method for the next attempt: whether tickets are used by then is decided elsewhere', () => {
    for (const { after } of ends) expect(after.cause.message).not.toMatch(/\bfresh\b|new ticket|with the JWT|newer one/)
  })
})
