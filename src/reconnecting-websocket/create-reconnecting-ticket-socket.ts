import { type CredentialSource, sourceWith } from '../auth/credential.ts'
import { warnOnce } from '../platform/warn-once.ts'
import type { SocketUrl } from '../socket/app-url.ts'
import { createDestination } from '../socket/destination.ts'
import { judgeBy } from '../socket/judge-close.ts'
import { parseProtocols, urlParser } from '../socket/web-socket-arguments.ts'
import { contain } from './contain.ts'
import { type Library, type ReconnectingTicketSocket, ReconnectingWebSocket } from './library.ts'
import { type ReconnectingTicketSocketOptions, resolveReconnectingOptions } from './options.ts'
import { witnessedWebSocket } from './witnessed-web-socket.ts'

/**
 * A `ReconnectingWebSocket` (the real class, from the app's own package) that connects with tickets: a new credential for every
 * attempt, waits with full jitter, and a stop where `createTicketSocket` would stop.
 *
 * Fixed: refused and hanging credentials, `close()` and `reconnect()` at any moment, timers that survive `close()`,
 * the invented clean close 1000, sockets that leak, listeners that throw, queued messages that cannot
 * be sent. A sign-out (`auth.handleLogout()`) closes with 4401 and empties the queue; the next sign-in (`auth.signedIn()`) connects
 * again, unless the app had closed it.
 *
 * Not fixed: the queue is sent when the socket opens, before the server has accepted the credential; its limit counts messages, not
 * bytes; a full queue drops messages without a report; a silently dead connection is not detected.
 *
 * `url` is a URL, or a function (sync or async) that is called for each attempt, before its credential is obtained; when it
 * fails, the attempt fails with 1006 and `event.error.code` `url_callback_failed`. Wrong options, and with `ticketAuth: true` a
 * fixed URL that holds a credential, are a `TypeError`; a wrong URL or subprotocol is a `SyntaxError`.
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
  url: SocketUrl,
  options: ReconnectingTicketSocketOptions = {},
): ReconnectingTicketSocket {
  sourceWith('acquire', 'keepPrefetched', 'onSessionChange')('auth', auth)
  const { urlTimeoutMs, allowCredentialInUrl, allowInsecure, ...resolved } = resolveReconnectingOptions(options)
  const { minUptime, maxEnqueuedMessages, debug, startClosed, allowAnonymous, closeCodes, platform } = resolved
  const destination = createDestination({
    auth,
    url,
    parse: urlParser(url, allowInsecure),
    allowed: allowCredentialInUrl,
    clock: platform.clock,
    warn: warnOnce(platform.logger),
    urlTimeoutMs,
  })
  // Here, since the library would swallow exceptions of its attempts.
  const address = destination.fixedUrl() ?? ''
  parseProtocols(resolved.protocols)

  const judge = judgeBy(closeCodes, () => socket.retryCount)
  const dial = { auth, allowAnonymous, judge, platform, destinationOf: () => destination }
  const { WebSocket, reportTo } = witnessedWebSocket(dial)
  // The library's constructor would connect in its own way.
  const settings = { WebSocket, minUptime, maxEnqueuedMessages, debug, startClosed: true }
  const socket: Library = new ReconnectingWebSocket(address, resolved.protocols, settings)
  reportTo(contain(socket, { auth, address, ...resolved, WebSocket }))
  if (!startClosed) {
    settings.startClosed = false
    socket.reconnect()
  }
  return socket
}
