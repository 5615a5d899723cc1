import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { CLOSE } from '../../../src/contract/close-codes.ts'
import { closeCodesOf } from '../../../src/socket/close-codes-option.ts'
import { type CloseCodes, type ClosedConnection, judgeBy, type Stage } from '../../../src/socket/judge-close.ts'

interface Given {
  code: number
  reason?: string
  stage?: Stage
  negotiated?: boolean
}

function judged(
  closeCodes: CloseCodes | undefined,
  { code, reason = '', stage = 'accepted', negotiated = false }: Given,
) {
  const closeDetails = { code, reason, wasClean: true }
  return judgeBy(
    closeCodesOf('closeCodes', closeCodes),
    () => 2,
  )({ reason, closeDetails, stage, negotiated, method: 'jwt' })
}

const backoff = (code = 'connection_lost') => ({ kind: 'reconnect', pace: 'backoff', code })
const stopped = { kind: 'stop', code: 'closed_by_server' }

describe('without the option', () => {
  test('PR-61: an app’s own 44xx stops with an error of its own where the protocol was not negotiated', () => {
    expect(judged(undefined, { code: 4444 })).toEqual(stopped)
    expect(judged(undefined, { code: 4444, negotiated: true })).toEqual({ kind: 'stop', code: 'protocol' })
  })

  test('PR-60: the codes with a name mean the same on every server', () => {
    expect(judged(undefined, { code: 4401 })).toEqual({ kind: 'refused' })
    expect(judged(undefined, { code: 4403 })).toEqual({ kind: 'stop', code: 'permission_denied' })
    expect(judged(undefined, { code: 4429 })).toEqual(backoff('too_many'))
  })

  test('PR-64: 1008 is a refusal until the server has accepted the credential, however late', () => {
    expect(judged(undefined, { code: 1008, stage: 'unaccepted' })).toEqual({ kind: 'refused' })
    expect(judged(undefined, { code: 1008 })).toEqual({ kind: 'stop', code: 'policy' })
    expect(judged(undefined, { code: 1008, stage: 'opening' })).toEqual({ kind: 'stop', code: 'policy' })
  })
})

describe('PR-69: the app says what a code means', () => {
  test.each([1008, 1009, 1011, 1013, 3000, 3999, 4000, 4001, 4003, 4399, 4600, 4999])(
    '%i by a map, whatever was negotiated',
    (code) => {
      for (const negotiated of [true, false]) {
        expect(judged({ [code]: 'refused' }, { code, negotiated })).toEqual({ kind: 'refused' })
        expect(judged({ [code]: 'stop' }, { code, negotiated })).toEqual(stopped)
        expect(judged({ [code]: 'reconnect' }, { code, negotiated })).toMatchObject({
          kind: 'reconnect',
          pace: 'backoff',
        })
      }
    },
  )

  test.each([4400, 4401, 4403, 4410, 4444, 4500, 4503, 4599])(
    '%i only where the protocol was not negotiated: there it is the protocol’s own',
    (code) => {
      const meaning = code === 4401 ? 'stop' : 'refused'
      expect(judged({ [code]: meaning }, { code })).toEqual(meaning === 'stop' ? stopped : { kind: 'refused' })
      expect(judged({ [code]: meaning }, { code, negotiated: true })).toEqual(
        judged(undefined, { code, negotiated: true }),
      )
    },
  )

  test('PR-67: a function is not asked about 1006, nor about any other code of the protocol', () => {
    const decide = vi.fn(() => 'refused' as const)
    for (const code of [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1010, 1012, 1014, 1015, 2000, 5000]) {
      expect(judged(decide, { code })).toEqual(judged(undefined, { code }))
    }
    for (const code of Object.values(CLOSE).filter((code) => code >= 4400)) judged(decide, { code, negotiated: true })
    expect(decide).not.toHaveBeenCalled()
  })

  test('a function sees how the connection was closed, and how far it had come', () => {
    const seen: ClosedConnection[] = []
    const decide = (closed: ClosedConnection) => {
      seen.push(closed)
      return undefined
    }
    judged(decide, { code: 4001, reason: 'kicked', stage: 'unaccepted' })
    judged(decide, { code: 4001 })
    const closed = { code: 4001, wasClean: true, method: 'jwt', consecutiveLosses: 2 }
    expect(seen).toEqual([
      { ...closed, reason: 'kicked', accepted: false },
      { ...closed, reason: '', accepted: true },
    ])
  })

  test('any other answer of a function means the default, and so does a function that throws, which is reported', () => {
    const answers: unknown[] = [undefined, null, '', 'ignore', true, 1, {}, Promise.resolve('refused')]
    for (const answer of answers) expect(judged((() => answer) as never, { code: 4001 })).toEqual(backoff())
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const mistake = new Error('a mistake of the app')
    const throwing = () => {
      throw mistake
    }
    expect(judged(throwing, { code: 4001 })).toEqual(backoff())
    expect(reported).toHaveBeenCalledWith(mistake)
    reported.mockRestore()
  })

  test('PR-62: the wait that the server names is kept', () => {
    expect(judged({ 4001: 'reconnect' }, { code: 4001, reason: 'busy;retry_after_ms=9000' })).toEqual({
      ...backoff(),
      retryAfterMs: 9_000,
    })
    expect(judged({ 1008: 'reconnect' }, { code: 1008, reason: 'retry_after_ms=10' })).toEqual({
      ...backoff(),
      retryAfterMs: 10,
    })
  })

  test('the object is read when the socket is made, by its own names; what is undefined is left out', () => {
    const closeCodes: Record<number, 'stop' | undefined> = Object.create({ 4002: 'stop' })
    closeCodes[4001] = 'stop'
    closeCodes[4003] = undefined
    const decide = closeCodesOf('closeCodes', closeCodes)
    closeCodes[4004] = 'stop'
    const meaning = (code: number) => decide({ code } as ClosedConnection)
    expect([4001, 4002, 4003, 4004].map(meaning)).toEqual(['stop', undefined, undefined, undefined])
  })

  test('PR-67: an object that names a code which cannot be mapped is a mistake, with the reason', () => {
    expect(() => closeCodesOf('closeCodes', { 1006: 'refused' })).toThrow(
      new TypeError(
        'closeCodes must not name 1006: a browser reports it for every lost connection and every refused upgrade. ' +
          'It may name 1008, 1009, 1011, 1013 and 3000 to 4999',
      ),
    )
    for (const code of [
      '1000',
      '1001',
      '1005',
      '1012',
      '1015',
      '2999',
      '5000',
      '0',
      '-4001',
      '4001.5',
      '4e3',
      ' 4001',
      'x',
    ]) {
      expect(() => closeCodesOf('closeCodes', { [code]: 'stop' } as never)).toThrow(
        `closeCodes must not name ${code}: `,
      )
    }
  })

  test.each([['Stop'], ['retry'], [null], [true], [['stop']]])('%j is no meaning', (meaning) => {
    expect(() => closeCodesOf('closeCodes', { 4001: meaning } as never)).toThrow(
      'closeCodes[4001] must be one of refused, stop, reconnect',
    )
  })

  test.each([[null], ['refused'], [4001], [[4001]], [true]])('%j is neither an object nor a function', (value) => {
    expect(() => closeCodesOf('closeCodes', value as never)).toThrow('closeCodes must be a function, or an object')
  })

  test('what is not mapped means what it means without the option', () => {
    const code = fc.integer({ min: 1000, max: 4999 }).filter((code) => code !== 4001)
    const stage = fc.constantFrom<Stage>('opening', 'unaccepted', 'accepted')
    fc.assert(
      fc.property(code, fc.string(), stage, fc.boolean(), (code, reason, stage, negotiated) => {
        const given = { code, reason, stage, negotiated }
        expect(judged({ 4001: 'stop' }, given)).toEqual(judged(undefined, given))
      }),
    )
  })
})
