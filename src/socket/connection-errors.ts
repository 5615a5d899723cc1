// Why a connection ended, in words: what failed, with the close code where there was one, then what to do. A sentence
// here never promises by which method the next attempt is made: whether tickets are still used is decided elsewhere.

import { isTicketSocketError, TicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
import { redact } from '../platform/redact.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'

export interface Facts {
  /** How the socket was closed; null where none was. */
  closeDetails: CloseDetails | null
  /** What the server said before it refused the connection. Holds no credential. */
  cause?: Error | undefined
}

const NO_SOCKET: Facts = { closeDetails: null }

interface Words {
  /** `closed` is empty, or the close code in brackets. */
  fact: (closed: string) => string
  remedy: string
}

const AUTOMATIC = 'The client reconnects automatically.'

// Whole sentences: a bundler keeps a table with `${}` in it, also where nothing uses it.
const WORDS: Partial<Record<TicketSocketErrorCode, Words>> = {
  timeout: { fact: () => 'The connection did not open in time (openTimeoutMs).', remedy: AUTOMATIC },
  heartbeat_lost: {
    fact: (closed) =>
      closed
        ? `The server received no message within its heartbeat timeout${closed}.`
        : 'No message from the server within the heartbeat timeout.',
    remedy: AUTOMATIC,
  },
  session_expired: { fact: (closed) => `The session ended with its credential${closed}.`, remedy: AUTOMATIC },
  signed_out: {
    fact: () => 'The session ended because the signed-in user changed.',
    remedy: 'The client reconnects for the present user.',
  },
  going_away: { fact: () => 'The server is shutting down (ts:going_away).', remedy: AUTOMATIC },
  ticket_rejected: {
    fact: (closed) => `The server refused the ticket${closed}.`,
    remedy: 'If this repeats, check that all servers share one ticket store.',
  },
  jwt_rejected: {
    fact: (closed) => `The server refused the JWT${closed}.`,
    remedy: 'If this repeats, check that refreshToken gives a JWT which the WebSocket server accepts.',
  },
  unauthenticated: {
    fact: (closed) => `The server requires a credential and received none${closed}.`,
    remedy: 'Sign in, or check that nothing on the way removes the credential, then call connect().',
  },
  permission_denied: {
    fact: (closed) => `The server refused this origin or user${closed}.`,
    remedy: 'Check allowedOrigins and the user’s permissions, then call connect().',
  },
  replaced: {
    fact: (closed) => `The session was opened elsewhere${closed}.`,
    remedy: 'Call connect() to take it back.',
  },
  revoked: { fact: (closed) => `The session was revoked${closed}.`, remedy: 'The user has to sign in again.' },
  message_too_large: {
    fact: (closed) => `A message was larger than the server takes${closed}, and is not sent again.`,
    remedy: 'Send it in smaller parts. The client reconnects automatically.',
  },
  policy: {
    fact: (closed) => `The server closed the connection for its own policy${closed}.`,
    remedy: 'Call connect() to try again.',
  },
  closed_by_server: {
    fact: (closed) => `The server closed the connection${closed}, and the client does not reconnect after this code.`,
    remedy: 'Call connect() to try again. The option closeCodes decides what a code means.',
  },
  protocol: {
    fact: (closed) => `The server and the client do not agree on the protocol${closed}.`,
    remedy: 'Check the URL and the versions of both.',
  },
  too_many: {
    fact: (closed) => `The server has too many connections or messages of this user${closed}.`,
    remedy: AUTOMATIC,
  },
  server_unavailable: { fact: (closed) => `The server cannot check credentials now${closed}.`, remedy: AUTOMATIC },
}

const LOST: Words = { fact: (closed) => `The connection was lost${closed}.`, remedy: AUTOMATIC }
const CLOSED: Words = { fact: (closed) => `The server closed the connection${closed}.`, remedy: AUTOMATIC }

const codeOf = (closeDetails: CloseDetails | null) => (closeDetails ? ` (${closeDetails.code})` : '')

const made = (code: TicketSocketErrorCode, message: string, cause?: Error) =>
  new TicketSocketError(code, message, cause && { cause })

export function lost(code: TicketSocketErrorCode, { closeDetails, cause } = NO_SOCKET): TicketSocketError {
  const isClosed = closeDetails !== null && ![1005, 1006].includes(closeDetails.code)
  const { fact, remedy } = WORDS[code] ?? (isClosed ? CLOSED : LOST)
  return made(code, `${fact(codeOf(closeDetails))} ${remedy}`, cause)
}

/** The app's own credential source failed. */
export const noCredential = (cause: unknown): TicketSocketError =>
  isTicketSocketError(cause)
    ? cause
    : new TicketSocketError('network', `auth.acquire() failed. ${AUTOMATIC}`, { cause })

/** Where the protocol was negotiated the server accepts by `ts:connection_established`. */
export const notConfirmed = () =>
  made(
    'timeout',
    `The server selected ticket-socket.v1 and sent no ts:connection_established in time (openTimeoutMs). ${AUTOMATIC}`,
  )

/** The browser allows no such URL or subprotocol, or not on this page. `cause` holds no credential. */
export const constructorThrew = (cause: Error) =>
  made(
    'not_dialled',
    `The WebSocket constructor threw ${cause.name}. Check the URL, jwtProtocols, and connect-src of the page's Content-Security-Policy.`,
    cause,
  )

/** connect() or reconnect() was called, and the next attempt may not begin yet. */
export const notDialledYet = () =>
  made('connection_lost', 'The last attempt began a moment ago, or the server asked to wait. The next one follows.')

/** The credential had been accepted: what ended is the session, not the attempt. */
export function sessionRefused(method: 'ticket' | 'jwt', { closeDetails, cause }: Facts): TicketSocketError {
  const closed = codeOf(closeDetails)
  return method === 'ticket'
    ? made('session_expired', `The server ended the session and refused its credential${closed}. ${AUTOMATIC}`, cause)
    : made(
        'jwt_rejected',
        `The server ended the session and refused its JWT${closed}. ${WORDS.jwt_rejected?.remedy}`,
        cause,
      )
}

/** `again`: the call by which the app starts again. */
export function sessionsRefused(
  count: number,
  { closeDetails, cause }: Facts,
  again: 'connect()' | 'reconnect()' = 'connect()',
): TicketSocketError {
  const fact = `The server accepted ${count} sessions in a row and ended each within 5 s${codeOf(closeDetails)}.`
  return made('unauthenticated', `${fact} Sign in again, then call ${again}.`, cause)
}

/** The server answered for another user than the one whose credential was sent (PR-54). */
export const wrongUser = (method: 'ticket' | 'jwt') =>
  made(
    method === 'ticket' ? 'ticket_rejected' : 'jwt_rejected',
    `The server opened the session of another user (ts:connection_established). ${AUTOMATIC}`,
  )

/** What the last error says happened. What it says will happen next is no longer true. */
export function gaveUp(retries: number, cause: TicketSocketError): TicketSocketError {
  const [fact] = redact(cause.message).split(/[.;](?:\s|$)/)
  const what = `Gave up after ${retries} retries. The last error was ${cause.code}: ${fact}.`
  return new TicketSocketError('retries_exhausted', `${what} Call connect() to try again.`, {
    cause: withoutPromise(cause),
  })
}

/** A cause that says what the client will do is no longer true once it has given up. */
function withoutPromise(cause: TicketSocketError): TicketSocketError {
  const { code, message } = cause
  if (!message.endsWith(AUTOMATIC)) return cause
  return new TicketSocketError(code, message.slice(0, -AUTOMATIC.length).trim(), { cause: cause.cause })
}
