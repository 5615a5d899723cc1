import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromUtf8, toUtf8, utf8Length, wellFormed } from '../../../src/platform/utf8.ts'

/** Any sequence of UTF-16 units, lone surrogates included; half of them surrogates. */
const units = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7fe, max: 0xe001 }))
const anyText = fc.array(units).map((codes) => String.fromCharCode(...codes))

test('the length of a text in UTF-8 is the number of bytes that a TextEncoder makes of it', () => {
  fc.assert(fc.property(anyText, (text) => utf8Length(text) === new TextEncoder().encode(text).length))
})

test('a text is made well-formed as by its way through UTF-8, the byte order mark kept', () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const throughUtf8 = (text: string) => decoder.decode(new TextEncoder().encode(text))
  fc.assert(fc.property(anyText, (text) => wellFormed(text) === throughUtf8(text)))
  expect([wellFormed('\uFEFFa\uD83D'), wellFormed('💥')]).toEqual(['\uFEFFa\uFFFD', '💥'])
})

test('bytes and texts become each other, and bytes that are no UTF-8 stay as they are', () => {
  const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
  fc.assert(fc.property(anyText, (text) => toUtf8(text) === bytesOf(text)))
  fc.assert(fc.property(anyText, (text) => fromUtf8(toUtf8(text)) === wellFormed(text)))
  expect([fromUtf8('{"a":"\xfc"}'), fromUtf8('100%41')]).toEqual(['{"a":"\xfc"}', '100%41'])
})
