import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { decoderOf } from '../../../src/contract/codec.ts'
import { decodeFrame as decodeWith } from '../../../src/socket/frames.ts'

const LIMIT = 10_000
const decodeFrame = (data: string | ArrayBuffer, negotiated: boolean, maxLength: number) =>
  decodeWith(data, { negotiated, isAccepted: true, maxLength, decode: decoderOf(undefined) })
const established = {
  type: 'ts:connection_established',
  session_id: 's',
  user_id: 'alice',
  auth_method: 'ticket',
  expires_at: 1_763_800_000,
  expires_in: 3_600,
}

test.each([
  [established, 'established'],
  [{ type: 'ts:ping', timestamp: 1 }, 'ping'],
  [{ type: 'ts:pong', timestamp: 1 }, 'pong'],
  [{ type: 'ts:error', code: 'invalid_message', message: 'no' }, 'refused'],
  [{ type: 'ts:ping' }, 'malformed'],
  [{ type: 'ts:error', detail: 'no code' }, 'malformed'],
  [{ type: 'ts:going_away', deadline_ms: 'soon' }, 'malformed'],
  [{ type: 'ts:auth_refresh', ticket: 'what only a client says' }, 'malformed'],
  [{ type: 'ts:of_a_later_version' }, 'unknown'],
])('PR-70: %j is the protocol’s only where the protocol was negotiated', (frame, kind) => {
  expect(decodeFrame(JSON.stringify(frame), true, LIMIT).kind).toBe(kind)
  expect(decodeFrame(JSON.stringify(frame), false, LIMIT)).toEqual({ kind: 'messages', messages: [frame] })
})

test.each(['ping', 'pong', 'ack', 'error', 'connection_established', 'auth_refresh', 'going_away', 'ts', 'chat:ts:'])(
  'PR-70: a frame of the type %s is the application’s, negotiated or not',
  (type) => {
    const frame = { type, code: 'x', message: 'y', timestamp: 1, id: '1' }
    for (const negotiated of [true, false])
      expect(decodeFrame(JSON.stringify(frame), negotiated, LIMIT)).toEqual({ kind: 'messages', messages: [frame] })
  },
)

test.each([
  ['', 'not_json'],
  ['{', 'not_json'],
  ['NaN', 'not_json'],
  ['null', 'no_type'],
  ['[]', 'no_type'],
  ['"text"', 'no_type'],
  ['{"type":1}', 'no_type'],
  ['x'.repeat(LIMIT + 1), 'too_long'],
])('%j is no message', (text, reason) => {
  expect(decodeFrame(text, true, LIMIT)).toEqual({ kind: 'invalid', reason })
})

test('binary passes through untouched', () => {
  const data = new Uint8Array([1, 2, 3]).buffer
  expect(decodeFrame(data, true, LIMIT)).toEqual({ kind: 'raw' })
})

test.each([['{"type":"chat"}'], ['{'], [new ArrayBuffer(1)], [new Blob(['a'])]])(
  'where the protocol was negotiated, no codec sees what comes before the server has accepted the credential: %o',
  (data) => {
    const decode = vi.fn(decoderOf(undefined))
    const rules = { isAccepted: false, maxLength: LIMIT, decode }
    expect(decodeWith(data, { ...rules, negotiated: true })).toEqual({ kind: 'invalid', reason: 'too_early' })
    expect(decode).not.toHaveBeenCalled()
    expect(decodeWith(data, { ...rules, negotiated: false })).not.toMatchObject({ reason: 'too_early' })
  },
)

test('whatever text arrives, it is judged and never thrown at', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ type: 'x', value })),
  )
  fc.assert(
    fc.property(texts, fc.boolean(), (text, negotiated) => {
      expect(['messages', 'invalid', 'ping', 'pong', 'refused', 'established']).toContain(
        decodeFrame(text, negotiated, LIMIT).kind,
      )
    }),
    { numRuns: 2_000 },
  )
})

test('a __proto__ in a message is a field like any other', () => {
  const frame = decodeFrame('{"type":"x","__proto__":{"polluted":true}}', true, LIMIT)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  expect(Object.keys((frame as Extract<typeof frame, { kind: 'messages' }>).messages[0] ?? {})).toEqual([
    'type',
    '__proto__',
  ])
})
