// What a browser's WebSocket makes of its arguments (WHATWG WebSockets). What a browser refuses is refused here with the
// same kind of exception; names are not quoted, since one of them may hold a secret.

import { PROTOCOL_FORM } from '../contract/wire.ts'
import { absoluteUrl } from '../platform/option-checks.ts'

const MAX_REASON_BYTES = 123

const syntaxError = (message: string) => new DOMException(message, 'SyntaxError')

/** Relative addresses are the page's; without a page they are refused. */
const pageUrl = () => (typeof location === 'undefined' ? undefined : location.href)

/** The address as a browser would take it. Beyond this machine `ws:` is a TypeError, unless `allowInsecure`. */
export function parseSocketUrl(given: string | URL, allowInsecure: boolean): URL {
  let url: URL
  try {
    url = new URL(given, pageUrl())
  } catch {
    throw syntaxError('The URL is invalid.')
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw syntaxError(`The URL's scheme must be ws, wss, http or https, not ${url.protocol.slice(0, -1)}.`)
  }
  // `hash` is empty for an address that ends in a bare '#', which is a fragment all the same.
  if (url.href.includes('#')) throw syntaxError('The URL must not have a fragment.')
  return absoluteUrl('url', url.href, { schemes: ['wss:', 'ws:'], allowInsecure })
}

/** Names differ from each other also for whoever ignores case, as Node does. */
const unlikeThoseBefore = (name: string, index: number, all: readonly string[]) =>
  all.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index

/** The offered names, without those that one before repeats. */
export const distinct = (names: readonly string[]): string[] => names.filter(unlikeThoseBefore)

export function parseProtocols(given: string | readonly string[] | undefined): string[] {
  const names = given === undefined ? [] : typeof given === 'string' ? [given] : [...given].map(String)
  if (!names.every((name) => PROTOCOL_FORM.test(name))) {
    throw syntaxError('A subprotocol must be an HTTP token of at most 256 characters.')
  }
  if (distinct(names).length !== names.length) throw syntaxError('A subprotocol is given twice.')
  return names
}

/** Refuses what a browser's `close` refuses. */
export function checkClose(code: number | undefined, reason: string | undefined): void {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw new DOMException(`The close code must be 1000 or from 3000 to 4999, not ${code}.`, 'InvalidAccessError')
  }
  if (reason !== undefined && new TextEncoder().encode(reason).length > MAX_REASON_BYTES) {
    throw syntaxError(`The close reason must be at most ${MAX_REASON_BYTES} bytes.`)
  }
}

/** What `bufferedAmount` counts for data that will never be sent. */
export function byteSize(data: string | ArrayBufferLike | ArrayBufferView | Blob): number {
  if (typeof data === 'string') return new TextEncoder().encode(data).length
  return 'size' in data ? data.size : data.byteLength
}
