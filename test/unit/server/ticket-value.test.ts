import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { TICKET_FORM } from '../../../src/contract/wire.ts'
import { systemRandomBytes } from '../../../src/platform/system-platform.ts'
import { createTicketValue, handleOf, textFromBase64url, toBase64url } from '../../../src/server/ticket-value.ts'

test('base64url is the standard’s', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = systemRandomBytes(length)
    expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
  }
})

test.each(['a', 'ab', 'abc', 'Grüße, 世界 💥', 'a.b.c'])('reads back the text %j', (text) => {
  expect(textFromBase64url(Buffer.from(text).toString('base64url'))).toBe(text)
})

test.each(['', 'a', 'YQ==', 'a b', 'a+b/', '_w', 'YWJj\n', 'é'])('does not read %j', (encoded) => {
  expect(textFromBase64url(encoded)).toBeNull()
})

test('a handle is the SHA-256 of its ticket', () => {
  for (const ticket of ['', 'A'.repeat(43), 'é']) {
    expect(handleOf(ticket)).toBe(createHash('sha256').update(ticket).digest('base64url'))
  }
})

test('ten thousand tickets have the form and are ten thousand', () => {
  const tickets = new Set(Array.from({ length: 10_000 }, () => createTicketValue(systemRandomBytes)))
  expect(tickets.size).toBe(10_000)
  for (const ticket of tickets) expect(TICKET_FORM.test(ticket)).toBe(true)
})
