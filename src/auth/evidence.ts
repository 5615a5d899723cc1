// What counts as evidence against tickets. Plain functions of an error: `ticket-record.ts` keeps the count.
//
// What counts is evidence that tickets fail *while the backend works*. Counting failures as they come would revert most of a
// fleet for good during an outage of half a minute.

import type { TicketSocketError, TicketSocketErrorCode } from '../contract/errors.ts'

/** Failures that say nothing about whether this backend's tickets work. */
const NEVER_COUNTS: ReadonlySet<TicketSocketErrorCode> = new Set([
  'unauthenticated',
  'tickets_disabled',
  'rate_limited',
  'aborted',
  'signed_out',
  'token_callback_failed',
])

/** Whether a failure with this code may count at all. */
export const mayCount = (code: TicketSocketErrorCode): boolean => !NEVER_COUNTS.has(code)

/** Whether the backend answered: a response without a ticket is evidence by itself, a timeout or a network error is not. */
export const isAnswer = ({ code }: TicketSocketError): boolean =>
  code !== 'network' && code !== 'timeout' && code !== 'blocked_by_policy'

/**
 * Whether a failure is evidence once the server accepts a connection with the JWT after it. That connection shows that the
 * backend works; offline, a request without an answer shows nothing.
 */
export const isEvidenceWithJwt = (error: TicketSocketError, isOnline: boolean): boolean => isAnswer(error) || isOnline

/**
 * Whether a failure is about this backend's tickets. A 4xx to a request with fields of its caller's own may be about these:
 * 422 for a value, 403 for a permission that the user lacks.
 */
export const isAboutTickets = ({ status = 0 }: TicketSocketError, hasOwnFields: boolean): boolean =>
  !hasOwnFields || status < 400 || status >= 500
