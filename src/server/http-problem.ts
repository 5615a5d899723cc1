import { isTicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
import type { Problem } from '../contract/wire.ts'

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
} as const
export type ProblemStatus = keyof typeof TITLES
export const titleOf = (status: number): string => TITLES[status as ProblemStatus] ?? ''
export const PROBLEM_STATUSES: readonly string[] = Object.keys(TITLES)

const STATUS_OF: Partial<Record<TicketSocketErrorCode, ProblemStatus>> = {
  unauthenticated: 401,
  forbidden: 403,
  invalid_request: 422,
  rate_limited: 429,
  too_many_tickets: 429,
  tickets_unsupported: 501,
  store_unavailable: 503,
  server_unavailable: 503,
  timeout: 503,
}

/** The `Retry-After` of a 503 or 429 without a wait of its cause. */
const DEFAULT_RETRY_AFTER_MS = 5_000

export interface HttpProblemOptions {
  errors?: { path: string; message: string }[]
  headers?: Record<string, string>
  retryAfterMs?: number | undefined
}

/** A refusal on its way out of the handler: thrown by the step that refuses, made a response in one place. */
export class HttpProblem extends Error {
  override readonly name: string = 'HttpProblem'
  readonly status: ProblemStatus
  readonly body: Problem
  /** Of its answer, its type included. */
  readonly headers: Record<string, string>

  constructor(status: ProblemStatus, detail: string, { errors, headers, retryAfterMs }: HttpProblemOptions = {}) {
    super(detail)
    this.status = status
    this.body = { type: 'about:blank', title: TITLES[status], status, detail, ...(errors && { errors }) }
    this.headers = {
      'content-type': 'application/problem+json',
      ...headers,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...((status === 429 || status === 503) && { 'retry-after': seconds(retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) }),
    }
  }
}

/** What every answer carries, errors included: a ticket must not be kept by a cache. */
export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** `Retry-After` counts in whole seconds: rounded up, or a client would be back too early. */
const seconds = (ms: number) => String(Math.max(1, Math.ceil(ms / 1_000)))

/**
 * The problem that the client gets for an error. It holds the words of this package's errors only; those of any other error are not
 * meant for a client.
 */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  const status = isTicketSocketError(error) ? STATUS_OF[error.code] : undefined
  if (!isTicketSocketError(error) || !status) return new HttpProblem(500, 'The server failed. Try again later.')
  return new HttpProblem(status, error.message, { retryAfterMs: error.retryAfterMs })
}
