import { type CredentialSource, sourceWith } from '../auth/credential.ts'
import { guardedPlatform } from '../platform/guarded-platform.ts'
import { bool, or, positiveNumber, resolve } from '../platform/option-checks.ts'
import type { Platform } from '../platform/platform.ts'
import { systemPlatform } from '../platform/system-platform.ts'
import { warnOnce } from '../platform/warn-once.ts'
import { authenticatedWebSocket, type TicketWebSocketClass } from './authenticated-web-socket.ts'
import { closeCodesOf } from './close-codes-option.ts'
import { allowedCredentials } from './credential-in-url.ts'
import { createDestination, URL_TIMEOUT_MS } from './destination.ts'
import { type CloseCodes, judgeBy } from './judge-close.ts'
import { urlParser } from './web-socket-arguments.ts'

export interface TicketWebSocketOptions {
  /** For one call of a URL function, in milliseconds. A later answer is ignored. @default 10_000 */
  urlTimeoutMs?: number
  /**
   * Allows a credential in the URL while tickets are on: `true`, or in these parameters. Never `ticket`, `auth_ticket` and
   * `ticket_id`. See `createTicketSocket`. The app's own subprotocols are not searched for credentials. @default false
   */
  allowCredentialInUrl?: boolean | readonly string[]
  /** Allows `ws:` beyond this machine. The ticket then travels in the clear. @default false */
  allowInsecure?: boolean
  /**
   * Dials without a credential when nobody is signed in, if the service's chain allows that. Off, because a client that
   * reconnects by itself would reconnect anonymously after a sign-out, and send what the last user left in its queue.
   *
   * @default false
   */
  allowAnonymous?: boolean
  /**
   * What close codes of your server say about the credential, as for `createTicketSocket`. `'refused'` is reported to the
   * auth service, so that the next socket gets a fresh ticket or a newer JWT; `'stop'` and `'reconnect'` only say that it
   * was not refused, since the owner of the socket reconnects. `consecutiveLosses` is 0 here.
   *
   * @default {}
   */
  closeCodes?: CloseCodes
  /** Parts of the environment to hand in: `WebSocket`, `clock`. The global `WebSocket` is looked up at each dial. */
  platform?: Partial<Platform>
}

/**
 * A `WebSocket` constructor whose sockets authenticate themselves: for clients that take one, such as
 * reconnecting-websocket, partysocket, graphql-ws or centrifuge.
 *
 * Each `new` obtains a credential (`CONNECTING` meanwhile) and dials with it; from outside the socket looks like a
 * browser's. It dials exactly the app's URL, plus
 * `ticket`; its own `url` and `protocol` do not show the ticket. `ticket-socket.v1` is never offered, so
 * every frame is the app's. A socket that is asked for it leaves it out, with one warning to `platform.logger`. Unlike
 * `createTicketSocket` it does not reconnect, queue, or send heartbeats: its owner does.
 *
 * The URL may also be a function, sync or async. It is called once for each socket, before the credential is obtained, and has
 * `urlTimeoutMs`. Until it has answered, `socket.url` is empty. What it returns is read as the `url` of `createTicketSocket`.
 * When it fails or is late the socket closes with 1006 (`event.error.code` is `url_callback_failed` or `timeout`).
 *
 * Other arguments are a browser's, and the coming standard's: `new TicketWebSocket(url, { protocols: ['chat'] })`. Other members
 * of that object are ignored; for options of Node's (`headers`, `dispatcher`) hand in a `platform.WebSocket`.
 *
 * Beside what servers say, sockets close with
 *
 * | code | reason | |
 * | --- | --- | --- |
 * | 1006 | | no credential is available just now, or the network failed: try again |
 * | 4401 | `unauthenticated` | nobody is signed in, or the user signed out: stop until somebody signs in |
 * | 4403 | `permission` | the permissions that the app asked for were refused: stop |
 * | 4400 | `bad_request` | it cannot work as configured: stop |
 * | 4411 | `expired` | another user's session has begun: connect again, as that user |
 *
 * Where no credential is available `error` comes first, and has the reason as `event.error` (a `TicketSocketError`). A
 * sign-out closes at once: nothing is sent or received any more when `auth.handleLogout()` returns.
 *
 * Throws a `TypeError` for wrong options, and when a socket is made for `ws:` beyond this machine and, with `ticketAuth: true`,
 * for a URL that holds a credential; with a flag that is a function the socket closes with 4400 then, and with the flag off
 * there is one warning to `platform.logger`.
 *
 * @example
 * ```ts
 * import ReconnectingWebSocket from 'partysocket/ws'
 * import { ticketWebSocket, UnifiedAuthService } from 'ticket-socket'
 *
 * declare const session: { jwt: string | null }
 * const auth = new UnifiedAuthService({
 *   httpUrl: 'https://api.example.com',
 *   getToken: () => session.jwt,
 *   ticketAuth: true,
 * })
 * const socket = new ReconnectingWebSocket('wss://api.example.com/ws', [], { WebSocket: ticketWebSocket(auth) })
 * ```
 */
export function ticketWebSocket(auth: CredentialSource, options: TicketWebSocketOptions = {}): TicketWebSocketClass {
  sourceWith('acquire', 'keepPrefetched', 'onSessionChange')('auth', auth)
  const { urlTimeoutMs, allowCredentialInUrl, allowInsecure, allowAnonymous, closeCodes, platform } = resolve(
    'ticketWebSocket',
    options,
    {
      urlTimeoutMs: or(URL_TIMEOUT_MS, positiveNumber),
      allowCredentialInUrl: or(false, allowedCredentials),
      allowInsecure: or(false, bool),
      allowAnonymous: or(false, bool),
      closeCodes: closeCodesOf,
      platform: (_, parts) => guardedPlatform(systemPlatform(parts)),
    },
  )

  const fixed = {
    auth,
    allowed: allowCredentialInUrl,
    clock: platform.clock,
    warn: warnOnce(platform.logger),
    urlTimeoutMs,
  }
  return authenticatedWebSocket({
    auth,
    allowAnonymous,
    judge: judgeBy(closeCodes, () => 0),
    platform,
    destinationOf: (url) => createDestination({ ...fixed, url, parse: urlParser(url, allowInsecure) }),
  })
}
