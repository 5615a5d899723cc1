import { expect, test } from 'vitest'
import { unknownName } from '../../../src/platform/known-names.ts'

const OPTIONS = ['httpUrl', 'ticketPath', 'getToken', 'ticketAuth', 'maxTicketFailures', 'ticket', 'retry']
const hintFor = (name: unknown, known: readonly string[] = OPTIONS) =>
  unknownName('option', 'UnifiedAuthService', known, name).message.replace(
    /^.* is not an option of UnifiedAuthService\. /,
    '',
  )

test('names the option, its owner and the nearest known name', () => {
  expect(unknownName('option', 'UnifiedAuthService', OPTIONS, 'ticketAuht')).toEqual(
    new TypeError('ticketAuht is not an option of UnifiedAuthService. Did you mean ticketAuth?'),
  )
  expect(unknownName('event', 'createTicketSocket', ['open', 'lost'], 'opne')).toEqual(
    new TypeError('opne is not an event of createTicketSocket. Did you mean open?'),
  )
})

test.each([
  ['a letter too many', 'ticketAuthh', 'ticketAuth'],
  ['a letter too few', 'tcketAuth', 'ticketAuth'],
  ['another letter', 'ticketAutg', 'ticketAuth'],
  ['two letters in the wrong order', 'getTokne', 'getToken'],
  ['another spelling', 'ticket_auth', 'ticketAuth'],
  ['the wire’s spelling of a long name', 'max_ticket_failures', 'maxTicketFailures'],
  ['another case', 'httpURL', 'httpUrl'],
  ['a plural', 'tickets', 'ticket'],
  ['a short name', 'rtry', 'retry'],
])('suggests the nearest name for %s: %s', (_, name, meant) => {
  expect(hintFor(name)).toBe(`Did you mean ${meant}?`)
})

test.each(['colour', 'headers', '', 'x', undefined, 7, Symbol('retry')])(
  'lists the names where none is near: %s',
  (name) => {
    expect(hintFor(name, ['getToken', 'ticketAuth'])).toBe('Its options are getToken, ticketAuth.')
  },
)

test('shows no more than 40 characters of a name', () => {
  expect(unknownName('option', 'a', ['b'], 'x'.repeat(10_000)).message).toBe(
    `${'x'.repeat(40)} is not an option of a. Its options are b.`,
  )
})
