import { CLOSE } from '../contract/close-codes.ts'
import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import { openApiDocument } from '../contract/openapi.ts'
import {
  DEFAULT_BASE_PATH,
  type RevokeAllResponse,
  SUBPROTOCOL,
  TICKET_PARAMETERS,
  type TicketGenerationResponse,
  type TicketRevocationResponse,
} from '../contract/wire.ts'
import { optional, or } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, reportUncaught, systemClock } from '../platform/system-platform.ts'
import { addCors, checkHeaderNames, preflight } from './cors.ts'
import { withDeadline } from './deadline.ts'
import { readGenerationRequest } from './http-body.ts'
import { createHttpSpending, type HttpLimits, httpLimits } from './http-limits.ts'
import { HttpProblem, problemOf } from './http-problem.ts'
import { isPublic, methodsOf, type Route, routeOf } from './http-routes.ts'
import type { Identity, VerifyToken } from './identity.ts'
import {
  checkBoolean,
  checkFunction,
  checkPath,
  numberIn,
  optionalFunction,
  parseUrl,
  show,
  withMethods,
} from './options.ts'
import { type AllowedOrigins, checkOrigins, originCheck, redactedOrigin } from './origins.ts'
import { pathnameOf } from './request-path.ts'
import { safeError } from './safe-error.ts'
import { type ServerObserver, tellTo } from './server-events.ts'
import type { Sessions } from './sessions.ts'
import { resolveShared } from './shared-options.ts'
import type { AuthTicketManager, GeneratedTicket } from './ticket-manager.ts'
import { createTokenCheck, type TokenCheck } from './token-check.ts'

export interface TicketHandlerOptions {
  tickets: AuthTicketManager
  verifyToken: VerifyToken
  /**
   * Where to connect, for clients that ask: the answer's `websocket_url` is this plus the ticket. Left out, the answer has
   * none. This library's client connects to its own `url` either way. Never made from a request's `Host` header.
   *
   * @default none
   */
  websocketUrl?: string
  /** @default '/websocket' */
  basePath?: string
  /**
   * Origins of the pages that may ask; also what CORS allows. A request with any other `Origin` is refused, one without comes from
   * no foreign page. Name the page's own origin, too.
   *
   * @default [] (no page)
   */
  allowedOrigins?: AllowedOrigins
  /**
   * Further request headers that CORS allows, for pages whose `fetch` is instrumented. Without them such a page falls back to the
   * JWT. `Authorization`, `Content-Type`, `traceparent`, `tracestate`, `baggage` and `sentry-trace` are always allowed.
   *
   * @default []
   */
  allowedHeaders?: readonly string[]
  clock?: Clock
  /** Live connections that `DELETE …/tickets` closes as well: those that do not stand on `tickets`, whose own close anyway. */
  sessions?: Pick<Sessions, 'closeUser'>
  /** More than these is a 429 with `Retry-After`. */
  limits?: HttpLimits
  /** Whether `GET {basePath}/openapi.json` describes the endpoints. @default true */
  openApi?: boolean
  /** An answer that takes longer is a 503. @default 10_000 */
  deadlineMs?: number
  /** Told of every answer, by the kind of endpoint and its status. */
  observe?: ServerObserver
  /** Told of every failure that is the server's own (500, 503). Holds no credential. @default unexpected ones are reported as uncaught */
  onError?: (error: Error) => void
}

export interface TicketHandler {
  (request: Request, context?: { address?: string | undefined }): Promise<Response>
  /** Whether this path is one of the handler's; any other one it would answer with 404. */
  matches(pathname: string): boolean
}

/** What every answer carries, errors included: a ticket must not be kept by a cache. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

/**
 * The ticket endpoints as one function from `Request` to `Response`: for Next.js, Hono, Bun, Deno and Workers as it is,
 * for Node by `toNodeHandler`. Never rejects.
 *
 * `context.address` is whom limits per address count; only the adapter knows it, no header is believed.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, createTicketHandler, jwtVerifier } from 'ticket-socket/server'
 *
 * declare const secret: Uint8Array
 * const handle = createTicketHandler({
 *   tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
 *   verifyToken: jwtVerifier({ secret }),
 *   allowedOrigins: ['https://app.example.com'],
 * })
 * export const POST = (request: Request) => handle(request) // a Next.js route
 * ```
 */
export function createTicketHandler(options: TicketHandlerOptions): TicketHandler {
  const { tickets, clock, sessions, onError, basePath, verifyToken, deadlineMs, openApi, ...resolved } = resolveShared(
    'createTicketHandler',
    options,
    {
      tickets: withMethods<AuthTicketManager>('generate', 'validate', 'revoke', 'revokeAll', 'status'),
      verifyToken: checkFunction,
      websocketUrl: optional(checkWebSocketUrl),
      basePath: or(DEFAULT_BASE_PATH, checkPath),
      allowedOrigins: or([], checkOrigins),
      allowedHeaders: or([], checkHeaderNames),
      clock: or(systemClock, clockOf),
      sessions: optional(withMethods<Pick<Sessions, 'closeUser'>>('closeUser')),
      limits: httpLimits,
      openApi: or(true, checkBoolean),
      deadlineMs: or(10_000, numberIn({ min: 1 })),
      observe: optionalFunction,
      onError: optionalFunction,
    },
  )
  const { websocketUrl, allowedHeaders } = resolved
  const isAllowedOrigin = originCheck(resolved.allowedOrigins)
  const spending = createHttpSpending({
    limits: resolved.limits,
    shared: tickets.rateLimiter,
    clock,
    onFailure: (error) => report(error),
  })
  const tell = tellTo(resolved.observe)
  const checkToken = createTokenCheck({ verifyToken, tickets, clock, tell })

  function servedRoute(pathname: string | null): Route | null {
    const route = pathname === null ? null : routeOf(pathname, basePath)
    return route?.kind === 'openapi' && !openApi ? null : route
  }

  function foreignOrigin({ headers }: Request): string | null {
    const origin = headers.get('origin')
    return origin === null || isAllowedOrigin(origin) ? null : origin
  }

  async function answer(request: Request, address: string | undefined): Promise<Response> {
    const pathname = pathnameOf(request.url)
    if (pathname === null) throw new HttpProblem(400, 'The URL is malformed, or holds user information. Remove it.')
    const route = servedRoute(pathname)
    if (!route) throw new HttpProblem(404, 'There is no such endpoint.')
    const methods = methodsOf(route)
    const allow = [...methods, 'OPTIONS'].join(', ')
    if (foreignOrigin(request) !== null && !isPublic(route))
      throw new HttpProblem(403, 'This origin is not among the allowed ones.')
    if (request.method === 'OPTIONS')
      return new Response(null, { status: 204, headers: preflight(allow, allowedHeaders) })
    if (!methods.includes(request.method)) throw new HttpProblem(405, `Use ${allow}.`, { headers: { allow } })
    await spending.request(address, isPublic(route))
    if (route.kind === 'openapi') return json(openApiDocument({ basePath }))
    if (route.kind === 'status') return json(await tickets.status())
    if (route.kind === 'tickets') return json(await generate(request))
    if (route.kind === 'all') return json(await revokeAll(bearerOf(request)))
    return json(await serve(route, await authenticate(bearerOf(request), checkToken)))
  }

  async function authenticate(jwt: string, check: TokenCheck['forTicket']): Promise<Identity> {
    const verdict = await check(jwt)
    if (verdict.kind === 'accepted') return verdict.identity
    throw new HttpProblem(
      401,
      verdict.reason === 'jwt_expired' ? 'The JWT has expired. Refresh it.' : 'The JWT was not accepted.',
    )
  }

  async function serve(
    route: Exclude<Route, { kind: 'tickets' | 'all' | 'status' | 'openapi' }>,
    identity: Identity,
  ): Promise<object> {
    switch (route.kind) {
      case 'validation':
        return tickets.validate(route.handle, identity.userId)
      case 'ticket':
        return revoke(route.handle, identity)
      default:
        return route satisfies never
    }
  }

  async function generate(request: Request): Promise<TicketGenerationResponse> {
    const jwt = bearerOf(request)
    const identity = await authenticate(jwt, checkToken.forTicket)
    const rate = await spending.ticket(identity.userId)
    const body = await readGenerationRequest(request)
    // A body may take seconds, and the store cannot compare a JWT that does not say when it was issued.
    if (identity.issuedAt === undefined) await authenticate(jwt, checkToken.forTicket)
    try {
      const ticket = await tickets.generate(identity, body, { rate })
      // Nobody will use it, and it would count as one of its user's until it expires.
      if (answered.has(request)) void tickets.revoke(ticket.ticket_handle, identity.userId).catch(() => {})
      const where = websocketUrl && { websocket_url: urlWith(websocketUrl, ticket) }
      return { ...ticket, ...where, subprotocol: SUBPROTOCOL }
    } catch (error) {
      checkToken.noteTicketError(error, jwt)
      throw error
    }
  }

  async function revoke(handle: string, identity: Identity): Promise<TicketRevocationResponse> {
    const outcome = await tickets.revoke(handle, identity.userId)
    if (outcome === 'not_found') throw new HttpProblem(404, 'The ticket is unknown, expired or already used.')
    if (outcome === 'not_owner') throw new HttpProblem(403, 'This ticket is another user’s.')
    return { success: true, message: 'The ticket was revoked.' }
  }

  async function revokeAll(jwt: string): Promise<RevokeAllResponse> {
    const identity = await authenticate(jwt, checkToken).catch(async (error) => {
      if (isTicketSocketError(error) && error.code === 'store_unavailable') await endConnectionsOf(jwt)
      throw error
    })
    const { userId } = identity
    try {
      return { success: true, revoked: await tickets.revokeAll(userId, identity) }
    } finally {
      sessions?.closeUser(userId, CLOSE.revoked, 'revoked')
    }
  }

  // The store cannot say whether the JWT is from before a sign-out: nothing is recorded, no other server is asked, and the answer
  // is 503. The connections close with a code after which a client that is still signed in comes back: whoever holds an old JWT
  // must not be able to end those of a newer sign-in for good.
  async function endConnectionsOf(jwt: string) {
    const { userId } = await authenticate(jwt, checkToken.identify)
    sessions?.closeUser(userId, CLOSE.unavailable, 'unavailable')
  }

  function failed(error: unknown): HttpProblem {
    const problem = problemOf(error)
    if (problem.status === 503 || problem.status === 500) report(error, problem.status === 500)
    return problem
  }

  function report(error: unknown, isUnexpected = false) {
    const safe = safeError(error)
    try {
      if (onError) onError(safe)
      else if (isUnexpected) reportUncaught(safe)
    } catch (listenerError) {
      reportUncaught(listenerError)
    }
  }

  /** Requests whose answer is decided: what is still being done for one of them has come too late. */
  const answered = new WeakSet<Request>()

  async function handle(request: Request, context: { address?: string | undefined } = {}): Promise<Response> {
    const startedAtMs = clock.now()
    const late = () => new TicketSocketError('timeout', 'The server took too long. Try again later.')
    const response = await withDeadline(clock, deadlineMs, answer(request, context.address), late).catch((error) => {
      const { status, body, headers } = failed(error)
      return json(body, status, { ...headers, 'content-type': 'application/problem+json' })
    })
    answered.add(request)
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value)
    addCors(response.headers, request.headers.get('origin'), isAllowedOrigin)
    tell(() => ({
      kind: 'request_answered',
      endpoint: servedRoute(pathnameOf(request.url))?.kind ?? 'other',
      method: request.method,
      status: response.status,
      durationMs: clock.now() - startedAtMs,
      refusedOrigin: response.status === 403 ? redactedOrigin(foreignOrigin(request)) : null,
    }))
    return response
  }

  return Object.assign(handle, { matches: (pathname: string) => servedRoute(pathname) !== null })
}

function bearerOf(request: Request): string {
  const [, jwt] = /^bearer +(\S+)$/i.exec(request.headers.get('authorization')?.trim() ?? '') ?? []
  if (!jwt) throw new HttpProblem(401, 'Send the JWT as Authorization: Bearer.')
  return jwt
}

const json = (body: object, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })

function urlWith(websocketUrl: string, { ticket_id }: GeneratedTicket): string {
  const url = new URL(websocketUrl)
  url.searchParams.set('ticket', ticket_id)
  return url.href
}

function checkWebSocketUrl(name: string, value: unknown): string {
  const url = typeof value === 'string' ? parseUrl(value) : null
  const isRight =
    url !== null &&
    (url.protocol === 'wss:' || url.protocol === 'ws:') &&
    url.username + url.password + url.hash === '' &&
    !TICKET_PARAMETERS.some((name) => url.searchParams.has(name))
  if (isRight) return url.href
  throw new TypeError(`${name} must be an address such as wss://api.example.com/ws, got ${show(value)}`)
}
