import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CLOSE,
  CLOSE_REASONS,
  type CloseVerdict,
  classify,
  closeReason,
  verdictOf,
} from '../../../src/contract/close-codes.ts'
import { ERROR_CODES } from '../../../src/contract/errors.ts'

const LONG_OPEN_MS = 60_000
const bytes = (text: string) => new TextEncoder().encode(text).length
const lost = (pace: 'backoff' | 'spread' | 'now', code = 'connection_lost') => ({ kind: 'reconnect', pace, code })
const stop = (code: string) => ({ kind: 'stop', code })

const TABLE: [code: number, verdict: object][] = [
  [1000, { kind: 'done' }],
  [1001, lost('spread')],
  [1002, stop('protocol')],
  [1003, stop('protocol')],
  [1005, lost('backoff')],
  [1006, lost('backoff')],
  [1007, stop('protocol')],
  [1008, stop('policy')],
  [1009, lost('backoff', 'message_too_large')],
  [1010, stop('protocol')],
  [1011, lost('backoff')],
  [1012, lost('spread')],
  [1013, lost('backoff')],
  [1014, lost('backoff')],
  [1015, lost('backoff')],
  [4400, stop('protocol')],
  [4401, { kind: 'refused' }],
  [4403, stop('permission_denied')],
  [4406, stop('protocol')],
  [4408, lost('backoff', 'heartbeat_lost')],
  [4409, stop('replaced')],
  [4410, stop('revoked')],
  [4411, lost('now', 'session_expired')],
  [4429, lost('backoff', 'too_many')],
  [4500, lost('backoff')],
  [4503, lost('backoff', 'server_unavailable')],
  [4508, lost('backoff')],
  [4512, lost('spread')],
]

describe('PR-60: what a close code means', () => {
  test.each(TABLE)('%i', (code, verdict) => {
    expect(classify(code, '', LONG_OPEN_MS)).toEqual(verdict)
  })

  test('every code that has a name is in that table', () => {
    expect(TABLE.map(([code]) => code)).toEqual(expect.arrayContaining(Object.values(CLOSE)))
  })
})

describe('PR-61: codes that nobody has named', () => {
  const named = new Set<number>(Object.values(CLOSE))
  const unnamed = (min: number, max: number) => fc.integer({ min, max }).filter((code) => !named.has(code))
  const kindOf = (code: number) => classify(code, '', LONG_OPEN_MS).kind

  test('a 44xx stops: the mistake is this client’s', () => {
    fc.assert(fc.property(unnamed(4400, 4499), (code) => kindOf(code) === 'stop'))
  })

  test('a 44xx is the app’s own where the protocol was not negotiated: an error that says so', () => {
    const closing = { reason: '', unaccepted: false }
    fc.assert(
      fc.property(unnamed(4400, 4499), (code) => {
        expect(verdictOf({ ...closing, code, negotiated: false })).toEqual(stop('closed_by_server'))
        expect(verdictOf({ ...closing, code, negotiated: true })).toEqual(stop('protocol'))
      }),
    )
  })

  test('a 45xx reconnects: the mistake is the server’s', () => {
    fc.assert(fc.property(unnamed(4500, 4599), (code) => kindOf(code) === 'reconnect'))
  })

  test('any other reconnects, backed off', () => {
    const others = fc.oneof(unnamed(1016, 1999), unnamed(3000, 3999), unnamed(4000, 4399), unnamed(4600, 4999))
    fc.assert(
      fc.property(others, (code) => {
        expect(classify(code, '', LONG_OPEN_MS)).toEqual(lost('backoff'))
      }),
    )
  })
})

describe('PR-64: a policy close (1008)', () => {
  test.each([0, 1, 4_999, 5_000])('%i ms after opening is a refused credential', (openForMs) => {
    expect(classify(1008, 'whatever it says', openForMs)).toEqual({ kind: 'refused' })
  })

  test.each([5_001, LONG_OPEN_MS])('%i ms after opening is the server’s policy, and final', (openForMs) => {
    expect(classify(1008, '', openForMs)).toEqual(stop('policy'))
  })

  test('before the socket opened it is final: no credential was looked at', () => {
    expect(classify(1008, '', null)).toEqual(stop('policy'))
  })
})

describe('PR-63: the words of a reason', () => {
  test('unauthenticated, with 4401, stops: there was no credential to renew', () => {
    expect(classify(4401, 'unauthenticated', 10)).toEqual(stop('unauthenticated'))
  })

  test.each(['ticket_invalid', 'jwt_invalid', 'jwt_expired', '', 'please log in'])(
    '%j, with 4401, says nothing more than the code',
    (reason) => {
      expect(classify(4401, reason, 10)).toEqual({ kind: 'refused' })
    },
  )

  test('never change what any other code means', () => {
    const code = fc.integer({ min: 1000, max: 4999 }).filter((code) => code !== 4401)
    const reason = fc.oneof(fc.constantFrom(...CLOSE_REASONS), fc.string({ maxLength: 60 }))
    const withoutHint = (verdict: CloseVerdict) => ({ ...verdict, retryAfterMs: undefined })
    fc.assert(
      fc.property(code, reason, (code, reason) => {
        const openForMs = LONG_OPEN_MS
        expect(withoutHint(classify(code, reason, openForMs))).toEqual(withoutHint(classify(code, '', openForMs)))
      }),
    )
  })
})

describe('PR-62: the hint in a reason', () => {
  const hint = (reason: string, code: number = CLOSE.tooMany) => {
    const verdict = classify(code, reason, LONG_OPEN_MS)
    return verdict.kind === 'reconnect' ? verdict.retryAfterMs : verdict.kind
  }

  test('what the server writes is what the client reads, with each code that reconnects', () => {
    const code = fc.constantFrom(
      CLOSE.serviceRestart,
      CLOSE.restart,
      CLOSE.tryAgainLater,
      CLOSE.tooMany,
      CLOSE.unavailable,
    )
    const ms = fc.integer({ min: 0, max: 300_000 })
    fc.assert(
      fc.property(code, fc.constantFrom(...CLOSE_REASONS), ms, (code, reason, ms) => {
        expect(hint(closeReason(reason, ms), code)).toBe(ms)
      }),
    )
  })

  test.each([
    ['retry_after_ms=1500', 1_500],
    ['restart;retry_after_ms=0', 0],
    ['restart;retry_after_ms=300000', 300_000],
    ['restart;retry_after_ms=300001', 300_000],
    ['restart;retry_after_ms=999999999', 300_000],
    ['restart;retry_after_ms=10;more=1', 10],
  ])('%s is %i ms, five minutes at most', (reason, ms) => {
    expect(hint(reason)).toBe(ms)
  })

  test.each([
    '',
    'restart',
    'retry_after_ms',
    'retry_after_ms=',
    'retry_after_ms=-1',
    'retry_after_ms=1.5',
    'retry_after_ms=1e9',
    'retry_after_ms=NaN',
    'retry_after_ms=Infinity',
    'retry_after_ms=0x10',
    'retry_after_ms= 10',
    'no_retry_after_ms=10',
    'restart retry_after_ms=10',
  ])('%j holds none', (reason) => {
    expect(hint(reason)).toBeUndefined()
  })

  test('a hint beyond five minutes is taken for five minutes, and is never written', () => {
    expect(hint('retry_after_ms=9999999999')).toBe(300_000)
    expect(closeReason('restart', 9_999_999_999)).toBe('restart;retry_after_ms=300000')
    expect(closeReason('restart', Number.POSITIVE_INFINITY)).toBe('restart;retry_after_ms=300000')
    expect(closeReason('restart', Number.NaN)).toBe('restart')
  })

  test('a code that stops is not made to reconnect by a hint', () => {
    expect(hint('permission;retry_after_ms=10', CLOSE.forbidden)).toBe('stop')
    expect(hint('done;retry_after_ms=10', CLOSE.done)).toBe('done')
  })

  test('a negative or broken wait is written as one that can be read', () => {
    expect(closeReason('restart', -5)).toBe('restart;retry_after_ms=0')
    expect(closeReason('restart', 12.6)).toBe('restart;retry_after_ms=13')
    expect(closeReason('restart')).toBe('restart')
  })

  test('every reason fits a close frame, whatever the wait', () => {
    const sizes = CLOSE_REASONS.flatMap((reason) => [reason, closeReason(reason, Number.MAX_VALUE)]).map(bytes)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(123)
    const anyWait = fc.oneof(fc.double(), fc.maxSafeInteger())
    fc.assert(
      fc.property(fc.constantFrom(...CLOSE_REASONS), anyWait, (reason, ms) => bytes(closeReason(reason, ms)) <= 123),
    )
  })

  test('no reason has a character by which it could be taken apart wrongly', () => {
    for (const reason of CLOSE_REASONS) expect(reason).toMatch(/^[a-z_]+$/)
  })
})

test('whatever a server closes with, there is a verdict, and its error is one of the closed list', () => {
  const openForMs = fc.oneof(fc.constant(null), fc.nat({ max: 100_000 }))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), fc.string(), openForMs, (code, reason, openForMs) => {
      const verdict = classify(code, reason, openForMs)
      if (verdict.kind === 'reconnect' || verdict.kind === 'stop') expect(ERROR_CODES).toContain(verdict.code)
      else expect(['done', 'refused']).toContain(verdict.kind)
    }),
    { numRuns: 2_000 },
  )
})
