// The ways in which a store refuses a ticket; the same words whichever store it is.

import { TicketSocketError } from '../contract/errors.ts'

/** Not why: a JWT that was revoked looks like any other that is refused. */
export const tokenRefused = () => new TicketSocketError('unauthenticated', 'The JWT was not accepted.')

export const tooOften = (retryAfterMs: number) =>
  new TicketSocketError('rate_limited', 'Too many requests. Wait as Retry-After says.', { retryAfterMs })

export const tooManyTickets = (retryAfterMs: number) =>
  new TicketSocketError('too_many_tickets', 'The user holds too many unspent tickets. Use one of them.', {
    retryAfterMs,
  })
