// One HTTP request to the backend: its headers and fetch options, its deadline, and the checks of the answer. Sent once: retries are
// in `ticket-issuing.ts`, what a status means in `http-errors.ts`.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock, Fetch, Page } from '../platform/platform.ts'
import { redact, redactedCause } from '../platform/redact.ts'
import type { Secret } from '../platform/secret.ts'
import { REPORT_WAIT_MS, watchPolicy } from './content-policy.ts'
import { noAnswer, pause, within } from './deadline.ts'
import { type Asked, codeOf, remedyOf } from './http-errors.ts'
import { readResponse } from './http-response.ts'
import { retryAfterMs } from './retry-after.ts'

export interface HttpRequest<T> {
  /** What it asks for, which decides what an error says about it. */
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

export interface HttpDeps {
  fetch: Fetch
  clock: Clock
  page: Page
  /** Over headers and body together. */
  timeoutMs: number
  /** What else is masked in the backend's words: it may repeat the JWT of an earlier request. */
  secrets?: () => readonly Secret[]
}

/** Sends the request and resolves with a checked answer; every failure is a `TicketSocketError`. */
export function sendRequest<T>(deps: HttpDeps, request: HttpRequest<T>): Promise<T> {
  const { clock, timeoutMs: ms, secrets } = deps
  const { asked, url, jwt, signals, guard } = request
  const what = `${request.method} ${new URL(url).origin}`
  const known = () => [...(jwt ? [jwt] : []), ...(request.known ?? []), ...(secrets?.() ?? [])]
  const failed = (fact: string) => (error: unknown) => {
    if (error instanceof TicketSocketError) throw error
    const cause = redactedCause(error, known())
    throw new TicketSocketError('network', `${what} ${fact} ${remedyOf(asked, 'network')}`, { cause })
  }
  const late = () => noAnswer(what, ms, remedyOf(asked, 'timeout'))
  return within({ clock, ms, signals, late }, async (signal) => {
    const response = await send(deps, request, signal).catch(
      failed('could not be reached (network, CORS, or a redirect without CORS headers).'),
    )
    const sent = { what, url, known, remedy: () => remedyOf(asked, 'bad_response') }
    const { isJson, body } = await readResponse(response, sent, signal).catch(
      failed('gave an answer that broke off, or none at all.'),
    )
    const { ok, status } = response
    if (!ok) {
      const code = codeOf(status)
      const wait = retryAfterMs(response, clock)
      const message = `${what} answered ${status}.${detailOf(body, known())} ${remedyOf(asked, code, status)}`
      throw new TicketSocketError(code, message, { status, ...(wait !== undefined && { retryAfterMs: wait }) })
    }
    if (!isJson || !guard(body)) {
      const got = isJson ? 'JSON of another shape' : 'something that is not JSON'
      throw new TicketSocketError('bad_response', `${what} answered ${status} with ${got}. ${sent.remedy()}`, {
        status,
      })
    }
    return body
  })
}

/** Rejects with what `fetch` gives, or with what has blocked it. */
async function send({ fetch, clock, page }: HttpDeps, request: HttpRequest<unknown>, signal: AbortSignal) {
  let blocked: TicketSocketError | undefined
  const stop = watchPolicy(page, request.url, (error) => {
    blocked = error
  })
  try {
    return await fetch(request.url, initOf(request, signal))
  } catch (error) {
    if (stop && !blocked) await pause(clock, REPORT_WAIT_MS, [signal])
    throw blocked ?? error
  } finally {
    stop?.()
  }
}

function initOf({ method, jwt, body }: HttpRequest<unknown>, signal: AbortSignal): RequestInit {
  return {
    method,
    headers: {
      accept: 'application/json',
      ...(jwt && { authorization: `Bearer ${jwt.reveal()}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // A redirect would take the JWT elsewhere; `manual` and not `error`, so that it is not taken for a network error.
    // A cache would hand out a used ticket; cookies have no part in this.
    redirect: 'manual',
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal,
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
