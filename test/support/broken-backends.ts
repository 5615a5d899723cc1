// Backends that are wrong on purpose: each does one thing wrong, and everything else right.

import type { ConformanceTarget } from '../../src/mock/conformance/index.ts'
import type { Interference } from '../../src/mock/index.ts'
import { createMemoryTicketStore, type RevocationMarks, type TicketStore } from '../../src/server/index.ts'
import { createSkippingClock, type MockTarget, mockTarget } from './conformance-targets.ts'
import { realTarget } from './real-target.ts'

export interface BrokenBackend {
  target: ConformanceTarget
  close(): void | Promise<void>
}

const fromMock = ({ backend, target }: MockTarget): BrokenBackend => ({ target, close: () => backend.dispose() })

/** The mock, with something between it and the rules. */
function interfering(interference: Interference, options: Parameters<typeof mockTarget>[1] = {}): BrokenBackend {
  const made = mockTarget({}, options)
  made.backend.use({ name: 'wrong', start: () => interference })
  return fromMock(made)
}

/** The mock, whose answers are changed on their way. */
function answering(change: (response: Response, request: Request) => Response | Promise<Response>): BrokenBackend {
  return interfering({ http: async ({ request }, next) => change(await next(), request) })
}

/** The same answer with other headers. */
function withHeaders(response: Response, change: (headers: Headers) => void): Response {
  const headers = new Headers(response.headers)
  change(headers)
  return new Response(response.body, { status: response.status, headers })
}

/** A ticket's answer with other fields; every other answer as it is. */
const changingTickets = (change: (ticket: Record<string, unknown>, request: Request) => object) =>
  answering(async (response, request) => {
    if (request.method !== 'POST' || !response.ok) return response
    const changed = change((await response.json()) as Record<string, unknown>, request)
    return new Response(JSON.stringify(changed), response)
  })

/** The real server on a store that does not keep its promises. */
async function onStore(
  wrong: (store: TicketStore) => Partial<TicketStore>,
  options: { maxConnectionsPerUser?: number } = {},
): Promise<BrokenBackend> {
  const clock = createSkippingClock()
  const store = createMemoryTicketStore({ clock })
  return realTarget({ ...store, ...wrong(store) }, { clock, passTime: clock.skip, wholeSeconds: true, ...options })
}

/** The mock, whose sockets hear something else than was said. */
function hearing(change: (data: string) => string): BrokenBackend {
  const made = mockTarget()
  const { backend, target } = made
  const openSocket: NonNullable<ConformanceTarget['openSocket']> = (url, protocols) => {
    const socket = new backend.WebSocket(url, protocols)
    const listen = socket.addEventListener.bind(socket)
    socket.addEventListener = ((type: string, listener: (event: never) => void) =>
      listen(type, (event: Event) => {
        const heard =
          event instanceof MessageEvent && typeof event.data === 'string'
            ? new MessageEvent('message', { data: change(event.data) })
            : event
        listener(heard as never)
      })) as typeof socket.addEventListener
    return socket
  }
  return { ...fromMock(made), target: { ...target, openSocket } }
}

/** The mock, on sockets that answer each ping of the server: no connection ends for want of an answer. */
function answeringPings(): BrokenBackend {
  const made = mockTarget()
  const { backend, target } = made
  const openSocket: NonNullable<ConformanceTarget['openSocket']> = (url, protocols) => {
    const socket = new backend.WebSocket(url, protocols)
    socket.addEventListener('message', ({ data }) => {
      if (String(data).includes('"ts:ping"')) socket.send('{"type":"ts:pong","timestamp":1}')
    })
    return socket
  }
  return { ...fromMock(made), target: { ...target, openSocket } }
}

/** Nothing is wrong with it: it leaves out what may be left out of a ticket's answer. */
export const spareBackend = () => changingTickets(({ ticket_handle, websocket_url, subprotocol, ...ticket }) => ticket)

const isValidate = ({ url }: Request) => url.endsWith('/validate')

const early = (marks: RevocationMarks) => ({ ...marks, tokensUntilMs: marks.tokensUntilMs - 1_000 })

/** What is wrong → the backend, and the rules that it breaks: the one it is about, and those that depend on it. */
export const BROKEN: readonly [
  wrong: string,
  start: () => BrokenBackend | Promise<BrokenBackend>,
  breaks: readonly string[],
][] = [
  [
    'consuming a ticket only looks at it',
    () =>
      onStore((store) => ({
        async consume(handle) {
          const claims = await store.peek(handle)
          return claims && { claims, revocation: await store.revocation(claims.userId) }
        },
      })),
    ['PR-14.1', 'PR-17.3', 'PR-18.4', 'PR-07.1', 'PR-45.2', 'PR-73.2'],
  ],
  [
    'looking at a ticket consumes it',
    () => onStore((store) => ({ peek: async (handle) => (await store.consume(handle))?.claims ?? null })),
    ['PR-08.1', 'PR-20.1'],
  ],
  [
    'any user may revoke',
    () => onStore((store) => ({ revoke: async (handle) => ((await store.consume(handle)) ? 'revoked' : 'not_found') })),
    ['PR-18.5'],
  ],
  [
    'answers may be cached',
    () => answering((response) => withHeaders(response, (headers) => headers.delete('cache-control'))),
    ['PR-10.1', 'PR-10.2', 'PR-10.3'],
  ],
  [
    'a page may not read Retry-After',
    () => answering((response) => withHeaders(response, (headers) => headers.delete('access-control-expose-headers'))),
    ['PR-28.4'],
  ],
  [
    'caches may give one page’s answer to another',
    () => answering((response) => withHeaders(response, (headers) => headers.set('vary', 'Accept-Encoding'))),
    ['PR-28.5'],
  ],
  [
    'a 401 names no scheme',
    () => answering((response) => withHeaders(response, (headers) => headers.delete('www-authenticate'))),
    ['PR-10.4'],
  ],
  [
    'a client learns what is wrong with its JWT',
    () =>
      answering(async (response, { headers }) => {
        if (response.status !== 401 || !headers.get('authorization')?.includes('not.a.jwt')) return response
        return new Response(JSON.stringify({ ...(await response.json()), detail: 'malformed' }), response)
      }),
    ['PR-11.4'],
  ],
  [
    'errors are plain JSON',
    () =>
      answering((response) =>
        response.ok ? response : withHeaders(response, (headers) => headers.set('content-type', 'application/json')),
      ),
    ['PR-22.1'],
  ],
  [
    'errors name no field',
    () =>
      answering(async (response) => {
        if (response.status !== 422) return response
        const { errors, ...problem } = (await response.json()) as Record<string, unknown>
        return new Response(JSON.stringify(problem), response)
      }),
    ['PR-22.2'],
  ],
  [
    'a field that is null is refused',
    () =>
      interfering({
        async http({ request }, next) {
          if (request.method !== 'POST' || !(await request.clone().text()).includes('null')) return next()
          return Response.json({ type: 'about:blank', title: '', status: 422, detail: '' }, { status: 422 })
        },
      }),
    ['PR-12.13'],
  ],
  [
    'the handle is no hash',
    () => changingTickets((ticket) => ({ ...ticket, ticket_handle: ticket.ticket_id })),
    ['PR-15.1'],
  ],
  [
    'websocket_url follows the request',
    () =>
      changingTickets((ticket, { headers }) => {
        const url = new URL(String(ticket.websocket_url))
        url.host = headers.get('x-forwarded-host') ?? url.host
        return { ...ticket, websocket_url: url.href }
      }),
    ['PR-16.2'],
  ],
  [
    'websocket_url has a user',
    () =>
      changingTickets((ticket) => ({
        ...ticket,
        websocket_url: String(ticket.websocket_url).replace('://', '://someone@'),
      })),
    ['PR-16.1'],
  ],
  [
    'times are milliseconds',
    () => changingTickets((ticket) => ({ ...ticket, created_at: Number(ticket.created_at) * 1.001 })),
    ['PR-09.1'],
  ],
  [
    'validate tells that a ticket is another user’s',
    () =>
      answering(async (response, request) => {
        if (!isValidate(request) || (await response.clone().json()).valid !== false) return response
        return request.url.includes('AAAAAAAA')
          ? response
          : new Response(JSON.stringify({ valid: false, error: 'not yours' }), response)
      }),
    ['PR-17.4'],
  ],
  ['a JWT in the query is read', () => fromMock(mockTarget({}, { upgrade: { jwtInQuery: true } })), ['PR-41.6']],
  [
    'of two credentials the first one counts',
    () =>
      interfering({
        upgrade: ({ request, ticket }, next) =>
          next(
            ticket === undefined
              ? request
              : { ...request, protocols: request.protocols.filter((name) => !name.startsWith('jwt.')) },
          ),
      }),
    ['PR-42.1'],
  ],
  [
    'the entry with the JWT is selected',
    () =>
      interfering({
        upgrade: async ({ request }, next) => {
          const [first] = request.protocols
          const decision = await next()
          return decision.kind !== 'rejected' && first?.startsWith('jwt.')
            ? { ...decision, subprotocol: first }
            : decision
        },
      }),
    ['PR-51.3'],
  ],
  [
    'the reason says more than it should',
    () =>
      interfering({
        async upgrade(_, next) {
          const decision = await next()
          return decision.kind === 'refused' && decision.reason === 'ticket_invalid'
            ? { ...decision, reason: 'ticket_unknown' as never }
            : decision
        },
      }),
    ['PR-44.1', 'PR-45.1', 'PR-45.2', 'PR-45.3', 'PR-45.4', 'PR-48.2', 'PR-73.2', 'PR-19.1'],
  ],
  [
    'a store that is down is an unknown ticket',
    () =>
      interfering({
        async upgrade(_, next) {
          const decision = await next()
          return decision.kind === 'refused' && decision.code === 4503
            ? { ...decision, code: 4401, reason: 'ticket_invalid' }
            : decision
        },
      }),
    ['PR-46.2'],
  ],
  [
    'a pong carries a time of its own',
    () => hearing((data) => data.replace(/("type":"ts:pong","timestamp":)[\d.]+/, '$1-1')),
    ['PR-72.1'],
  ],
  [
    'connection_established names no user',
    () => hearing((data) => data.replace('"user_id":"alice"', '"user":"alice"')),
    ['PR-71.1', 'PR-71.2'],
  ],
  [
    'more is announced than is taken',
    () => hearing((data) => data.replace('"max_message_bytes":65536', '"max_message_bytes":65537')),
    ['PR-90.3'],
  ],
  [
    'less is announced than is taken',
    () => hearing((data) => data.replace('"max_message_bytes":65536', '"max_message_bytes":65535')),
    ['PR-90.3'],
  ],
  [
    'no connection is pinged',
    () => hearing((data) => data.replace('"type":"ts:ping"', '"type":"note"')),
    ['PR-91.1', 'PR-91.2'],
  ],
  ['a connection that answers no ping stays', answeringPings, ['PR-91.2']],
  ['tickets per user are not limited', () => fromMock(mockTarget({}, { limits: { user: false } })), ['PR-93.1']],
  [
    'a user gets half as many tickets',
    () => fromMock(mockTarget({}, { limits: { user: { burst: 30, perMinute: 120 } } })),
    ['PR-93.1'],
  ],
  ['requests per address are not limited', () => fromMock(mockTarget({}, { limits: { address: false } })), ['PR-93.2']],
  [
    'a renewal above its limit is refused like a wrong ticket',
    () => hearing((data) => data.replace('"code":"too_many"', '"code":"ticket_invalid"')),
    ['PR-93.3'],
  ],
  [
    'a user holds one ticket too many',
    () => fromMock(mockTarget({}, { ticket: { maxTicketsPerUser: 21 } })),
    ['PR-94.1'],
  ],
  ['a user has one connection too many', () => onStore(() => ({}), { maxConnectionsPerUser: 51 }), ['PR-96.1']],
  [
    'its description lacks the ticket endpoint',
    () =>
      answering(async (response, { url }) =>
        url.endsWith('/openapi.json')
          ? new Response(JSON.stringify({ ...(await response.json()), paths: {} }), response)
          : response,
      ),
    ['PR-29.1'],
  ],
  ['answers do not say to what', () => hearing((data) => data.replace('"reply_to"', '"re"')), ['PR-75.1', 'PR-79.1']],
  [
    'a JWT that renews nothing is refused without saying why',
    () => hearing((data) => data.replace('"code":"jwt_invalid"', '"code":"unavailable"')),
    ['PR-79.2', 'PR-79.3'],
  ],
  [
    'a session that a ticket has opened is said to be renewed by a JWT',
    () => hearing((data) => data.replace('"auth_method":"ticket"', '"auth_method":"ticket","jwt_refresh":true')),
    ['PR-79.4'],
  ],
  [
    'a revoke-all spares the JWTs of its own second',
    () =>
      onStore((store) => ({
        async revokeAll(...args) {
          const { tickets, revocation } = await store.revokeAll(...args)
          return { tickets, revocation: early(revocation) }
        },
        async revocation(userId) {
          const revocation = await store.revocation(userId)
          return revocation && early(revocation)
        },
        put: (handle, claims, ...rest) => {
          const { tokenIssuedAtMs } = claims
          return store.put(
            handle,
            { ...claims, tokenIssuedAtMs: tokenIssuedAtMs === null ? null : tokenIssuedAtMs + 1_000 },
            ...rest,
          )
        },
      })),
    ['PR-19.3', 'PR-19.6'],
  ],
  [
    'a sign-out of all sessions does nothing',
    () =>
      interfering({
        http: ({ request }, next) =>
          request.method === 'DELETE' &&
          request.url.endsWith('/tickets') &&
          request.headers.get('authorization')?.startsWith('Bearer eyJ')
            ? Response.json({ success: true, revoked: 2 })
            : next(),
      }),
    ['PR-19.1', 'PR-19.2', 'PR-19.3'],
  ],
]
