// What each WebSocket close code means for a client, in one place. Codes that are not named fall into the ranges of
// RFC 6455 §7.4.2 and of PROTOCOL.md (44xx stop, 45xx reconnect).

import type { TicketSocketErrorCode } from './errors.ts'

/** How long to wait before the next attempt. A hint in the close reason is a lower bound for each of them. */
export type Pace =
  /** Exponential backoff: something is wrong. */
  | 'backoff'
  /** At a random moment within the first backoff window: a planned shutdown disconnects all clients of the server. */
  | 'spread'
  /** At once: the session has expired, and nothing is wrong. */
  | 'now'

export type CloseVerdict =
  /** Stay closed: both sides are done. */
  | { kind: 'done' }
  | { kind: 'reconnect'; pace: Pace; code: TicketSocketErrorCode; retryAfterMs?: number }
  /** The server refused the credential of this connection. */
  | { kind: 'refused' }
  | { kind: 'stop'; code: TicketSocketErrorCode }

type Meaning =
  | { kind: 'done' }
  | { kind: 'reconnect'; pace: Pace; code?: TicketSocketErrorCode }
  | { kind: 'refused' }
  | { kind: 'stop'; code: TicketSocketErrorCode }

const reconnect = (pace: Pace, code?: TicketSocketErrorCode): Meaning => ({
  kind: 'reconnect',
  pace,
  ...(code && { code }),
})
const stop = (code: TicketSocketErrorCode): Meaning => ({ kind: 'stop', code })

/**
 * Close codes by the names that this library's own server uses. WebKitGTK delivers 1012, 1013 and 1014 as 1006 without a reason, so
 * a wait is named with 4512 (`restart`) or 4503 (`unavailable`).
 */
export const CLOSE = {
  done: 1000,
  goingAway: 1001,
  abnormal: 1006,
  policy: 1008,
  tooLarge: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  heartbeat: 4408,
  replaced: 4409,
  revoked: 4410,
  expired: 4411,
  tooMany: 4429,
  serverError: 4500,
  unavailable: 4503,
  slowReader: 4508,
  restart: 4512,
} as const

/** The fixed vocabulary of close reasons. Nothing else is ever sent, so no reason can hold a credential. */
export const CLOSE_REASONS = [
  'ticket_invalid',
  'jwt_invalid',
  'jwt_expired',
  'unauthenticated',
  'origin',
  'permission',
  'expired',
  'heartbeat',
  'replaced',
  'revoked',
  'bad_request',
  'too_many',
  'slow_reader',
  'server_error',
  'unavailable',
  'restart',
  'going_away',
  'done',
] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]

// A switch and not a table: a bundler keeps a table that is made by calls in every app, also in one without a socket.
function meaningOf(code: number, negotiated: boolean): Meaning {
  switch (code) {
    case 1000:
      return { kind: 'done' }
    case 1001:
    case 1012:
    case 4512:
      return reconnect('spread')
    case 1002:
    case 1003:
    case 1007:
    case 1010:
      return stop('protocol')
    case 1008: // early: see verdictOf
      return stop('policy')
    case 1009:
      return reconnect('backoff', 'message_too_large')
    case 4401: // unauthenticated: see verdictOf
      return { kind: 'refused' }
    case 4403:
      return stop('permission_denied')
    case 4408:
      return reconnect('backoff', 'heartbeat_lost')
    case 4409:
      return stop('replaced')
    case 4410:
      return stop('revoked')
    case 4411:
      return reconnect('now', 'session_expired')
    case 4429:
      return reconnect('backoff', 'too_many')
    case 4503:
      return reconnect('backoff', 'server_unavailable')
    default:
      // Where the protocol was not negotiated the code is the app's own.
      if (code >= 4400 && code <= 4499) return stop(negotiated ? 'protocol' : 'closed_by_server')
      // 1005, 1006, 1011, 1013 to 1015, 45xx, and the app's own codes.
      return reconnect('backoff')
  }
}

/** A client that does not know whether the credential was accepted takes a policy close this early for a refusal. */
const EARLY_POLICY_CLOSE_MS = 5_000

/** The longest hint that the client obeys. A server that asks for more is misconfigured, and a user is waiting. */
const MAX_RETRY_AFTER_MS = 5 * 60_000

function retryAfterIn(reason: string): number | undefined {
  const match = /(?:^|;)retry_after_ms=(\d+)(?:;|$)/.exec(reason)
  return match ? Math.min(Number(match[1]), MAX_RETRY_AFTER_MS) : undefined
}

/** The facts about a closed connection on which the meaning depends. */
export interface Closing {
  code: number
  reason: string
  /** It had opened, and the server had not accepted the credential yet (PR-02). */
  unaccepted: boolean
  /** `ticket-socket.v1` had been selected. */
  negotiated: boolean
}

/**
 * What a client does after its socket closed.
 *
 * Only two reasons count: `retry_after_ms` and, with 4401, `unauthenticated`.
 */
export function verdictOf({ code, reason, unaccepted, negotiated }: Closing): CloseVerdict {
  if (code === CLOSE.unauthorized && reason === 'unauthenticated') return { kind: 'stop', code: 'unauthenticated' }
  if (code === CLOSE.policy && unaccepted) return { kind: 'refused' }
  const meaning = meaningOf(code, negotiated)
  return meaning.kind === 'reconnect' ? reconnectAfter(reason, meaning) : meaning
}

/** The wait that a reason asks for is a lower bound. */
export function reconnectAfter(
  reason: string,
  { pace = 'backoff', code = 'connection_lost' }: { pace?: Pace; code?: TicketSocketErrorCode } = {},
): Extract<CloseVerdict, { kind: 'reconnect' }> {
  const retryAfterMs = retryAfterIn(reason)
  return { kind: 'reconnect', pace, code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/**
 * What a client does after its socket closed, for clients that reconnect by themselves.
 *
 * `openForMs` is the time since the socket opened, in milliseconds; `null` when it never opened, or when the server has
 * accepted the credential since. 1008 within 5 s is then a refused credential. Codes of 4400 to 4499 that PROTOCOL.md does
 * not name stop.
 */
export const classify = (code: number, reason: string, openForMs: number | null): CloseVerdict =>
  verdictOf({
    code,
    reason,
    unaccepted: openForMs !== null && openForMs <= EARLY_POLICY_CLOSE_MS,
    negotiated: true,
  })

/** `reason`, or `reason;retry_after_ms=n`; at most 123 bytes by construction (RFC 6455 §5.5). */
export function closeReason(reason: CloseReason, retryAfterMs?: number): string {
  if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) return reason
  return `${reason};retry_after_ms=${Math.round(Math.min(Math.max(0, retryAfterMs), MAX_RETRY_AFTER_MS))}`
}
