// Checks a WebSocket's arguments as a browser does (WHATWG WebSockets, Web IDL). Where Chromium and Node differ, the stricter rule
// applies: code that works here works in both. Errors quote no argument: a URL may contain a ticket, a protocol a JWT.

import { isBlob, isBytes } from './binary.ts'
import { utf8Length, wellFormed } from './utf8.ts'

const MAX_REASON_BYTES = 123
/** RFC 9110 §5.6.2. */
const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** `DOMString` of Web IDL. A symbol is a `TypeError`; `String()` would accept it. */
const asText = (value: unknown): string => `${value as string}`

/** Too few arguments are a `TypeError`, before any other check. An `undefined` is an argument. */
export function requireArgument(given: readonly unknown[], what: string): void {
  if (given.length === 0) throw new TypeError(`${what} needs 1 argument, but 0 were given.`)
}

const syntaxError = (message: string) => new DOMException(message, 'SyntaxError')

/** The URL to connect to. `base` is the page's URL; without it a relative URL is refused, as in Node. */
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
  // `hash` is empty for a URL that ends in '#', which is a fragment as well.
  if (parsed.href.includes('#')) throw syntaxError('The URL must not have a fragment.')
  return parsed
}

/** The offered names without duplicates. Chromium distinguishes `a` from `A`; Node does not. */
export const distinctProtocols = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index)

/** The options of the coming standard, and of Node: https://github.com/whatwg/websockets/pull/76. */
export interface WebSocketInit {
  protocols?: string | Iterable<string>
}

/** A `WebSocket` class with these options; TypeScript's own type does not have them yet. */
export type WebSocketClass = typeof WebSocket & { new (url: string | URL, options: WebSocketInit): WebSocket }

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
const isIterable = (value: unknown): value is Iterable<unknown> => isObject(value) && Symbol.iterator in value

/** `(DOMString or sequence<DOMString>)`: any value but an object is a string, null included. */
function sequenceOf(value: unknown): string[] {
  if (value === undefined) return []
  return isIterable(value) ? [...value].map(asText) : [asText(value)]
}

/** The second argument. Members of an options object other than `protocols` are ignored, as in a dictionary of Web IDL. */
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
  // Both are converted before either is checked.
  const clamped = clampToUnsignedShort(code)
  const text = reason === undefined ? '' : wellFormed(asText(reason))
  if (clamped !== 1000 && (clamped < 3000 || clamped > 4999)) {
    throw new DOMException(`The close code must be 1000 or from 3000 to 4999, not ${clamped}.`, 'InvalidAccessError')
  }
  if (utf8Length(text) > MAX_REASON_BYTES)
    throw syntaxError(`The close reason must be at most ${MAX_REASON_BYTES} bytes.`)
  return { code: clamped, reason: text }
}

export type SendData = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob

/** The argument of `send`: bytes as they are, everything else as a string. */
export const parseData = (data: unknown): SendData =>
  isBytes(data) || isBlob(data) ? (data as SendData) : wellFormed(asText(data))

/** `[Clamp] unsigned short` of Web IDL. */
function clampToUnsignedShort(value: unknown): number {
  // Not `Number()`, which takes a BigInt.
  const number = +(value as number)
  return Number.isNaN(number) ? 0 : Math.round(Math.min(Math.max(number, 0), 65_535))
}
