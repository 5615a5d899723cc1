// The bytes of an answer, and the part of `Response` that hands them over.

import { parseHttpDate } from '../../../src/platform/system-platform.ts'
import { ticketValue } from '../../support/canaries.ts'
import type { FastClock } from '../../support/fast-clock.ts'
import { type Answer, type AnswerKind, isTryLater, type RetryAfter } from './answers.ts'
import type { SeenRequest } from './edge.ts'

export interface Reply {
  type: 'default' | 'opaqueredirect'
  ok: boolean
  status: number
  headers: { get(name: string): string | null }
  body: { getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<void> } } | null
}

const encoder = new TextEncoder()
const LONG = ' '.repeat(70_000)
const BLANKS = encoder.encode(' '.repeat(16 * 1024))

/** What a server says that repeats what it was told: a client must not pass it on. */
const careless = (request: SeenRequest) =>
  `not for Bearer ${request.jwt?.value}, ticket=${ticketValue(0)} and ${ticketValue(0)}`

export function bodyOf(request: SeenRequest, clock: FastClock): string {
  const answer = request.answer as Answer
  const { issued } = request
  if (answer.kind === 'status') return errorBody(answer, careless(request))
  if (!request.isTicketRequest) return otherBody(request)
  if (issued) {
    const createdAt = clock.wallNow() / 1000
    const host = answer.kind === 'ticket for another host' ? 'evil.example' : 'api.example.com'
    const scheme = answer.kind === 'ticket in the clear' ? 'ws' : 'wss'
    const ticket = JSON.stringify({
      ticket_id: issued.value,
      ...(issued.handle !== null && { ticket_handle: issued.handle, subprotocol: 'ticket-socket.v1' }),
      ...(answer.kind === 'ticket named by itself' && { ticket_handle: issued.value }),
      ...(answer.kind === 'ticket with null fields' && { ticket_handle: null, subprotocol: null, websocket_url: null }),
      created_at: createdAt,
      expires_at: createdAt + issued.ttlMs / 1000,
      ttl_seconds: issued.ttlMs / 1000,
      single_use: issued.saysSingleUse,
      ...(!['ticket without an address', 'ticket with null fields'].includes(answer.kind) && {
        websocket_url: `${scheme}://${host}/elsewhere?ticket=${issued.value}`,
      }),
    })
    return inDisguise(answer.kind, ticket, issued.value)
  }
  const id = ticketValue(0)
  const almost = { ticket_id: id, expires_at: 1, created_at: 0, ttl_seconds: 300, single_use: true, websocket_url: '' }
  switch (answer.kind) {
    case 'page of HTML':
      return `<h1>Sign in</h1>${careless(request)}`
    case 'JSON of another shape':
      return JSON.stringify([almost])
    case 'milliseconds':
      return JSON.stringify({ ...almost, expires_at: 1_763_800_300_000 })
    case 'null fields':
      return JSON.stringify({ ...almost, ticket_id: null, expires_at: null })
    case 'plain text':
      return JSON.stringify(almost)
    case 'broken JSON':
      return `{"ticket_id":"${id}"`
    case 'too long':
      return JSON.stringify(almost) + LONG
    default:
      return ''
  }
}

/** JSON that parsers have stumbled over. */
function inDisguise(kind: AnswerKind, ticket: string, value: string): string {
  if (kind === 'ticket after a byte order mark') return `\uFEFF${ticket}`
  if (kind === 'ticket with a prototype') return `{"__proto__":{"ticket_id":"${ticketValue(0)}"},${ticket.slice(1)}`
  if (kind === 'ticket told twice')
    return `{"ticket_id":"${ticketValue(0)}",${ticket.slice(1, -1)},"ticket_id":"${value}"}`
  return ticket
}

function errorBody({ body }: Answer, words: string): string {
  if (body === 'problem') return JSON.stringify({ type: 'about:blank', title: 'no', detail: words })
  if (body === 'FastAPI') return JSON.stringify({ detail: words })
  if (body === 'FastAPI list') return JSON.stringify({ detail: [{ loc: ['body'], msg: words }] })
  return body === 'HTML' ? `<h1>${words}</h1>` : ''
}

function otherBody({ method, path }: SeenRequest): string {
  if (path.endsWith('/tickets')) return JSON.stringify({ success: true, revoked: 1 })
  if (path.endsWith('/validate')) return JSON.stringify({ valid: false, error: 'unknown' })
  if (method === 'DELETE') return JSON.stringify({ success: true, message: 'gone' })
  return JSON.stringify({
    ticket_system_enabled: true,
    redis_available: true,
    redis_status: 'connected',
    default_ttl_seconds: 300,
    max_ttl_seconds: 3600,
    ticket_prefix: 'auth:ticket:',
  })
}

const httpDate = (ms: number) => new Date(ms).toUTCString()

/** Of what nobody can read, and of what is longer than anybody means. */
const UNREADABLE_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 300_000

/** What the header says in milliseconds, as the client takes it; null: nothing. */
export function waitIn(retryAfter: RetryAfter | null, clock: FastClock): number | null {
  if (!retryAfter) return null
  if (retryAfter.form === 'nonsense') return UNREADABLE_WAIT_MS
  return Math.min(waitAsked(retryAfter, clock), LONGEST_WAIT_MS)
}

function waitAsked(retryAfter: RetryAfter, clock: FastClock): number {
  if (retryAfter.form === 'seconds') return retryAfter.seconds * 1000
  const seconds = Math.min(retryAfter.seconds, 3_600)
  if (retryAfter.form === 'date') return seconds * 1000
  return Math.max(0, parseHttpDate(httpDate(clock.wallNow() + seconds * 1000)) - clock.wallNow())
}

function headersOf({ kind, status, body, retryAfter }: Answer, clock: FastClock): Record<string, string> {
  const isHtml = kind === 'page of HTML' || (kind === 'status' && body === 'HTML')
  const type = isHtml ? 'text/html' : kind === 'plain text' ? 'text/plain' : 'application/json; charset=utf-8'
  const headers: Record<string, string> = { 'content-type': type }
  if (kind !== 'status' || !retryAfter || !isTryLater(status)) return headers
  // The server's own clock is an hour ahead.
  const serverNow = clock.wallNow() + 3_600_000
  const seconds = Math.min(retryAfter.seconds, 3_600)
  if (retryAfter.form === 'seconds') headers['retry-after'] = String(retryAfter.seconds)
  if (retryAfter.form === 'nonsense') headers['retry-after'] = retryAfter.seconds > 5 ? 'soon' : '-5'
  if (retryAfter.form === 'date without Date') headers['retry-after'] = httpDate(clock.wallNow() + seconds * 1000)
  if (retryAfter.form === 'date') {
    const whole = Math.floor(serverNow / 1000) * 1000
    headers.date = httpDate(whole)
    headers['retry-after'] = httpDate(whole + seconds * 1000)
  }
  return headers
}

/** `onEnd`: the body was read to its end; `onCancel`: its reader wants no more. */
export function replyTo(
  answer: Answer,
  text: string,
  clock: FastClock,
  { onEnd, onCancel }: { onEnd: () => void; onCancel: () => void },
): Reply {
  const isRedirect = answer.kind === 'redirect'
  // As a browser shows it.
  const status = isRedirect ? 0 : answer.kind === 'status' ? answer.status : answer.kind === 'nothing' ? 204 : 200
  const headers = headersOf(answer, clock)
  const bytes = encoder.encode(text)
  // In two pieces, so that whoever reads only the first one is found out.
  const half = bytes.length >> 1
  const pieces = bytes.length > 1 ? [bytes.subarray(0, half), bytes.subarray(half)] : []
  const read = async (): Promise<{ done: boolean; value?: Uint8Array }> => {
    if (answer.kind === 'stuck') return new Promise(() => {})
    if (answer.kind === 'endless') return { done: false, value: BLANKS }
    const value = pieces.shift()
    if (value) return { done: false, value }
    onEnd()
    if (answer.kind === 'breaks off') throw new TypeError(`terminated ${ticketValue(0)}`)
    return { done: true }
  }
  const cancel = async () => onCancel()
  return {
    type: isRedirect ? 'opaqueredirect' : 'default',
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    body:
      text || ['stuck', 'endless', 'breaks off'].includes(answer.kind)
        ? { getReader: () => ({ read, cancel }) }
        : afterwards(onEnd),
  }
}

/** An empty body: nobody reads to its end. */
function afterwards(onEnd: () => void): null {
  onEnd()
  return null
}
