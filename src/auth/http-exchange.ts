// One HTTP exchange with the backend: sent once, answered once, believed only after every check. Nothing here retries.

import { TicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
import type { Clock, Fetch } from '../platform/platform.ts'
import { redact, redactedCause } from '../platform/redact.ts'
import type { Secret } from '../platform/secret.ts'
import { parseHttpDate } from '../platform/system-platform.ts'
import { within } from './deadline.ts'
import { type Redirectable, redirectError } from './redirect.ts'
import { type Asked, remedyOf } from './remedies.ts'

export interface Exchange<T> {
  asked: Asked
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  jwt: Secret | null
  body?: unknown
  guard: (value: unknown) => value is T
  signals: readonly AbortSignal[]
  /** Credentials in the URL, to be masked in the answer. The JWT is, too. */
  known?: readonly Secret[]
}

export interface ExchangeDeps {
  fetch: Fetch
  clock: Clock
  /** Over headers and body together. */
  timeoutMs: number
  /** What else is masked in the backend's words: it may repeat the JWT of an earlier request. */
  secrets?: () => readonly Secret[]
}

const MAX_BODY_BYTES = 64 * 1024

function codeOf(status: number): TicketSocketErrorCode {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 405 || status === 501) return 'tickets_unsupported'
  if (status === 429) return 'rate_limited'
  if (status === 408 || status === 425 || status >= 500) return 'server_unavailable'
  return status >= 400 ? 'invalid_request' : 'bad_response'
}

/** Longer than a page obeys: by a mistake in a header nobody is to lose tickets for a day. */
const LONGEST_WAIT_MS = 300_000
/** The backend has asked to wait, and nobody can read how long. */
const UNREADABLE_WAIT_MS = 30_000

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110 §10.2.3), the date read by the server's own clock where it sends `Date`. */
function retryAfterMs(headers: Headers, clock: Clock): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  return Math.min(Math.max(0, readWait(value, headers, clock)), LONGEST_WAIT_MS)
}

function readWait(value: string, headers: Headers, clock: Clock): number {
  // Two of one header arrive as `120, 120`; some send fractions.
  const [, seconds] = /^(\d+(?:\.\d+)?)(?:\s*,.*)?$/.exec(value) ?? []
  if (seconds !== undefined) return Number(seconds) * 1000
  // Of the three forms of a date the one by `asctime` names no zone: it is GMT as well.
  const date = parseHttpDate(/^[A-Z][a-z]{2} .*\d{4}$/.test(value) ? `${value} GMT` : value)
  if (Number.isNaN(date) || !/^[A-Z][a-z]+,? /.test(value)) return UNREADABLE_WAIT_MS
  const serverNow = parseHttpDate(headers.get('date') ?? '')
  return date - (Number.isNaN(serverNow) ? clock.wallNow() : serverNow)
}

/** `remedy`: for an answer that nobody can use. */
type Sent = Redirectable & { remedy: string }

const isTooLong = ({ what, remedy }: Sent) =>
  new TicketSocketError('bad_response', `${what} gave an answer of more than ${MAX_BODY_BYTES} bytes. ${remedy}`)

async function readText(response: Response, sent: Sent, signal: AbortSignal): Promise<string> {
  const { body } = response
  if (body === null) return ''
  // React Native and polyfills have no stream to read from; what is too long has arrived by then.
  if (!body?.getReader) {
    const text = await response.text()
    if (text.length > MAX_BODY_BYTES) throw isTooLong(sent)
    return text
  }
  const reader = body.getReader()
  signal.addEventListener('abort', () => void reader.cancel().catch(() => {}))
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > MAX_BODY_BYTES) {
      void reader.cancel().catch(() => {})
      throw isTooLong(sent)
    }
    text += decoder.decode(value, { stream: true })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function read(response: Response, sent: Sent, signal: AbortSignal, clock: Clock) {
  const elsewhere = redirectError(response, sent)
  if (elsewhere) {
    // Unread, it would keep the connection.
    void response.body?.cancel?.().catch(() => {})
    throw elsewhere
  }
  if (response.type === 'opaque') {
    const message = `${sent.what} gave an answer that the page may not read. Check that no service worker or platform.fetch uses no-cors.`
    throw new TicketSocketError('bad_response', message)
  }
  const { headers } = response
  return {
    isJson: /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(headers.get('content-type') ?? ''),
    wait: retryAfterMs(headers, clock),
    body: parseJson(await readText(response, sent, signal)),
  }
}

/** The backend's own words: RFC 9457's `detail`, FastAPI's `detail` (text or list), or nothing. */
function detailOf(body: unknown, known: readonly Secret[]): string {
  const detail = (body as { detail?: unknown } | null | undefined)?.detail
  const first = Array.isArray(detail) ? (detail[0] as { msg?: unknown } | undefined)?.msg : detail
  if (typeof first !== 'string') return ''
  const words = redact(first, known)
  return ` The backend says: "${words}"${/[.!?]$/.test(words) ? '' : '.'}`
}

/** Sends the request and resolves with a checked answer; every failure is a `TicketSocketError`. */
export function exchange<T>({ fetch, clock, timeoutMs, secrets }: ExchangeDeps, request: Exchange<T>): Promise<T> {
  const what = `${request.method} ${new URL(request.url).origin}`
  const { asked } = request
  const known = () => [...(request.jwt ? [request.jwt] : []), ...(request.known ?? []), ...(secrets?.() ?? [])]
  const deadline = { clock, ms: timeoutMs, signals: request.signals, what, remedy: remedyOf(asked, 'timeout') }
  return within(deadline, async (signal) => {
    let response: Response
    try {
      response = await fetch(request.url, {
        method: request.method,
        headers: {
          accept: 'application/json',
          ...(request.jwt && { authorization: `Bearer ${request.jwt.reveal()}` }),
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        // A redirect would take the JWT elsewhere; `manual` and not `error`, so that it is not taken for a network error.
        // A cache would hand out a used ticket; cookies have no part in this.
        redirect: 'manual',
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal,
      })
    } catch (error) {
      const fact = `${what} could not be reached (network, CORS, or a redirect without CORS headers).`
      const message = `${fact} ${remedyOf(asked, 'network')}`
      throw new TicketSocketError('network', message, { cause: redactedCause(error, known()) })
    }

    const remedy = remedyOf(asked, 'bad_response')
    const sent = { what, url: request.url, known: known(), remedy }
    const { isJson, body, wait } = await read(response, sent, signal, clock).catch((error: unknown) => {
      if (error instanceof TicketSocketError) throw error
      const message = `${what} gave an answer that broke off, or none at all. ${remedyOf(asked, 'network')}`
      throw new TicketSocketError('network', message, { cause: redactedCause(error, known()) })
    })
    if (!response.ok) {
      const code = codeOf(response.status)
      throw new TicketSocketError(
        code,
        `${what} answered ${response.status}.${detailOf(body, known())} ${remedyOf(asked, code, response.status)}`,
        { status: response.status, ...(wait !== undefined && { retryAfterMs: wait }) },
      )
    }
    if (!isJson || !request.guard(body)) {
      const got = isJson ? 'JSON of another shape' : 'something that is not JSON'
      const message = `${what} answered ${response.status} with ${got}. ${remedy}`
      throw new TicketSocketError('bad_response', message, { status: response.status })
    }
    return body
  })
}
