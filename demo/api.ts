// The demo's own endpoints: sign-in, refresh, sign-out, and the switches that break things.

import type { WebHandler } from '../src/server/node/index.ts'
import type { Accounts, Tokens } from './accounts.ts'
import { isFaultCommand } from './fault-names.ts'
import type { Faults } from './faults.ts'

export interface ApiDeps {
  accounts: Accounts
  faults: Faults
  /** Pages that may ask. Another one, open in the same browser, must not be able to break anything. */
  allowedOrigins: readonly string[]
}

type Fields = Record<string, unknown>

export function createApi({ accounts, faults, allowedOrigins }: ApiDeps): WebHandler {
  const routes: Record<string, (body: Fields) => Response | Promise<Response>> = {
    'POST /api/login': async ({ user }) => tokensOr(await accounts.signIn(user), 404),
    'POST /api/refresh': async ({ refresh_token }) => tokensOr(await accounts.refresh(refresh_token), 401),
    'POST /api/logout': ({ refresh_token }) => {
      accounts.signOut(refresh_token)
      return json({ ok: true })
    },
    'GET /api/faults': () => json(faults.state()),
    'POST /api/faults': (body) => (isFaultCommand(body) ? json(faults.apply(body)) : json({ error: 'unknown' }, 422)),
  }

  const handle: WebHandler = async (request) => {
    const origin = request.headers.get('origin')
    if (origin !== null && !allowedOrigins.includes(origin)) return json({ error: 'origin' }, 403)
    const route = routes[`${request.method} ${new URL(request.url).pathname}`]
    if (!route) return json({ error: 'not_found' }, 404)
    const body = request.method === 'POST' ? await readJson(request) : {}
    return body ? route(body) : json({ error: 'not_json' }, 400)
  }
  return Object.assign(handle, { matches: (pathname: string) => pathname.startsWith('/api/') })
}

async function readJson(request: Request): Promise<Fields | null> {
  // A page of another origin cannot send this type without being asked for permission first.
  if (!request.headers.get('content-type')?.startsWith('application/json')) return null
  if (Number(request.headers.get('content-length') ?? Number.NaN) > 4_096) return null
  const body: unknown = await request.json().catch(() => null)
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : null
}

const tokensOr = (tokens: Tokens | null, status: number) => (tokens ? json(tokens) : json({ error: 'unknown' }, status))

const json = (body: object, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
