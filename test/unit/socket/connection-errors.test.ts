import { expect, test } from 'vitest'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import { gaveUp, lost } from '../../../src/socket/connection-errors.ts'

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
    expect(gaveUp(1, lost(code)).message).not.toMatch(/next attempt|again.*again|Reconnecting|renewed|asked for/)
  },
)

test('retries_exhausted shows no credential of the last error', () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${'x'.repeat(40)}.${'y'.repeat(43)}`
  const cause = new TicketSocketError('network', `No answer from https://api.example.com/?token=${jwt} in time`)
  expect(gaveUp(0, cause).message).not.toContain('eyJ')
})
