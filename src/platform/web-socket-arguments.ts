// What a browser's WebSocket makes of its arguments (WHATWG WebSockets, Web IDL). Where Chromium and Node differ the
// stricter one is followed: code that runs here runs in both. Nothing is quoted: an address may carry a ticket, a
// protocol a JWT.

import { isBlob, isBytes, utf8Length } from './binary.ts'

const MAX_REASON_BYTES = 123
/** RFC 9110 §5.6.2. */
const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const encoder = new TextEncoder()
// With the byte order mark kept: it is part of the text here.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** `DOMString` of Web IDL. A symbol is a `TypeError`; for `String()` it would be a text. */
const asText = (value: unknown): string => `${value as string}`
/** `USVString`: a lone surrogate becomes U+FFFD. */
const wellFormed = (value: unknown): string => decoder.decode(encoder.encode(asText(value)))

/** Too few arguments are a `TypeError`, before anything else is looked at. An `undefined` is an argument. */
export function requireArgument(given: readonly unknown[], what: string): void {
  if (given.length === 0) throw new TypeError(`${what} needs 1 argument, but 0 were given.`)
}

const syntaxError = (message: string) => new DOMException(message, 'SyntaxError')

/** The address as it will be dialled. `base` is the page's; without one a relative address is refused, as in Node. */
export function parseWebSocketUrl(url: string | URL, base: string | undefined): URL {
  const text = asText(url)
  let parsed: URL
  try {
    parsed = new URL(text, base)
  } catch {
    throw syntaxError('The URL is invalid.')
  }
  if (parsed.protocol === 'http:') parsed.protocol = 'ws:'
  if (parsed.protocol === 'https:') parsed.protocol = 'wss:'
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw syntaxError(`The URL's scheme must be ws, wss, http or https, not ${parsed.protocol.slice(0, -1)}.`)
  }
  // `hash` is empty for an address that ends in a bare '#', which is a fragment all the same.
  if (parsed.href.includes('#')) throw syntaxError('The URL must not have a fragment.')
  return parsed
}

/** The offered names, without those that one before repeats. Chromium tells `a` from `A` here; Node does not. */
export const distinctProtocols = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index)

/** The options of the coming standard, and of Node: https://github.com/whatwg/websockets/pull/76. */
export interface WebSocketInit {
  protocols?: string | Iterable<string>
}

/** A `WebSocket` class that takes them; TypeScript's own does not know them yet. */
export type WebSocketClass = typeof WebSocket & { new (url: string | URL, options: WebSocketInit): WebSocket }

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
const isIterable = (value: unknown): value is Iterable<unknown> => isObject(value) && Symbol.iterator in value

/** `(DOMString or sequence<DOMString>)`: what is no object is a text, null too. */
function sequenceOf(value: unknown): string[] {
  if (value === undefined) return []
  return isIterable(value) ? [...value].map(asText) : [asText(value)]
}

/** The second argument. In an options object every member but `protocols` is ignored, as in a dictionary of Web IDL. */
export function parseProtocols(
  given: string | Iterable<string> | WebSocketInit | undefined,
  longest = Number.POSITIVE_INFINITY,
): string[] {
  const isInit = isObject(given) && !isIterable(given)
  const list = sequenceOf(isInit ? (given as WebSocketInit).protocols : given)
  if (!list.every((name) => HTTP_TOKEN.test(name) && name.length <= longest)) {
    throw syntaxError('A subprotocol must be an HTTP token, and not too long.')
  }
  if (distinctProtocols(list).length !== list.length) throw syntaxError('A subprotocol is given twice.')
  return list
}

export interface CloseFrame {
  code: number
  reason: string
}

/** Stands for a close frame without a code. */
export const NO_CLOSE_CODE = 1005

export function parseClose(code: number | undefined, reason: string | undefined): CloseFrame {
  if (code === undefined && reason === undefined) return { code: NO_CLOSE_CODE, reason: '' }
  // Both are converted before either is judged.
  const clamped = clampToUnsignedShort(code)
  const text = reason === undefined ? '' : wellFormed(reason)
  if (clamped !== 1000 && (clamped < 3000 || clamped > 4999)) {
    throw new DOMException(`The close code must be 1000 or from 3000 to 4999, not ${clamped}.`, 'InvalidAccessError')
  }
  if (utf8Length(text) > MAX_REASON_BYTES)
    throw syntaxError(`The close reason must be at most ${MAX_REASON_BYTES} bytes.`)
  return { code: clamped, reason: text }
}

export type SendData = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob

/** What `send` is given: bytes as they are, everything else as a text. */
export const parseData = (data: unknown): SendData =>
  isBytes(data) || isBlob(data) ? (data as SendData) : wellFormed(data)

/** `[Clamp] unsigned short` of Web IDL. */
function clampToUnsignedShort(value: unknown): number {
  // Not `Number()`, which takes a BigInt.
  const number = +(value as number)
  return Number.isNaN(number) ? 0 : Math.round(Math.min(Math.max(number, 0), 65_535))
}
