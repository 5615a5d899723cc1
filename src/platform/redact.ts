// The second line of defence. This library never puts a credential into a text. Foreign texts (a server's `detail`, an error
// thrown by a token callback) are redacted here before they are shown.

import type { Secret } from './secret.ts'

const PATTERNS: readonly [RegExp, string][] = [
  // A JWT, whole or cut off: three base64url parts, the first of which begins with {" in base64.
  [/\beyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,2}/g, '[jwt]'],
  // The same in base64 once more, as a subprotocol carries it, or under one of the names that precede it there.
  [/\bZXlK[A-Za-z0-9_-]{4,}/g, '[jwt]'],
  [/\b(jwt-auth|jwt|bearer)\.[A-Za-z0-9._-]{8,}/gi, '$1.[redacted]'],
  [/\b(Bearer\s+)[A-Za-z0-9._~+/=-]+/gi, '$1[redacted]'],
  [/\b((?:auth_)?ticket(?:_id)?|token|jwt|access_token|auth_token)=[^&\s"'<>]+/gi, '$1=[redacted]'],
  // As long as a ticket, or nearly: 256 bits of base64url, perhaps cut off. A handle looks the same, and is lost too.
  [/[A-Za-z0-9_-]{32,}/g, '[redacted]'],
]

/** The text with everything replaced that looks like a credential. */
export const maskCredentials = (text: string): string =>
  PATTERNS.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), text)

const MAX_LENGTH = 300
const MAX_INPUT = 4 * MAX_LENGTH

/** A shorter value is no secret, and would hide parts of ordinary words. */
const MIN_SECRET_LENGTH = 6

/** Other spellings of the characters that a token may hold: in a URL (`%2F`), in JSON of PHP (`\/`) and of .NET (`\u002B`). */
const SPELLINGS: Readonly<Record<string, string>> = {
  '/': String.raw`(?:\\?/|\\u002f|%2f)`,
  '+': String.raw`(?:\+|\\u002b|%2b)`,
  '=': String.raw`(?:=|\\u003d|%3d)`,
  '~': String.raw`(?:~|\\u007e|%7e)`,
}

/** A value without these characters has one spelling, and is searched as a text. */
const inAnySpelling = (value: string): string | RegExp =>
  /[/+=~]/.test(value)
    ? new RegExp(
        value.replace(/\W/g, (sign) => SPELLINGS[sign] ?? `\\${sign}`),
        'gi',
      )
    : value

/** The text without these values: an opaque token matches no pattern. */
function maskKnown(text: string, known: readonly Secret[]): string {
  const values = known.map((secret) => secret.reveal()).filter((value) => value.length >= MIN_SECRET_LENGTH)
  return values.reduce((safe, value) => safe.replaceAll(inAnySpelling(value), '[redacted]'), text)
}

/**
 * The text without anything that looks like a credential, and without the `known` ones; on one line, at most 300
 * characters.
 */
export function redact(text: string, known: readonly Secret[] = []): string {
  let safe = maskKnown(text, known)
  // A credential that is cut off would match no pattern, so the last word is dropped as well.
  if (safe.length > MAX_INPUT) safe = safe.slice(0, MAX_INPUT).replace(/\S*$/, '')
  safe = maskCredentials(safe)
  // Control characters would let a foreign text forge log lines (CWE-117).
  safe = safe.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH)}…` : safe
}

/** A copy of a foreign error for `cause`: its name and its redacted message, without its other fields. */
export const redactedCause = (error: unknown, known: readonly Secret[] = []): Error =>
  maskedCause(error, (text) => redact(text, known))

/** The same by a mask that knows the credential. */
export function maskedCause(error: unknown, mask: (text: string) => string): Error {
  const [name, message] = wordsOf(error)
  const safe = new Error(mask(message))
  safe.name = /^\w{1,64}$/.test(name) && mask(name) === name ? name : 'Error'
  return safe
}

/** Of any thrown value: an error's message may be no string, or throw when it is read. */
function wordsOf(error: unknown): [name: string, message: string] {
  if (typeof error === 'string') return ['Error', error]
  try {
    const { name, message } = error as Error
    if (typeof name === 'string' && typeof message === 'string') return [name, message]
  } catch {}
  return ['Error', 'not an Error']
}
