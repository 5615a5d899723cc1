// What a browser's WebSocket makes of its arguments (WHATWG WebSockets, Web IDL). Where Chromium and Node differ the
// stricter one is followed: code that runs here runs in both. Nothing is quoted: an address may carry a ticket, a
// protocol a JWT.

const MAX_REASON_BYTES = 123
/** RFC 9110 §5.6.2. */
const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const encoder = new TextEncoder()
export const utf8Length = (text: string): number => encoder.encode(text).length

const syntaxError = (message: string) => new DOMException(message, 'SyntaxError')

/** The address as it will be dialled. `base` is the page's; without one a relative address is refused, as in Node. */
export function parseWebSocketUrl(url: string | URL, base: string | undefined): URL {
  let parsed: URL
  try {
    parsed = new URL(url, base)
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

export function parseProtocols(
  protocols: string | Iterable<string> | undefined,
  longest = Number.POSITIVE_INFINITY,
): string[] {
  const isList = typeof protocols === 'object' && protocols !== null
  // Anything else is taken for a text, null too.
  const list = isList ? [...protocols].map(String) : protocols === undefined ? [] : [String(protocols)]
  if (!list.every((name) => HTTP_TOKEN.test(name) && name.length <= longest)) {
    throw syntaxError('A subprotocol must be an HTTP token, and not too long.')
  }
  if (distinctProtocols(list).length !== list.length) throw syntaxError('A subprotocol is given twice.')
  return list
}

/** Code and reason of the close frame; 1005 stands for a frame without a code. */
export function parseClose(code: number | undefined, reason: string | undefined): { code: number; reason: string } {
  if (code === undefined && reason === undefined) return { code: 1005, reason: '' }
  const clamped = clampToUnsignedShort(code)
  if (clamped !== 1000 && (clamped < 3000 || clamped > 4999)) {
    throw new DOMException(`The close code must be 1000 or from 3000 to 4999, not ${clamped}.`, 'InvalidAccessError')
  }
  const text = reason === undefined ? '' : String(reason)
  if (utf8Length(text) > MAX_REASON_BYTES)
    throw syntaxError(`The close reason must be at most ${MAX_REASON_BYTES} bytes.`)
  return { code: clamped, reason: text }
}

/** `[Clamp] unsigned short` of Web IDL. */
function clampToUnsignedShort(value: unknown): number {
  const number = Number(value)
  return Number.isNaN(number) ? 0 : Math.round(Math.min(Math.max(number, 0), 65_535))
}
