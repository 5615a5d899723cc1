/**
 * What has changed for an app with the flag off since the baseline: a short name, and the sentence of CHANGELOG.md that
 * tells it, word for word (where the lines break does not matter). The lines in `records` bear the name.
 *
 * `npm run record:flag-off -- NAME` gives the name to every line that differs and has none yet.
 */
export const CHANGES: Readonly<Record<string, string>> = {
  prefetched:
    'Clearer names: `prefetched` in the snapshot of the auth service, `keepPrefetched()` and `onSessionChange()` on it and in ' +
    '`CredentialSource`.',
  'jwt-renewal':
    'A session that a JWT has opened (flag off, or tickets given up) is renewed in band by a newer JWT, where the server announces ' +
    '`jwt_refresh`: `ts:auth_refresh` takes a `jwt`.',
  'reserved-types':
    "The protocol's own frames have types that begin with `ts:` (`ts:ping`, `ts:error`, `ts:connection_established`, …). " +
    "Every other frame is the app's, whatever its type and fields.",
  redirected: 'A redirect of a ticket endpoint is the error `redirected`, at once, and says what to check.',
  'error-frames':
    'An error frame of a plain server (`{"type":"error",…}`, or an object with `error` and no `type`) does not open a ' +
    'connection: the next other message does, or one second.',
  'close-details':
    '`lost`, `closed`, `failed`, the snapshot and the log carry `closeDetails`: the close code, its reason without anything ' +
    'that looks like a credential, and `wasClean`.',
  'no-old-error': 'What `connect()` begins after a failure shows no error of before.',
  'own-44xx': "A 44xx of a plain server's own is `closed_by_server`, with the number.",
  breaker:
    '`breaker: { failureThreshold, resetMs }` says after how many lost attempts in a row (20) the socket slows down, and to ' +
    'what (one attempt every 15 to 30 s); the snapshot shows it as `breaker`.',
  'own-protocol':
    'Sockets of `ticketWebSocket` never offer `ticket-socket.v1`: asked for it, they leave it out and warn once.',
  'tickets-disabled':
    'With tickets off or given up, `getWebSocketTicket()` and `requestWebSocketTicket()` answer `tickets_disabled`, and so ' +
    'does a strict `chain`.',
  'get-ticket-result':
    '`getWebSocketAuthConfig().getTicket()` resolves to a `TicketRequestResult`, like `getWebSocketTicket()`.',
  'asked-for-none':
    'A call that asks for no ticket (tickets off or given up, nobody signed in, `getToken` failed, a wait) emits no ' +
    '`ticketFailed` and leaves `lastError` as it is.',
  frames:
    '`invalidMessage` holds the `frame` as it came, and dropped messages say in `issues` why they cannot be sent.',
  'message-limit':
    'The server announces `max_message_bytes` when a connection opens (`session.maxMessageBytes`), and the client drops a larger ' +
    'message as `too_large` before it sends it. A close with 1009 is the error `message_too_large`, and what was too large is ' +
    'not sent again.',
  'unrefused-jwt':
    'A JWT whose `exp` passed more than 30 s ago is refreshed before it opens a connection, and so is one whose last three ' +
    'connections were lost before the server accepted any.',
  'session-ended':
    'A credential that is refused after it was accepted (4401 on an open connection) has the JWT refreshed once before the ' +
    'next connection.',
  'offline-dial':
    'Offline, an attempt is made all the same after 30 to 60 s, since `navigator.onLine` may be wrong. An attempt that is lost ' +
    'offline counts toward `maxRetries` and the breaker only where none was lost before it.',
}
