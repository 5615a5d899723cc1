import { asGiven, type Check, group, optional, or, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, systemClock, systemRandomBytes } from '../platform/system-platform.ts'
import type { TicketHandlerOptions } from '../server/http.ts'
import type { VerifyToken } from '../server/identity.ts'
import { checkFunction, numberIn, optionalFunction, parseUrl, show } from '../server/options.ts'
import type { AllowedOrigins } from '../server/origins.ts'
import type { Connection, SessionsOptions } from '../server/sessions.ts'
import type { AuthTicketManagerOptions } from '../server/ticket-manager-options.ts'
import type { UpgradeOptions as ServerUpgradeOptions } from '../server/upgrade.ts'
import type { MockUser } from './users.ts'

type TicketOptions = Pick<AuthTicketManagerOptions, 'ttl' | 'maxTicketsPerUser' | 'allowReusable' | 'enabled'>
type SessionOptions = Pick<
  SessionsOptions,
  'codec' | 'pingIntervalMs' | 'maxSessionSeconds' | 'recheckIntervalMs' | 'maxBufferedBytes'
>
type UpgradeOptions = Pick<ServerUpgradeOptions, 'allowAnonymous' | 'jwtInQuery' | 'deadlineMs'>

/** The details of a connection. */
export interface MockConnectionContext {
  /** The URL of the connection with the app's query, without the parameters for a credential. */
  url: string
}

export interface MockBackendOptions {
  /** Who may sign in, by user id. @default {} */
  users?: Readonly<Record<string, MockUser>>
  /** Verifies JWTs instead of the users' tokens: for an app with real JWTs. */
  verifyToken?: VerifyToken
  /** Where the HTTP endpoints are; a path in it (`/api`) stands before `basePath`. @default 'https://mock.test' */
  httpUrl?: string
  /** Where sockets connect. @default 'wss://mock.test/ws' */
  wsUrl?: string
  /** @default '/websocket' */
  basePath?: string
  /**
   * The origin of the client's page: its sockets and requests send it as `Origin`. `null` sends none.
   *
   * @default the origin of the page this runs in; none in Node
   */
  pageOrigin?: string | null
  /** Origins that may connect. Clients without an origin always may. @default the page's own */
  allowedOrigins?: AllowedOrigins
  /** Options of the ticket manager. */
  ticket?: TicketOptions
  /** Options of the live sessions. */
  session?: SessionOptions
  /** Options of the upgrade. */
  upgrade?: UpgradeOptions
  /** Largest message of a client, in bytes: announced, and a larger one ends the connection with 1009. @default 65_536 */
  maxPayload?: number
  /** Rate limits of the ticket endpoint. All requests come from one address. @default none: a test's hour may pass in a second */
  limits?: TicketHandlerOptions['limits']
  /**
   * The latency in each direction, in milliseconds. With 0 frames and answers still arrive in a later timer tick.
   *
   * @default 0
   */
  latencyMs?: number
  /** Time and timers. Looked up at each use, so that fake timers work, too. @default the runtime's */
  clock?: Clock
  /** Milliseconds since 1970, instead of the clock's, for the expiry of tickets and JWTs. Timers use the clock. */
  now?: () => number
  /** Random bytes for tickets and session ids. Secure by default; pass a counter for reproducible runs. */
  randomBytes?: (length: number) => Uint8Array
  /** Called for every connection when it is ready. Add listeners before the first `await`. */
  onConnection?: (connection: Connection, context: MockConnectionContext) => void
}

export interface ResolvedOptions {
  users: Readonly<Record<string, MockUser>>
  verifyToken: VerifyToken | undefined
  httpUrl: string
  httpOrigin: string
  wsUrl: URL
  basePath: string
  pageOrigin: string | null
  allowedOrigins: AllowedOrigins
  ticket: NonNullable<MockBackendOptions['ticket']>
  session: NonNullable<MockBackendOptions['session']>
  upgrade: NonNullable<MockBackendOptions['upgrade']>
  limits: NonNullable<MockBackendOptions['limits']>
  maxPayload: number
  latencyMs: number
  clock: Clock
  randomBytes: (length: number) => Uint8Array
  onConnection: MockBackendOptions['onConnection']
}

// Pages without an origin of their own (about:blank, a sandboxed frame) say `null`, which no list can allow.
function originOfPage(): string | null {
  const origin = typeof location === 'undefined' ? 'null' : location.origin
  return origin === 'null' ? null : origin
}

const addressOf =
  (schemes: readonly string[], example: string): Check<string, URL> =>
  (name, value) => {
    const url = typeof value === 'string' ? parseUrl(value) : null
    if (url && schemes.includes(url.protocol) && url.username + url.password + url.search + url.hash === '') return url
    throw new TypeError(`${name} must be an address such as ${example}, got ${show(value)}`)
  }

const withoutLimits: ResolvedOptions['limits'] = { user: false, address: false }

const usersOf: Check<ResolvedOptions['users']> = (name, users) => {
  if (typeof users === 'object' && users !== null) return users
  throw new TypeError(`${name} must be an object of users by id, got ${show(users)}`)
}

/** Checks the names only: the server SDK checks the values. */
const sessionOptions = group<SessionOptions, SessionOptions>({
  codec: asGiven,
  pingIntervalMs: asGiven,
  maxSessionSeconds: asGiven,
  recheckIntervalMs: asGiven,
  maxBufferedBytes: asGiven,
})
const ticketOptions = group<TicketOptions, TicketOptions>({
  ttl: asGiven,
  maxTicketsPerUser: asGiven,
  allowReusable: asGiven,
  enabled: asGiven,
})
const upgradeOptions = group<UpgradeOptions, UpgradeOptions>({
  allowAnonymous: asGiven,
  jwtInQuery: asGiven,
  deadlineMs: asGiven,
})

/** Fills in the defaults and refuses mistakes that the server SDK does not check. The server SDK refuses the others. */
export function resolveOptions(options: MockBackendOptions): ResolvedOptions {
  const {
    httpUrl: http,
    clock,
    now,
    basePath,
    pageOrigin,
    allowedOrigins,
    ...resolved
  } = resolve('createMockBackend', options, {
    users: or({}, usersOf),
    verifyToken: optional(checkFunction),
    httpUrl: or('https://mock.test', addressOf(['https:', 'http:'], 'https://mock.test')),
    wsUrl: or('wss://mock.test/ws', addressOf(['wss:', 'ws:'], 'wss://mock.test/ws')),
    basePath: or('/websocket', asGiven),
    pageOrigin: asGiven<string | null | undefined>,
    allowedOrigins: asGiven<AllowedOrigins | undefined>,
    ticket: ticketOptions,
    session: sessionOptions,
    upgrade: upgradeOptions,
    maxPayload: or(64 * 1024, numberIn({ min: 125, integer: true })),
    limits: or(withoutLimits, asGiven),
    latencyMs: or(0, numberIn({ min: 0 })),
    clock: or(systemClock, clockOf),
    now: optional(checkFunction),
    randomBytes: or(systemRandomBytes, checkFunction),
    onConnection: optionalFunction,
  })
  const prefix = http.pathname.replace(/\/$/, '')
  const page = pageOrigin === undefined ? originOfPage() : pageOrigin
  return {
    ...resolved,
    httpUrl: http.origin + prefix,
    httpOrigin: http.origin,
    basePath: prefix + basePath,
    pageOrigin: page,
    allowedOrigins: allowedOrigins ?? (page === null ? [] : [page]),
    clock: now ? { now, wallNow: now, setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs) } : clock,
  }
}
