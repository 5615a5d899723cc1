// The options of `UnifiedAuthService`: what each means, its default, and its check. The types of the groups `ticket` and `retry` are in
// `ticket-request.ts` and `ticket-issuing.ts`.

import { type AuthMethod, DEFAULT_BASE_PATH, type TicketGenerationRequest } from '../contract/wire.ts'
import { guardedPlatform } from '../platform/guarded-platform.ts'
import {
  absoluteUrl,
  asGiven,
  bool,
  type Check,
  callback,
  countingNumber,
  factor,
  group,
  listOf,
  oneOf,
  optional,
  or,
  positiveNumber,
  resolve,
  wholeNumber,
} from '../platform/option-checks.ts'
import type { Platform } from '../platform/platform.ts'
import { systemPlatform } from '../platform/system-platform.ts'
import { checkFlag, type FeatureFlag } from './feature-flag.ts'
import type { RetryPolicy } from './ticket-issuing.ts'
import { type TicketOptions, ticketRequestOf } from './ticket-request.ts'
import type { TokenCallback } from './token-calls.ts'

export interface UnifiedAuthServiceOptions {
  /** The backend, such as `https://api.example.com`. `http:` only for this machine, unless `allowInsecure`. */
  httpUrl: string
  /** Where the ticket endpoints are mounted below `httpUrl`. @default '/websocket' */
  ticketPath?: string
  /**
   * The JWT of the user who is signed in, or null. Asked before each use and never stored. May answer with a promise; may
   * throw or hang, which ends in a typed error after `tokenTimeoutMs`.
   */
  getToken: TokenCallback
  /**
   * A newer JWT, or null when the user has to sign in. Called after the backend refused the present one, and where that is
   * likely: `exp` passed more than 30 s ago, three connections in a row were lost before the server accepted any, or the
   * server ended the session. In these cases the client goes on with the present JWT if there is none newer, also after null.
   * One call serves everybody who asks meanwhile; it may throw or hang like `getToken`.
   *
   * @default `getToken`, asked once more
   */
  refreshToken?: TokenCallback
  /** Whether tickets are used. Off: JWT as before, and not one ticket request. @default false */
  ticketAuth?: FeatureFlag
  /** What may be tried, best first. `['ticket']` never steps down. @default ['ticket', 'jwt', 'none'] */
  chain?: readonly AuthMethod[]
  /** Consecutive ticket failures after which this page uses JWT for good. @default 3 */
  maxTicketFailures?: number
  /**
   * How long an attempt waits for a ticket before it connects with the JWT, in milliseconds. Until then a failed request is
   * made a second time, if there is time for it. A request that is still pending goes on, and its ticket serves the next
   * connection; that it was slow never counts as a failure.
   *
   * Not applied where the JWT cannot stand in: where `chain` has no `jwt`, where `ticket.permissions` are asked for, to
   * `getWebSocketTicket()` and `requestWebSocketTicket()`, and to the renewal of a session.
   *
   * @default 1_000
   */
  stepDownAfterMs?: number
  /** How long before its expiry a prefetched ticket is replaced; never more than half of its life. @default 30_000 */
  refreshThresholdMs?: number
  ticket?: TicketOptions
  /**
   * For one ticket: `maxRetries` 3, `baseDelayMs` 1 000, `multiplier` 2, `maxDelayMs` 10 000, `budgetMs` 15 000 over
   * everything. An attempt that can connect with the JWT makes one further request at most, within `stepDownAfterMs`.
   */
  retry?: Partial<RetryPolicy>
  /** For one HTTP exchange, headers and body. @default 10_000 */
  requestTimeoutMs?: number
  /** For one call of `getToken`, `refreshToken` or the flag. @default 10_000 */
  tokenTimeoutMs?: number
  /** Subprotocols of the JWT path, for a backend that wants another spelling. The first must be public. */
  jwtProtocols?: (jwt: string) => string[]
  /**
   * Origins besides the host of `httpUrl` from which `getWebSocketTicket()` passes on the backend's `websocket_url`. It
   * does not change where a socket connects: that is the socket's own `url`. @default []
   */
  webSocketOrigins?: readonly string[]
  /** Allows `http:` beyond this machine. Credentials then travel in the clear. @default false */
  allowInsecure?: boolean
  /** Parts of the environment to hand in: `fetch`, `clock`, `random`, `page`, `logger`. */
  platform?: Partial<Platform>
}

export interface ResolvedAuthOptions {
  baseUrl: string
  getToken: TokenCallback
  refreshToken: TokenCallback | undefined
  ticketAuth: FeatureFlag
  chain: readonly AuthMethod[]
  maxTicketFailures: number
  stepDownAfterMs: number
  /** The JWT may stand in for a ticket: the chain has it, and it would not hold permissions that the app did not want. */
  jwtReplaces: boolean
  refreshThresholdMs: number
  request: TicketGenerationRequest
  retry: RetryPolicy
  requestTimeoutMs: number
  tokenTimeoutMs: number
  jwtProtocols: ((jwt: string) => string[]) | undefined
  webSocketOrigins: readonly string[]
  platform: Omit<Platform, 'WebSocket'>
}

const METHODS = ['ticket', 'jwt', 'none'] as const

const chainOf: Check<readonly AuthMethod[]> = (name, value) => {
  const chain = listOf(oneOf(METHODS))(name, value)
  if (chain.length === 0) throw new TypeError(`${name} must name at least one of ${METHODS.join(', ')}`)
  if (new Set(chain).size < chain.length) throw new TypeError(`${name} must name each method once`)
  return chain
}

export function resolveAuthOptions(options: UnifiedAuthServiceOptions): ResolvedAuthOptions {
  const { httpUrl, allowInsecure, ticketPath, ticket, ...resolved } = resolve('UnifiedAuthService', options, {
    httpUrl: asGiven,
    ticketPath: or(DEFAULT_BASE_PATH, path),
    getToken: callback,
    refreshToken: optional(callback),
    ticketAuth: or(false, checkFlag),
    chain: or(METHODS, chainOf),
    maxTicketFailures: or(3, wholeNumber),
    stepDownAfterMs: or(1_000, positiveNumber),
    refreshThresholdMs: or(30_000, positiveNumber),
    ticket: ticketRequestOf,
    retry: group<Partial<RetryPolicy>>({
      maxRetries: or(3, countingNumber),
      baseDelayMs: or(1_000, positiveNumber),
      maxDelayMs: or(10_000, positiveNumber),
      multiplier: or(2, factor),
      budgetMs: or(15_000, positiveNumber),
    }),
    requestTimeoutMs: or(10_000, positiveNumber),
    tokenTimeoutMs: or(10_000, positiveNumber),
    jwtProtocols: optional(callback),
    webSocketOrigins: or([], listOf(webSocketOrigin)),
    allowInsecure: or(false, bool),
    platform: (_, parts) => guardedPlatform(systemPlatform(parts)),
  })
  const url = absoluteUrl('httpUrl', httpUrl, { schemes: ['https:', 'http:'], allowInsecure })
  if (url.search) throw new TypeError('httpUrl must have no query: it would be in no request')
  const jwtReplaces = resolved.chain.includes('jwt') && ticket.permissions === undefined
  return {
    ...resolved,
    jwtReplaces,
    request: ticket,
    baseUrl: `${url.origin}${url.pathname.replace(/\/$/, '')}${ticketPath}`,
  }
}

/** Dots would lead out of it again. */
function path(name: string, value: string): string {
  if (typeof value === 'string' && /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(value)) return value
  throw new TypeError(`${name} must look like /api/websocket, got "${String(value)}"`)
}

/** Compared as a whole: with a path or in another spelling it would match nothing. */
function webSocketOrigin(name: string, value: string): string {
  const { origin } = absoluteUrl(name, value, { schemes: ['wss:', 'ws:'], allowInsecure: true })
  if (origin === value) return value
  throw new TypeError(`${name} must be an origin such as wss://ws.example.com, got "${value}"`)
}
