import { CLOSE, type CloseReason } from '../contract/close-codes.ts'
import { oneOf, optional, or } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, reportUncaught, systemClock } from '../platform/system-platform.ts'
import { createAddressLimiter } from './address-limiter.ts'
import { withDeadline } from './deadline.ts'
import type { VerifyToken } from './identity.ts'
import { checkRateLimit, type RateLimit } from './limits.ts'
import { checkBoolean, checkFunction, numberIn, optionalFunction, withMethods } from './options.ts'
import { type AllowedOrigins, checkOrigins, originCheck, redactedOrigin } from './origins.ts'
import { safeError } from './safe-error.ts'
import { emitTo, type ServerEvent, type ServerObserver } from './server-events.ts'
import { resolveShared } from './shared-options.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { handleOf } from './ticket-value.ts'
import { createTokenCheck } from './token-check.ts'
import { type Credential, credentialsOf, selectSubprotocol } from './upgrade-credentials.ts'
import type { AcceptedUpgrade, UpgradeDecision, UpgradeRequest } from './upgrade-decision.ts'

export interface UpgradeOptions {
  tickets: AuthTicketManager
  verifyToken: VerifyToken
  /** Origins of the pages that may connect. Empty or left out refuses every browser. */
  allowedOrigins?: AllowedOrigins
  /**
   * Whether a request without `Origin` may connect; it is no browser's. Does not exempt it from needing a credential.
   *
   * @default true when `allowedOrigins` is an empty array, else false
   */
  allowMissingOrigin?: boolean
  /** Accepts a JWT in the query (`token`, `jwt`, …), where it ends up in logs. For old clients only. @default false */
  jwtInQuery?: boolean
  /** Accepts a connection that brings no credential. One whose credential is refused stays refused. @default false */
  allowAnonymous?: boolean
  clock?: Clock
  /** A decision that takes longer is a refusal with 4503; the renewal of a session is answered `unavailable`. @default 5_000 */
  deadlineMs?: number
  /** Longest session in seconds, for a JWT without an end or with a far one. @default 43_200 (12 hours) */
  maxSessionSeconds?: number
  /**
   * How a refusal is sent. `close` accepts the upgrade and closes at once with a code, which is all that a browser can
   * read. `http` answers the upgrade with 400, 401, 403 or 503: for servers whose clients are no browsers.
   *
   * @default 'close'
   */
  reject?: 'close' | 'http'
  /** Upgrades per address (of IPv6, per /64, and sixteen times as many per /48). @default { burst: 300, perMinute: 600 } */
  limit?: RateLimit | false
  /** Called for every decision. */
  observe?: ServerObserver
  /** Called with the reason why a credential could not be checked (the 4503s), and its `cause`. Holds no credential. @default silence */
  onError?: (error: Error) => void
}

export const DEFAULT_DEADLINE_MS = 5_000
export const DEFAULT_MAX_SESSION_SECONDS = 12 * 60 * 60

/** What a close code is in HTTP, for `reject: 'http'`. */
const STATUS_OF: Readonly<Record<number, number>> = {
  [CLOSE.badRequest]: 400,
  [CLOSE.unauthorized]: 401,
  [CLOSE.forbidden]: 403,
  [CLOSE.unavailable]: 503,
}

/**
 * Decides about upgrades: limit, origin, exactly one credential, its form, and only then the store or the verifier.
 *
 * The function never throws and decides within `deadlineMs`. It does not look at the path, and it opens nothing: the
 * transport does what the decision says.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, createUpgradeAuthenticator } from 'ticket-socket/server'
 *
 * const authenticate = createUpgradeAuthenticator({
 *   tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
 *   verifyToken: async () => null,
 *   allowedOrigins: ['https://app.example.com'],
 * })
 * const decision = await authenticate({ url: '/ws', origin: 'https://app.example.com', protocols: [], authorization: null })
 * // { kind: 'refused', code: 4401, reason: 'unauthenticated', subprotocol: undefined }
 * ```
 */
export function createUpgradeAuthenticator(
  options: UpgradeOptions,
): (request: UpgradeRequest) => Promise<UpgradeDecision> {
  const { tickets, verifyToken, clock, jwtInQuery, allowAnonymous, deadlineMs, reject, onError, ...resolved } =
    resolveShared('createUpgradeAuthenticator', options, {
      tickets: withMethods<AuthTicketManager>('consume', 'revocationOf'),
      verifyToken: checkFunction,
      allowedOrigins: or([], checkOrigins),
      allowMissingOrigin: optional(checkBoolean),
      jwtInQuery: or(false, checkBoolean),
      allowAnonymous: or(false, checkBoolean),
      clock: or(systemClock, clockOf),
      deadlineMs: or(DEFAULT_DEADLINE_MS, numberIn({ min: 1 })),
      maxSessionSeconds: or(DEFAULT_MAX_SESSION_SECONDS, numberIn({ min: 1 })),
      reject: or('close', oneOf(['close', 'http'])),
      limit: or({ burst: 300, perMinute: 600 }, checkRateLimit),
      observe: optionalFunction,
      onError: optionalFunction,
    })
  const { allowedOrigins, maxSessionSeconds } = resolved
  const allowsNoPage = Array.isArray(allowedOrigins) && allowedOrigins.length === 0
  const { allowMissingOrigin = allowsNoPage } = resolved
  const emit = emitTo(resolved.observe)
  const isAllowedOrigin = originCheck(allowedOrigins)
  const maxSessionMs = maxSessionSeconds * 1_000
  const limiter = createAddressLimiter(resolved.limit, clock)
  const checkToken = createTokenCheck({ verifyToken, tickets, clock, emit })

  function decideEarly(request: UpgradeRequest): UpgradeDecision | Credential {
    const retryAfterMs = limiter.take(request.address)
    if (retryAfterMs > 0) return { kind: 'rejected', status: 429, reason: 'too_many', retryAfterMs }
    const hasGoodOrigin = request.origin === null ? allowMissingOrigin : isAllowedOrigin(request.origin)
    if (!hasGoodOrigin) return refusal(request, CLOSE.forbidden, 'origin')
    const [credential, ...more] = credentialsOf(request, jwtInQuery)
    if (more.length > 0) return refusal(request, CLOSE.badRequest, 'bad_request')
    if (credential) return credential
    if (!allowAnonymous) return refusal(request, CLOSE.unauthorized, 'unauthenticated')
    const checkedAtMs = clock.now()
    return acceptance(request, { identity: null, method: 'none', afterRevocationMs: null, checkedAtMs }, null)
  }

  async function check(request: UpgradeRequest, credential: Credential): Promise<UpgradeDecision> {
    const checkedAtMs = clock.now()
    if (credential.kind === 'ticket') {
      const consumed = await tickets.consume(credential.ticket)
      if (!consumed) return refusal(request, CLOSE.unauthorized, 'ticket_invalid')
      const { sessionExpiresAtMs, metadata, afterRevocationMs, ...identity } = consumed
      const found = { identity, method: 'ticket', afterRevocationMs, checkedAtMs, ticket: { metadata } } as const
      return acceptance(request, found, sessionExpiresAtMs)
    }
    const verdict = await checkToken(credential.jwt)
    if (verdict.kind === 'refused') return refusal(request, CLOSE.unauthorized, verdict.reason)
    const { identity, afterRevocationMs } = verdict
    return acceptance(request, { identity, method: 'jwt', afterRevocationMs, checkedAtMs }, identity.expiresAt ?? null)
  }

  function acceptance(
    { protocols }: UpgradeRequest,
    found: Omit<AcceptedUpgrade, 'kind' | 'subprotocol' | 'sessionExpiresAtMs'>,
    expiresAtMs: number | null,
  ): AcceptedUpgrade {
    const sessionExpiresAtMs = Math.min(expiresAtMs ?? Number.POSITIVE_INFINITY, clock.wallNow() + maxSessionMs)
    return { kind: 'accepted', subprotocol: selectSubprotocol(protocols), sessionExpiresAtMs, ...found }
  }

  async function decide(request: UpgradeRequest): Promise<UpgradeDecision> {
    try {
      const early = decideEarly(request)
      if (early.kind !== 'ticket' && early.kind !== 'jwt') return early
      return await withDeadline(
        clock,
        deadlineMs,
        check(request, early),
        () => new Error(`no answer within ${deadlineMs} ms`),
      )
    } catch (error) {
      hand(onError, safeError(error))
      return refusal(request, CLOSE.unavailable, 'unavailable')
    }
  }

  function refusal({ protocols }: UpgradeRequest, code: number, reason: CloseReason): UpgradeDecision {
    if (reject === 'http') return { kind: 'rejected', status: STATUS_OF[code] ?? 500, reason }
    return { kind: 'refused', code, reason, subprotocol: selectSubprotocol(protocols) }
  }

  return async (request) => {
    const startedAtMs = clock.now()
    const decision = await decide(request)
    const durationMs = clock.now() - startedAtMs
    emit(() => eventOf(decision, request, durationMs))
    return decision
  }
}

function eventOf(decision: UpgradeDecision, { origin, address }: UpgradeRequest, durationMs: number): ServerEvent {
  if (decision.kind === 'accepted') {
    const { identity, method } = decision
    return { kind: 'upgrade_accepted', method, user: identity && handleOf(identity.userId), address, durationMs }
  }
  const code = decision.kind === 'refused' ? decision.code : null
  const status = decision.kind === 'rejected' ? decision.status : null
  const from = redactedOrigin(origin)
  const reason = decision.reason ?? 'unavailable'
  return { kind: 'upgrade_refused', reason, turnedAway: null, code, status, origin: from, address, durationMs }
}

function hand<Argument>(listener: ((argument: Argument) => void) | undefined, argument: Argument): void {
  try {
    listener?.(argument)
  } catch (error) {
    reportUncaught(error)
  }
}
