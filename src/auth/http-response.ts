// What comes back from the backend, and whether it can be read: no redirect, not hidden from the page, and not too long.
//
// A client that follows no redirect sees an opaque answer in browsers, the 3xx itself in Node, and an answer from another
// address where `fetch` ignores the option (React Native, polyfills on XMLHttpRequest).

import { TicketSocketError } from '../contract/errors.ts'
import { parseUrl } from '../platform/parse-url.ts'
import { redact } from '../platform/redact.ts'
import type { Secret } from '../platform/secret.ts'
import { type AnyResponse, headerOf, streamOf, textOf } from './response-shapes.ts'

/** The request that is answered. */
export interface Sent {
  /** Names the request in errors. */
  what: string
  url: string
  /** Credentials that the answer may repeat. */
  known: () => readonly Secret[]
  /** What to do about an answer that nobody can use. */
  remedy: () => string
}

export interface Answer {
  isJson: boolean
  /** Undefined: no JSON. */
  body: unknown
}

const MAX_BODY_BYTES = 64 * 1024

export async function readResponse(response: AnyResponse, sent: Sent, signal: AbortSignal): Promise<Answer> {
  const redirected = redirectError(response, sent)
  if (redirected) {
    // Unread, it would keep the connection.
    void response.body?.cancel?.().catch(() => {})
    throw redirected
  }
  if (response.type === 'opaque') {
    const message = `${sent.what} gave an answer that the page may not read. Check that no service worker or platform.fetch uses no-cors.`
    throw new TicketSocketError('bad_response', message)
  }
  const body = parseJson(await readText(response, sent, signal))
  return { isJson: response.headers ? isJsonType(headerOf(response, 'content-type')) : body !== undefined, body }
}

const isJsonType = (type: string | null) => /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type ?? '')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readText(response: AnyResponse, sent: Sent, signal: AbortSignal): Promise<string> {
  const stream = streamOf(response)
  if (!stream) {
    // What is too long has arrived by then.
    const text = await textOf(response)
    if (text.length > MAX_BODY_BYTES) throw tooLong(sent)
    return text
  }
  const reader = stream.getReader()
  signal.addEventListener('abort', () => void reader.cancel().catch(() => {}))
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > MAX_BODY_BYTES) {
      void reader.cancel().catch(() => {})
      throw tooLong(sent)
    }
    text += decoder.decode(value, { stream: true })
  }
}

const tooLong = ({ what, remedy }: Sent) =>
  new TicketSocketError('bad_response', `${what} gave an answer of more than ${MAX_BODY_BYTES} bytes. ${remedy()}`)

/** Not 300 and 304: they name no other place. */
const REDIRECT_STATUSES = [301, 302, 303, 307, 308]

/** The error for an answer that is a redirect, or that came after one; null for every other answer. */
function redirectError(response: AnyResponse, { what, url, known }: Sent): TicketSocketError | null {
  const { status, type, redirected } = response
  if (type === 'opaqueredirect') return redirect(`${what} answered with a redirect, which is not followed.`)
  if (REDIRECT_STATUSES.includes(status)) {
    const to = redact(originOf(headerOf(response, 'location'), url), known())
    return redirect(`${what} answered with a redirect (${status})${to && ` to ${to}`}, which is not followed.`, status)
  }
  const origin = originOf(response.url, url)
  if (!redirected && (origin === '' || origin === originOf(url, url))) return null
  const from = redact(origin, known())
  // Too late to prevent: the error says what happened.
  return redirect(
    `${what} was redirected${from && ` to ${from}`}, and fetch followed: the JWT may have been sent there.`,
  )
}

/** Nothing else of an address is repeated: its path and query may hold a credential. */
const originOf = (address: string | null | undefined, base: string) =>
  (address && parseUrl(address, base)?.origin) || ''

const REDIRECT_REMEDY =
  "Check httpUrl and ticketPath (https, and no slash at the end of the server's routes), and whether an SSO proxy or a " +
  'sign-in page answers first.'

const redirect = (fact: string, status?: number) =>
  new TicketSocketError('redirected', `${fact} ${REDIRECT_REMEDY}`, status === undefined ? {} : { status })
