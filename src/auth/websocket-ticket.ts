// What an app takes from the service to open its own connections: a ticket, or the configuration of a socket service.

import type { TicketSocketError } from '../contract/errors.ts'
import { parseUrl } from '../platform/parse-url.ts'
import type { CallOptions } from './deadline.ts'
import type { Ticket } from './ticket.ts'

/** What an existing socket service plugs in. */
export interface WebSocketAuthConfig {
  /** The JWT last seen: for the socket service's present way of authenticating. Do not log it. */
  token: string | null
  /** A newer JWT, or null when the user has to sign in. Rejects when the app's own callback fails. */
  refreshToken: () => Promise<string | null>
  /** A ticket of the caller's own. Never throws. Without success: connect with `token`. */
  getTicket: (options?: CallOptions) => Promise<TicketRequestResult>
  /** Whether a ticket would be used if somebody connected now. */
  useTicketAuth: boolean
}

/** A ticket as the service's users know it; times in milliseconds since 1970. It is a secret: do not log it. */
export interface WebSocketTicket {
  ticket: string
  expires_at: number
  created_at: number
  /** Names the ticket for `validateTicket` and `revokeTicket`, and may be logged. Null: this backend names none. */
  handle: string | null
  /** False: it may open several connections. A backend may give a single-use ticket all the same. */
  single_use: boolean
  /**
   * The backend's own idea of where to connect, ticket included. Empty where the backend sends none, or names another
   * origin than the host of `httpUrl` and those in `webSocketOrigins`. You do not need it: your app's own URL plus
   * `?ticket=` is where `createTicketSocket` connects.
   */
  websocket_url: string
}

export type TicketRequestResult =
  | { success: true; ticket: WebSocketTicket }
  /** `recoverable`: asking again later may succeed without anybody doing anything. */
  | { success: false; error: TicketSocketError; recoverable: boolean }

/** As an app takes it that dials by itself. */
export const toWebSocketTicket = (
  ticket: Ticket,
  httpUrl: string,
  listedOrigins: readonly string[],
): WebSocketTicket => ({
  ticket: ticket.secret.reveal(),
  expires_at: ticket.expiresAtWall,
  created_at: ticket.createdAtWall,
  handle: ticket.hasHandle ? ticket.label : null,
  single_use: ticket.singleUse,
  websocket_url: passedOnUrl(httpUrl, ticket.websocketUrl, listedOrigins),
})

function parse(text: string): URL | null {
  // The WHATWG parser drops tabs and newlines, takes backslashes for slashes and forgets an empty fragment; nobody honest
  // sends any of these.
  if (/[\s\\#]/.test(text) || !/^wss?:\/\//.test(text)) return null
  return parseUrl(text)
}

/**
 * The backend's `websocket_url` for an app that dials by itself: as it is where it names the host of the backend
 * (`http://` becomes `ws://`) or a listed origin, with the same scheme, without user or password. Else empty.
 */
export function passedOnUrl(httpUrl: string, given: string | undefined, listedOrigins: readonly string[]): string {
  const backend = new URL(httpUrl.replace(/^http/, 'ws'))
  const url = parse(given ?? '')
  const isTrusted =
    url !== null &&
    (url.host === backend.host || listedOrigins.includes(url.origin)) &&
    url.protocol === backend.protocol &&
    !url.username &&
    !url.password
  return isTrusted && given !== undefined ? given : ''
}
