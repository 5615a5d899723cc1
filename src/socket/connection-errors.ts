// Why a connection ended, in words that say what follows or what to do.

import { TicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
import { redact } from '../platform/redact.ts'

const WORDS: Partial<Record<TicketSocketErrorCode, string>> = {
  timeout: 'The server did not open the connection in time.',
  heartbeat_lost: 'The server was not heard of in time; the connection was replaced.',
  session_expired: 'The session ended with its credential; it is renewed.',
  signed_out: 'The session ended; the connection is opened anew for the next one.',
  going_away: 'The server goes away; the connection moves to another one.',
  ticket_rejected: 'The server refused the ticket (4401); the next attempt uses a fresh one.',
  jwt_rejected: 'The server refused the JWT (4401); a newer one is asked for.',
  unauthenticated: 'The server needs a credential and got none. Sign in, then connect again.',
  permission_denied:
    'The server refused this origin or permission (4403). Check allowedOrigins and the user’s permissions.',
  replaced: 'The same session was opened elsewhere (4409). Call connect() to take it back.',
  revoked: 'The session was revoked (4410). The user has to sign in again.',
  message_too_large:
    'A message was larger than the server takes (1009), and is not sent again. Send it in smaller parts.',
  policy: 'The server closed for a policy of its own (1008).',
  protocol: 'The server and this client do not agree on the protocol. Check the URL and the versions.',
  too_many: 'The server has too many connections or messages of this user (4429).',
  server_unavailable: 'The server cannot check credentials now (4503).',
}

export function lost(code: TicketSocketErrorCode): TicketSocketError {
  return new TicketSocketError(code, WORDS[code] ?? 'The connection was lost; it is opened again.')
}

/** What the last error says happened. What it says will happen next is no longer true. */
export function gaveUp(retries: number, cause: TicketSocketError): TicketSocketError {
  const [fact] = redact(cause.message).split(/[.;](?:\s|$)/)
  const what = `Gave up after ${retries} retries. The last error was ${cause.code}: ${fact}.`
  return new TicketSocketError('retries_exhausted', `${what} Call connect() to try again.`, { cause })
}
