import { TicketSocketError } from '../contract/errors.ts'
import { DEFAULT_BASE_PATH } from '../contract/wire.ts'
import { optional, or } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, reportUncaught, systemClock } from '../platform/system-platform.ts'
import { addCors, checkHeaderNames, preflight } from './cors.ts'
import { withDeadline } from './deadline.ts'
import { readGenerationRequest } from './http-body.ts'
import { createHttpEndpoints } from './http-endpoints.ts'
import { createHttpSpending, type HttpLimits, httpLimits } from './http-limits.ts'
import { ANSWER_HEADERS, HttpProblem, problemOf } from './http-problem.ts'
import { isPublic, methodsOf, type Route, routeOf } from './http-routes.ts'
import type { VerifyToken } from './identity.ts'
import { createLostBodyWarning } from './lost-body.ts'
import { checkBoolean, checkFunction, checkPath, numberIn, optionalFunction, withMethods } from './options.ts'
import { type AllowedOrigins, checkOrigins, originCheck, redactedOrigin } from './origins.ts'
import { pathnameOf } from './request-path.ts'
import { safeError } from './safe-error.ts'
import { emitTo, type ServerObserver } from './server-events.ts'
import type { Sessions } from './sessions.ts'
import { resolveShared } from './shared-options.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { createTokenCheck } from './token-check.ts'
import { checkWebSocketUrl } from './websocket-url.ts'

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
   * Origins of the pages that may send requests; CORS allows the same ones. A request with any other `Origin` is refused; a request
   * without `Origin` comes from no foreign page. Name the page's own origin, too.
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
  /** Live connections that `DELETE …/tickets` closes as well. Sessions created with the same `tickets` close without this option. */
  sessions?: Pick<Sessions, 'closeUser'>
  /** More than these is a 429 with `Retry-After`. */
  limits?: HttpLimits
  /** Whether `GET {basePath}/openapi.json` describes the endpoints. @default true */
  openApi?: boolean
  /** An answer that takes longer is a 503; a 408 where the request's body has not arrived. @default 10_000 */
  deadlineMs?: number
  /** Called for every answer, with the kind of endpoint and the status. */
  observe?: ServerObserver
  /** Called with every failure of the server itself (500, 503). Holds no credential. @default unexpected ones are reported as uncaught */
  onError?: (error: Error) => void
}

export interface TicketHandler {
  (request: Request, context?: { address?: string | undefined }): Promise<Response>
  /** Whether this path is one of the handler's. It answers any other path with 404. */
  matches(pathname: string): boolean
}

/**
 * The ticket endpoints as one function from `Request` to `Response`: for Next.js, Hono, Bun, Deno and Workers as it is,
 * for Node by `toNodeHandler`. Never rejects.
 *
 * Limits per address count `context.address`. Only the adapter knows it: the handler trusts no header.
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
      tickets: withMethods<AuthTicketManager>('generate', 'validate', 'revoke', 'revokeAll', 'revocationOf', 'status'),
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
  const isAllowedOrigin = originCheck(resolved.allowedOrigins)
  const spending = createHttpSpending({
    limits: resolved.limits,
    shared: tickets.rateLimiter,
    clock,
    deadlineMs,
    onFailure: (error) => report(error),
  })
  const emit = emitTo(resolved.observe)
  /** Requests whose answer is decided. */
  const answered = new WeakSet<Request>()
  /** Requests whose body has not arrived whole. */
  const arriving = new WeakSet<Request>()

  async function readBody(request: Request) {
    arriving.add(request)
    const body = await readGenerationRequest(request)
    arriving.delete(request)
    return body
  }

  const serve = createHttpEndpoints({
    tickets,
    checkToken: createTokenCheck({ verifyToken, tickets, clock, emit }),
    spending,
    readBody,
    sessions,
    basePath,
    websocketUrl: resolved.websocketUrl,
    isAnswered: (request) => answered.has(request),
  })

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
      return new Response(null, { status: 204, headers: preflight(allow, resolved.allowedHeaders) })
    if (!methods.includes(request.method)) throw new HttpProblem(405, `Use ${allow}.`, { headers: { allow } })
    await spending.request(address, isPublic(route))
    return json(await serve(route, request))
  }

  const warnOfLostBody = createLostBodyWarning()

  function failed(error: unknown): HttpProblem {
    const problem = problemOf(error)
    warnOfLostBody(error)
    if (error === problem) return problem // a refusal, no failure
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

  async function handle(request: Request, context: { address?: string | undefined } = {}): Promise<Response> {
    const startedAtMs = clock.now()
    const late = () =>
      arriving.has(request)
        ? new HttpProblem(408, `The request body did not arrive within ${deadlineMs} ms (408). Send the request again.`)
        : new TicketSocketError('timeout', 'The server took too long. Try again later.')
    const response = await withDeadline(clock, deadlineMs, answer(request, context.address), late).catch((error) => {
      const { status, body, headers } = failed(error)
      return json(body, status, headers)
    })
    answered.add(request)
    for (const [name, value] of Object.entries(ANSWER_HEADERS)) response.headers.set(name, value)
    addCors(response.headers, request.headers.get('origin'), isAllowedOrigin)
    emit(() => ({
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

const json = (body: object, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
