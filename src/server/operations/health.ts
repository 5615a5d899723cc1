import { group, optional, or, record } from '../../platform/option-checks.ts'
import { checkPath, withMethods } from '../options.ts'
import { pathnameOf } from '../request-path.ts'
import type { Sessions } from '../sessions.ts'
import { resolveShared } from '../shared-options.ts'
import type { AuthTicketManager } from '../ticket-manager.ts'

export interface HealthHandlerOptions {
  tickets: Pick<AuthTicketManager, 'status'>
  /** Their drain makes this server not ready. */
  sessions?: Pick<Sessions, 'isDraining'>
  /** @default { live: '/healthz', ready: '/readyz' } */
  paths?: { live?: string; ready?: string }
}

interface Health {
  status: 'live' | 'ready' | 'draining' | 'store_unavailable'
  /** The command that the store refuses, and what to do. */
  problem?: string | undefined
}

export interface HealthHandler {
  (request: Request): Promise<Response>
  /** Whether this path is one of the two. */
  matches(pathname: string): boolean
}

/**
 * Liveness and readiness for the platform that runs the server. `/healthz` answers 200 as long as the process does: a restart does
 * not repair a store. `/readyz` answers 200 while the store can do its work and no drain has begun, else 503: send no new
 * connections here. It tries the store at most once a second, and names the command that the store refuses (`problem`).
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createHealthHandler, createMemoryTicketStore } from 'ticket-socket/server'
 *
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
 * const health = createHealthHandler({ tickets })
 * await health(new Request('http://localhost/readyz')) // 200 {"status":"ready"}
 * ```
 */
export function createHealthHandler(options: HealthHandlerOptions): HealthHandler {
  const { tickets, sessions, paths } = resolveShared('createHealthHandler', options, {
    tickets: withMethods<HealthHandlerOptions['tickets']>('status'),
    sessions: optional(record),
    paths: group<NonNullable<HealthHandlerOptions['paths']>>({
      live: or('/healthz', checkPath),
      ready: or('/readyz', checkPath),
    }),
  })
  const { live, ready } = paths

  async function healthAt(pathname: string): Promise<Health | null> {
    if (pathname === live) return { status: 'live' }
    if (pathname !== ready) return null
    if (sessions?.isDraining) return { status: 'draining' }
    const { redis_status, redis_error } = await tickets.status()
    return redis_status === 'error'
      ? { status: 'store_unavailable', problem: redis_error ?? undefined }
      : { status: 'ready' }
  }

  async function handle(request: Request): Promise<Response> {
    const headers = { 'cache-control': 'no-store', 'content-type': 'application/json' }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { ...headers, allow: 'GET, HEAD' } })
    }
    const pathname = pathnameOf(request.url)
    if (pathname === null) return new Response(null, { status: 400, headers })
    const found = await healthAt(pathname)
    if (found === null) return new Response(null, { status: 404, headers })
    const body = request.method === 'HEAD' ? null : JSON.stringify(found)
    return new Response(body, { status: found.status === 'live' || found.status === 'ready' ? 200 : 503, headers })
  }

  return Object.assign(handle, { matches: (pathname: string) => pathname === live || pathname === ready })
}
