import type { CredentialSource } from '../auth/credential.ts'
import { parseProtocols, parseSocketUrl } from '../socket/web-socket-arguments.ts'
import { contain } from './contain.ts'
import { type Library, type ReconnectingTicketSocket, ReconnectingWebSocket } from './library.ts'
import { type ReconnectingTicketSocketOptions, resolveReconnectingOptions } from './options.ts'
import { tellingWebSocket } from './telling-web-socket.ts'

/**
 * A `ReconnectingWebSocket` (the real class, from the package that the app has) which connects with tickets: a credential
 * of its own for every attempt, waits with full jitter, and a stop where `createTicketSocket` would stop.
 *
 * Contained: refused and hanging credentials, `close()` and `reconnect()` at any moment, timers that survive `close()`,
 * the invented clean close 1000, sockets that leak, listeners that throw, queued messages that cannot be sent. A log-out closes with 4401 and empties the queue; the next log-in
 * (`auth.signedIn()`) connects again, unless the app had closed it.
 *
 * Not contained: what was queued goes out when the socket opens, before the server has accepted the credential; the queue
 * counts messages, not bytes; a full queue drops without a word; nothing probes a silent connection.
 *
 * Takes one URL, no provider. Wrong options are a `TypeError`, a wrong URL or subprotocol a `SyntaxError`.
 *
 * @example
 * ```ts
 * import { UnifiedAuthService } from 'ticket-socket'
 * import { createReconnectingTicketSocket } from 'ticket-socket/reconnecting-websocket'
 *
 * declare const session: { jwt: string | null }
 * const auth = new UnifiedAuthService({
 *   httpUrl: 'https://api.example.com',
 *   getToken: () => session.jwt,
 *   ticketAuth: true,
 * })
 * const socket = createReconnectingTicketSocket(auth, 'wss://api.example.com/ws', { maxRetries: 20 })
 * socket.addEventListener('message', ({ data }) => console.log(data))
 * socket.send('hi')
 * ```
 */
export function createReconnectingTicketSocket(
  auth: CredentialSource,
  url: string | URL,
  options: ReconnectingTicketSocketOptions = {},
): ReconnectingTicketSocket {
  const resolved = resolveReconnectingOptions(options)
  // Here, since the library would swallow what its attempts throw.
  const address = parseSocketUrl(url, resolved.allowInsecure).href
  parseProtocols(resolved.protocols)

  const { minUptime, maxEnqueuedMessages, debug, startClosed, allowInsecure, allowAnonymous, platform } = resolved
  const { WebSocket, tell } = tellingWebSocket(auth, { allowInsecure, allowAnonymous, platform })
  // Its constructor would begin to connect in its own way.
  const settings = { WebSocket, minUptime, maxEnqueuedMessages, debug, startClosed: true }
  const socket: Library = new ReconnectingWebSocket(address, resolved.protocols, settings)
  tell(contain(socket, { auth, address, ...resolved, WebSocket }))
  if (!startClosed) {
    settings.startClosed = false
    socket.reconnect()
  }
  return socket
}
