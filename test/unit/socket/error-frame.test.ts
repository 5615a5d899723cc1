import { expect, test } from 'vitest'
import { isErrorFrame, isErrorText, wordsOfErrorFrame } from '../../../src/socket/frames.ts'

test.each([
  { type: 'error' },
  { type: 'error', code: 'unauthorized', message: 'Invalid token' },
  { error: 'Not authenticated' },
  { error: { code: 401, message: 'no' } },
  { jsonrpc: '2.0', id: null, error: { code: -32_001, message: 'Unauthorized' } },
  { error: true, type: null },
])('PR-02: %j is an error frame', (value) => {
  expect(isErrorText(JSON.stringify(value))).toBe(true)
  expect(isErrorText(`\n ${JSON.stringify(value, null, 2)}`)).toBe(true)
})

test.each([
  { type: 'hello' },
  { type: 'chat', error: 'a field of the app' },
  { type: 'errors' },
  { type: 'ts:error', code: 'x', message: 'y' },
  { jsonrpc: '2.0', id: 1, result: 'ok', error: null },
  { error: false, ok: true },
  { error: '' },
  { error: 0 },
  { message: 'an error occurred' },
  [{ type: 'error' }],
  'error',
  null,
])('PR-02: %j is none', (value) => {
  expect(isErrorText(JSON.stringify(value))).toBe(false)
})

test.each([
  ['binary data', new TextEncoder().encode('{"type":"error"}').buffer],
  ['a Blob', new Blob(['{"type":"error"}'])],
  ['a text that is no JSON', 'error: not authenticated'],
  ['a text that is cut off', '{"type":"error"'],
  ['a long text', JSON.stringify({ type: 'error', text: 'x'.repeat(65_536) })],
])('PR-02: %s is none', (_, data) => {
  expect(isErrorText(data)).toBe(false)
})

test('PR-02: where a codec reads the frames, messages of the type error are error frames, unless another one is with them', () => {
  const bytes = new Uint8Array([1]).buffer
  const frame = (...types: string[]) => ({ kind: 'messages' as const, messages: types.map((type) => ({ type })) })
  expect(isErrorFrame(bytes, frame('error'))).toBe(true)
  expect(isErrorFrame(bytes, frame('error', 'error'))).toBe(true)
  expect(isErrorFrame(bytes, frame('error', 'hello'))).toBe(false)
  expect(isErrorFrame(bytes, frame())).toBe(false)
  expect(isErrorFrame(bytes, { kind: 'raw' })).toBe(false)
  // JSON-RPC, whose codec makes a message of its own of it.
  expect(isErrorFrame('{"jsonrpc":"2.0","id":1,"error":{"code":-32001}}', frame('response'))).toBe(true)
})

test('its words are its text, or as JSON what a codec read in it', () => {
  const bytes = new Uint8Array([1]).buffer
  const read = (...messages: { type: string; [field: string]: unknown }[]) => ({ kind: 'messages' as const, messages })
  expect(wordsOfErrorFrame('{"error": "no"}', { kind: 'invalid', reason: 'no_type' })).toBe('{"error": "no"}')
  expect(wordsOfErrorFrame(bytes, read({ type: 'error', message: 'no' }))).toBe('{"type":"error","message":"no"}')
  expect(wordsOfErrorFrame(bytes, read({ type: 'error' }, { type: 'error' }))).toBe(
    '[{"type":"error"},{"type":"error"}]',
  )
  expect(wordsOfErrorFrame(bytes, read({ type: 'error', id: 1n }))).toBe('an error frame that is not JSON-serializable')
})
