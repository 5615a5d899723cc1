// Why there is no credential, in words that say what to do.

import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import { redactedCause } from '../platform/redact.ts'
import type { TicketHealth } from './session.ts'
import { askedToWait } from './ticket-health.ts'

/** What the caller does again: a connection, or a call. */
export const nobodySignedIn = (again: 'Connect' | 'Ask') =>
  new TicketSocketError(
    'unauthenticated',
    `Nobody is signed in: getToken gave no JWT. ${again} again when a user has signed in.`,
  )

export const jwtsRefused = () => {
  const message = 'The server refused the JWT, and the newer one too. The user has to sign in again.'
  return new TicketSocketError('unauthenticated', message)
}

/** What to do without tickets, by who asked: a call of the app, a connection, or one that takes nothing else. */
export type Instead = 'Connect with the JWT' | 'Add jwt to the chain' | "Ask without only: 'ticket'"

export const ticketsOff = (instead: Instead) =>
  new TicketSocketError('tickets_disabled', `Tickets are off for this user. ${instead}, or turn ticketAuth on.`)

/** `cause`: the failure after which they were given up. */
export const givenUp = (instead: Instead, cause: TicketSocketError | null) => {
  const message = `Tickets are given up for this user. ${instead}, or try them again with resetTicketFailures().`
  return new TicketSocketError('tickets_disabled', message, cause ? { cause } : {})
}

/** Why no ticket may be requested now. */
export function noTicket(
  { record, lastError }: TicketHealth,
  ticketAuth: boolean,
  instead: Instead,
  now: number,
): TicketSocketError {
  if (!ticketAuth) return ticketsOff(instead)
  return record.reverted ? givenUp(instead, lastError) : askedToWait(record.notBefore - now)
}

export const chainHasNone = (only: 'ticket' | undefined) => {
  const message = only
    ? "The chain holds no ticket. Add it to the chain, or ask without only: 'ticket'."
    : 'The chain holds no method for a user who is signed in. Add jwt or ticket to it.'
  return new TicketSocketError('tickets_disabled', message)
}

/** A mistake in the arguments, for a method that answers and never throws. */
export const invalidCall = (error: unknown) => new TicketSocketError('invalid_request', redactedCause(error).message)

/** The service was disposed of. */
export const disposed = () =>
  new TicketSocketError('aborted', 'This UnifiedAuthService was disposed of. Create another one.')

export function asTicketSocketError(error: unknown): TicketSocketError {
  if (isTicketSocketError(error)) return error
  const cause = redactedCause(error)
  return new TicketSocketError(
    'bad_response',
    'A ticket could not be obtained for an unexpected reason. See its cause.',
    { cause },
  )
}

export const notYet = (name: string, gave: string) => {
  const message = `Somebody has signed in, but ${name} ${gave}. Put the new JWT in place before calling signedIn().`
  return new TicketSocketError('token_callback_failed', message)
}

export const noneNewer = () => {
  const message = 'The server refused the JWT and no newer one is available. The user has to sign in again.'
  return new TicketSocketError('unauthenticated', message)
}
