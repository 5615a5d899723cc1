// The arguments of `ticketWebSocket`'s sockets: a browser's rules, and those of this library.

import { absoluteUrl } from '../platform/option-checks.ts'
import { parseProtocols as parse, parseWebSocketUrl, utf8Length } from '../platform/web-socket-arguments.ts'

/** As in the contract's `PROTOCOL_FORM`. */
const LONGEST_PROTOCOL = 256

/** Relative addresses are the page's; without a page they are refused. */
const pageUrl = () => (typeof location === 'undefined' ? undefined : location.href)

/** The address as a browser would take it. Beyond this machine `ws:` is a TypeError, unless `allowInsecure`. */
export function parseSocketUrl(given: string | URL, allowInsecure: boolean): URL {
  const { href } = parseWebSocketUrl(given, pageUrl())
  return absoluteUrl('url', href, { schemes: ['wss:', 'ws:'], allowInsecure })
}

export const parseProtocols = (given: string | readonly string[] | undefined): string[] =>
  parse(given, LONGEST_PROTOCOL)

/** What `bufferedAmount` counts for data that will never be sent. What is no binary is a text, as a browser takes it. */
export function byteSize(data: unknown): number {
  if (data instanceof Blob) return data.size
  const isBinary = typeof data === 'object' && data !== null && 'byteLength' in data
  return isBinary ? Number(data.byteLength) : utf8Length(String(data))
}
