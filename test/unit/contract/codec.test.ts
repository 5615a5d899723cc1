// How frames become messages, on either end.

import { expect, test } from 'vitest'
import { type AnyCodec, decoderOf, encoderOf } from '../../../src/contract/codec.ts'
import { reservedFrameIn } from '../../../src/contract/wire.ts'

const codec = (decode: (frame: string | Uint8Array) => unknown): AnyCodec => ({
  decode: decode as AnyCodec['decode'],
  encode: JSON.stringify,
})
const message = { type: 'chat' }

test.each([
  ['one message', message, { kind: 'messages', messages: [message] }],
  ['several', [message, { type: 'more' }], { kind: 'messages', messages: [message, { type: 'more' }] }],
  ['none', [], { kind: 'messages', messages: [] }],
  ['null: the frame is left alone', null, { kind: 'raw' }],
])('decode may return %s', (_what, decoded, expected) => {
  expect(decoderOf(codec(() => decoded))('frame')).toEqual(expected)
})

test.each<[what: string, decode: () => unknown]>([
  ['nothing', () => undefined],
  ['a string', () => 'chat'],
  ['an object without a type', () => ({ text: 'hi' })],
  ['an object whose type is a number', () => ({ type: 7 })],
  ['an array with one that is no message', () => [message, { text: 'hi' }]],
  ['a Promise', async () => message],
  ['a Promise that rejects, which nobody else hears of', () => Promise.reject(new Error('later'))],
  [
    'an array of Promises that reject, as of an async map()',
    () => [1, 2].map(() => Promise.reject(new Error('later'))),
  ],
])('%s makes the frame invalid, with words for the developer', (_what, decode) => {
  expect(decoderOf(codec(decode))('frame')).toEqual({
    kind: 'invalid',
    reason: 'codec',
    error: expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(/^decode\(\) must return/) }),
  })
})

test('so does what decode throws', () => {
  const error = new Error('unknown field 7')
  const decode = decoderOf(
    codec(() => {
      throw error
    }),
  )
  expect(decode(new Uint8Array(1))).toEqual({ kind: 'invalid', reason: 'codec', error })
})

test('so does a type that throws when it is read, as of a message that decodes itself', () => {
  const error = new RangeError('offset is out of bounds')
  const lazy = {
    get type() {
      throw error
    },
  }
  for (const decoded of [lazy, [message, lazy]]) {
    expect(decoderOf(codec(() => decoded))('frame')).toEqual({ kind: 'invalid', reason: 'codec', error })
  }
})

test('a codec may be an instance of a class, with state of its own', () => {
  class Counting {
    #count = 0
    decode() {
      return { type: 'n', n: ++this.#count }
    }
    encode() {
      return String(++this.#count)
    }
  }
  const counting = new Counting()
  expect(decoderOf(counting)('frame')).toMatchObject({ messages: [{ n: 1 }] })
  expect(encoderOf(counting)({})).toBe('2')
})

test.each([
  ['{"type":"ts:ping"}', true],
  ['{"id":1, "type" : "ts:of_a_later_version"}', true],
  ['{"type":"\\u0074s:ping"}', true],
  ['{"type":"t\\u0073\\u003aping"}', true],
  ['{"type":"ping","text":"ts:ping"}', false],
  ['{"type":"ts:ping","type":"chat"}', false],
  ['["ts:ping"]', false],
  ['"ts:ping"', false],
  ['ts:ping', false],
  ['{"type":"TS:ping"}', false],
  ['{"type":"ts"}', false],
  ['{"type":["ts:ping"]}', false],
])('PR-70: %s is the protocol’s: %s', (text, isReserved) => {
  expect(reservedFrameIn(text) !== null).toBe(isReserved)
})
