// Every way in which this library fails, by name. Readers branch on `error.code`; whether trying again can help
// is derived from the code by one table, so that no caller keeps a list of its own.

/** Whether the same call may succeed later without a change by the user or the app. */
const RETRYABLE = {
  // obtaining a credential
  unauthenticated: false,
  forbidden: false,
  tickets_unsupported: false,
  tickets_disabled: false,
  invalid_request: false,
  rate_limited: true,
  server_unavailable: true,
  network: true,
  blocked_by_policy: false,
  timeout: true,
  bad_response: true,
  redirected: true,
  ticket_repeated: true,
  token_callback_failed: true,
  signed_out: false,
  aborted: false,
  // keeping a connection
  ticket_rejected: true,
  jwt_rejected: true,
  connection_lost: true,
  heartbeat_lost: true,
  session_expired: true,
  going_away: true,
  too_many: true,
  policy: false,
  closed_by_server: false,
  protocol: false,
  not_dialled: false,
  credential_in_url: false,
  url_callback_failed: true,
  permission_denied: false,
  replaced: false,
  revoked: false,
  retries_exhausted: false,
  // messages
  invalid_message: false,
  message_too_large: false,
  // the server SDK
  store_unavailable: true,
  too_many_tickets: true,
} as const

export type TicketSocketErrorCode = keyof typeof RETRYABLE

export const ERROR_CODES = Object.keys(RETRYABLE) as readonly TicketSocketErrorCode[]

export interface TicketSocketErrorOptions {
  cause?: unknown
  /** The HTTP status of the failed request, if there was one. */
  status?: number
  /** Milliseconds to wait before the next attempt, if the server named them. */
  retryAfterMs?: number
}

const BRAND = Symbol.for('ticket-socket.error')

/**
 * The one error class of this package.
 *
 * `message` ends with what to do next and never contains a ticket or a JWT. Programming mistakes (a wrong option) are
 * `TypeError`s instead, thrown when the object is created.
 *
 * @example
 * ```ts
 * import { isTicketSocketError } from 'ticket-socket'
 *
 * declare const error: unknown
 * if (isTicketSocketError(error) && error.code === 'unauthenticated') location.assign('/login')
 * ```
 */
export class TicketSocketError extends Error {
  override readonly name = 'TicketSocketError'
  readonly code: TicketSocketErrorCode
  /** Whether the same call may succeed later without anybody doing anything. Derived from `code`. */
  readonly retryable: boolean
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: TicketSocketErrorCode, message: string, options: TicketSocketErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = RETRYABLE[code]
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Also true for an error made by another copy of this package. A class derived from this one knows its own errors only. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: the class that stands behind `instanceof`
    return this === TicketSocketError ? isTicketSocketError(value) : super[Symbol.hasInstance](value)
    // biome-ignore-end lint/complexity/noThisInStatic: the class that stands behind `instanceof`
  }
}

/** Whether the error is a `TicketSocketError`, also of another copy of this package (ESM beside CJS, two versions). */
export function isTicketSocketError(error: unknown): error is TicketSocketError {
  return error instanceof Error && (error as { [BRAND]?: unknown })[BRAND] === true
}
