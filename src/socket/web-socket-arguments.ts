// The arguments of `ticketWebSocket`'s sockets: a browser's rules, and those of this library.

import { SUBPROTOCOL } from '../contract/wire.ts'
import { absoluteUrl } from '../platform/option-checks.ts'
import { systemBaseUrl } from '../platform/system-platform.ts'
import { parseProtocols as parse, parseWebSocketUrl, type WebSocketInit } from '../platform/web-socket-arguments.ts'
import { parseAppUrl, type SocketUrl } from './app-url.ts'

/** As in the contract's `PROTOCOL_FORM`. */
const LONGEST_PROTOCOL = 256

/** The address as a browser would take it: a relative one is the page's, and without a page refused. Beyond this machine `ws:` is a TypeError, unless `allowInsecure`. */
function parseSocketUrl(given: string | URL, allowInsecure: boolean): URL {
  const { href } = parseWebSocketUrl(given, systemBaseUrl())
  return absoluteUrl('url', href, { schemes: ['wss:', 'ws:'], allowInsecure })
}

/**
 * How a socket's URL is read: the argument as a browser would take it, and the answer of a function by the rules of
 * `createTicketSocket`. A browser takes everything for a text, `undefined` too.
 */
export const urlParser = (url: SocketUrl, allowInsecure: boolean) => (given: string | URL) =>
  typeof url === 'function' ? parseAppUrl(given, allowInsecure) : parseSocketUrl(given, allowInsecure).href

export const parseProtocols = (given: string | Iterable<string> | WebSocketInit | undefined): string[] =>
  parse(given, LONGEST_PROTOCOL)

/**
 * Where `ticket-socket.v1` is negotiated, the server sends its own frames. A library above would take them for the
 * app's, so the name is left out even where the library asks for it.
 */
export const withoutOwnFrames = (names: readonly string[]): string[] =>
  names.filter((name) => name.toLowerCase() !== SUBPROTOCOL)
