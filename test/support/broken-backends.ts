// Backends that are wrong on purpose: each does one thing wrong, and everything else right.

import type { ConformanceTarget } from '../../src/mock/conformance/index.ts'
import type { Interference, ScenarioControls } from '../../src/mock/index.ts'
import {
  type Connection,
  createMemoryTicketStore,
  type RevocationMarks,
  type TicketStore,
  type UpgradeDecision,
  type UpgradeRequest,
} from '../../src/server/index.ts'
import { announceRestart, closeForRestart } from '../../src/server/restart.ts'
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

/** The mock, which restarts in another way. */
function restarting(close: (connection: Connection) => void): BrokenBackend {
  const made = mockTarget()
  const { backend, target } = made
  const restart = () => backend.connections().forEach(close)
  return { ...fromMock(made), target: { ...target, restart } }
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

/** The mock, which answers these requests itself, and with a success where nothing else is named. */
const deciding = (
  isMeant: (request: Request, body: string) => boolean,
  answer: () => Response = () => Response.json({ success: true, revoked: 0 }),
) =>
  interfering({
    http: async ({ request }, next) => (isMeant(request, await request.clone().text()) ? answer() : next()),
  })

/** The mock, which takes a body that holds this. */
const taking = (part: string) => deciding(({ method }, body) => method === 'POST' && body.includes(part))

/** The mock, which decides about another upgrade than was asked for. */
const mistaking = (change: (request: UpgradeRequest) => UpgradeRequest) =>
  interfering({ upgrade: ({ request }, next) => next(change(request)) })

/** The mock, whose decisions about upgrades are changed. */
const overruling = (change: (decision: UpgradeDecision, request: UpgradeRequest) => UpgradeDecision) =>
  interfering({ upgrade: async ({ request }, next) => change(await next(), request) })

/** The mock, which reads no credential that begins so. */
const overlooking = (entry: RegExp) =>
  mistaking((request) => ({ ...request, protocols: request.protocols.filter((name) => !entry.test(name)) }))

/** The mock, whose connections do more. */
function meddling(meddle: (connection: Connection, say: ScenarioControls['sendControlFrame']) => void): BrokenBackend {
  const made = mockTarget()
  made.backend.use({
    name: 'wrong',
    start: ({ sendControlFrame }) => ({ connected: (connection) => meddle(connection, sendControlFrame) }),
  })
  return fromMock(made)
}

/** The mock, which closes everybody's connections at such a request. */
function disconnecting(isMeant: (request: Request) => boolean, code?: number, reason?: string): BrokenBackend {
  const made = mockTarget()
  made.backend.use({
    name: 'wrong',
    start: ({ connections }) => ({
      http: ({ request }, next) => {
        if (isMeant(request)) for (const connection of connections()) connection.close(code, reason)
        return next()
      },
    }),
  })
  return fromMock(made)
}

const signsOutAll = ({ method, url }: Request) => method === 'DELETE' && url.endsWith('/tickets')
const revokesOne = ({ method, url }: Request) => method === 'DELETE' && url.includes('/ticket/')
const authorization = ({ headers }: Request) => headers.get('authorization') ?? ''
const ERROR_FRAME = { type: 'ts:error', code: 'invalid_message', message: '' } as const
const EVIL = 'https://evil.example'

/** What is wrong → the backend, and rules that it breaks. Only these are tried. */
export const BROKEN_IN_PART: readonly [wrong: string, start: () => BrokenBackend, breaks: readonly string[]][] = [
  // who may
  ['anybody signs anybody out', () => deciding((asked) => signsOutAll(asked) && !authorization(asked)), ['PR-11.1']],
  [
    'a JWT is not checked',
    () => deciding((asked) => signsOutAll(asked) && authorization(asked).includes('not.a.jwt')),
    ['PR-11.2'],
  ],
  [
    'a JWT in a cookie counts',
    () => deciding((asked) => signsOutAll(asked) && asked.headers.has('cookie')),
    ['PR-11.3'],
  ],
  [
    'every origin gets a ticket',
    () => fromMock(mockTarget({}, { allowedOrigins: ['https://app.example', EVIL] })),
    ['PR-28.1'],
  ],
  [
    'the status is for allowed origins alone',
    () =>
      answering((response, { headers }) =>
        headers.get('origin') === EVIL ? new Response(null, { status: 403 }) : response,
      ),
    ['PR-28.2'],
  ],
  [
    'a page may not send its JWT',
    () => answering((response) => withHeaders(response, (headers) => headers.delete('access-control-allow-headers'))),
    ['PR-28.3'],
  ],
  ['a permission that nobody holds is granted', () => taking('a-permission-that-nobody-holds'), ['PR-13.1']],
  [
    'a ticket for fewer permissions has all of them',
    () =>
      answering(async (response, request) =>
        isValidate(request) ? Response.json({ ...(await response.json()), permissions: ['chat'] }) : response,
      ),
    ['PR-13.2'],
  ],
  [
    'a ticket outlives its JWT',
    () => changingTickets((ticket) => ({ ...ticket, expires_at: Number(ticket.created_at) + 3_600 })),
    ['PR-13.3'],
  ],
  // what a ticket is
  [
    'tickets begin alike',
    () =>
      fromMock(
        mockTarget({}, { randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)).fill(7, 0, 8) }),
      ),
    ['PR-04.2'],
  ],
  [
    'a ticket is longer',
    () => changingTickets((ticket) => ({ ...ticket, ticket_id: `${ticket.ticket_id}A` })),
    ['PR-04.1'],
  ],
  [
    'a ticket lives for an hour unless asked otherwise',
    () => changingTickets((ticket) => (ticket.ttl_seconds === 300 ? { ...ticket, ttl_seconds: 3_600 } : ticket)),
    ['PR-12.1', 'PR-12.2', 'PR-12.13'],
  ],
  ['a short life is made longer', () => changingTickets((ticket) => ({ ...ticket, ttl_seconds: 300 })), ['PR-12.3']],
  ['any life is granted', () => taking('"ttl_seconds":3601'), ['PR-12.4']],
  ['single_use is what it may be', () => taking('"single_use":"yes"'), ['PR-12.5']],
  ['permissions are a text', () => taking('"permissions":"chat"'), ['PR-12.6']],
  ['metadata is a list', () => taking('"metadata":[]'), ['PR-12.7']],
  [
    'metadata is refused from 2 KiB on',
    () =>
      deciding(
        (_, body) => body.length > 2_048 && body.length < 4_096,
        () => Response.json({}, { status: 422 }),
      ),
    ['PR-12.8'],
  ],
  ['a request names its user', () => taking('"user_id"'), ['PR-12.9']],
  [
    'any page’s form may send a request',
    () => deciding(({ headers }) => headers.get('content-type') === 'text/plain'),
    ['PR-12.10'],
  ],
  ['a body may be of any length', () => deciding((_, body) => body.length > 16 * 1_024), ['PR-12.11']],
  ['a body may be cut off', () => deciding((_, body) => body === '{"ttl_seconds":'), ['PR-12.12']],
  [
    'every method does something',
    () => deciding(({ method, url }) => method === 'GET' && url.endsWith('/ticket')),
    ['PR-24.2'],
  ],
  [
    'every ticket is valid',
    () => deciding(isValidate, () => Response.json({ valid: true, user_id: 'alice', permissions: [], expires_at: 1 })),
    ['PR-17.1', 'PR-17.2', 'PR-17.3', 'PR-18.1'],
  ],
  [
    'revoking a ticket does nothing',
    () => deciding(revokesOne, () => Response.json({ success: true, message: '' })),
    ['PR-18.1', 'PR-18.2', 'PR-18.3', 'PR-18.4', 'PR-45.3'],
  ],
  ['revoking a ticket ends connections', () => disconnecting(revokesOne), ['PR-18.6']],
  [
    'a store that is down knows no ticket',
    () =>
      answering((response, request) =>
        response.status === 503 && revokesOne(request) ? new Response('{}', { status: 404 }) : response,
      ),
    ['PR-33.1'],
  ],
  [
    'the status says that all is well',
    () =>
      answering(async (response, { url }) =>
        url.endsWith('/status') ? Response.json({ ...(await response.json()), redis_available: true }) : response,
      ),
    ['PR-21.2'],
  ],
  [
    'the status is short',
    () => answering((response, { url }) => (url.endsWith('/status') ? Response.json({}) : response)),
    ['PR-21.1'],
  ],
  [
    'answers are texts',
    () => answering((response) => withHeaders(response, (headers) => headers.set('content-type', 'text/plain'))),
    ['PR-10.5'],
  ],
  // upgrades
  [
    'the parameter ticket is not read',
    () => mistaking((request) => ({ ...request, url: request.url.replace('?ticket=', '?x=') })),
    ['PR-40.1'],
  ],
  [
    'the parameter auth_ticket is not read',
    () => mistaking((request) => ({ ...request, url: request.url.replace('auth_ticket', 'x') })),
    ['PR-40.2'],
  ],
  [
    'the parameter ticket_id is not read',
    () => mistaking((request) => ({ ...request, url: request.url.replace('ticket_id', 'x') })),
    ['PR-40.3'],
  ],
  ['no jwt.<base64url(JWT)> is read', () => overlooking(/^jwt\.[^.]*$/), ['PR-41.1']],
  ['no jwt.<JWT> is read', () => overlooking(/^jwt\..*\./), ['PR-41.2']],
  ['no jwt-auth.<JWT> is read', () => overlooking(/^jwt-auth\./), ['PR-41.3']],
  ['no bearer.<JWT> is read', () => overlooking(/^bearer\./), ['PR-41.4']],
  [
    'who has a wrong JWT is nobody',
    () =>
      interfering({
        upgrade: async (_, next) => {
          const decision = await next()
          if (decision.kind !== 'refused' || decision.reason !== 'jwt_invalid') return decision
          return { kind: 'refused', code: 4401, reason: 'unauthenticated', subprotocol: decision.subprotocol }
        },
      }),
    ['PR-41.7'],
  ],
  [
    'who has no credential is alice',
    () => {
      const made = mockTarget()
      const alice = `jwt.${btoa(String(made.backend.users.alice?.token)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
      made.backend.use({
        name: 'wrong',
        start: () => ({
          upgrade: async ({ request }, next) => {
            const decision = await next()
            if (decision.kind !== 'refused' || decision.reason !== 'unauthenticated') return decision
            return next({ ...request, protocols: [...request.protocols, alice] })
          },
        }),
      })
      return fromMock(made)
    },
    ['PR-53.1', 'PR-41.6'],
  ],
  [
    'of a ticket that is named twice one is read',
    () => mistaking((request) => ({ ...request, url: request.url.replace(/&ticket=.*/, '') })),
    ['PR-42.2'],
  ],
  [
    'a refusal selects no protocol',
    () => overruling((decision) => (decision.kind === 'refused' ? { ...decision, subprotocol: undefined } : decision)),
    ['PR-48.1'],
  ],
  [
    'the first protocol is selected',
    () =>
      overruling((decision, { protocols: [first] }) =>
        decision.kind === 'accepted' && first === 'chat' ? { ...decision, subprotocol: first } : decision,
      ),
    ['PR-51.1'],
  ],
  [
    'no protocol of the app is selected',
    () =>
      overruling((decision) =>
        decision.kind === 'accepted' && decision.subprotocol === 'chat'
          ? { ...decision, subprotocol: undefined }
          : decision,
      ),
    ['PR-51.2'],
  ],
  [
    'no connection opens',
    () => overruling((decision) => (decision.kind === 'accepted' ? { kind: 'rejected', status: 500 } : decision)),
    ['PR-49.1'],
  ],
  // connections
  [
    'all hear the protocol’s frames',
    () => meddling((connection, say) => connection.spoken || say(connection, ERROR_FRAME)),
    ['PR-52.1'],
  ],
  [
    'all sessions have one name',
    () => hearing((data) => data.replace(/"session_id":"[^"]*"/, '"session_id":"one"')),
    ['PR-71.4'],
  ],
  ['a ping without a time is answered', () => hearing((data) => data.replace('"ts:error"', '"ts:pong"')), ['PR-72.2']],
  [
    'a renewal does not say until when',
    () => hearing((data) => data.replace('"expires_in"', '"in"')),
    ['PR-73.1', 'PR-79.1'],
  ],
  [
    'every ticket renews a session',
    () => hearing((data) => data.replace('"ts:error"', '"ts:auth_refreshed"')),
    ['PR-73.3', 'PR-73.4'],
  ],
  [
    'the app’s messages are answered',
    () => meddling((connection, say) => void connection.onMessage(() => say(connection, ERROR_FRAME))),
    ['PR-70.1'],
  ],
  [
    'binary messages are refused',
    () => meddling((connection, say) => void connection.onBinary(() => say(connection, ERROR_FRAME))),
    ['PR-76.1'],
  ],
  ['32 KiB are too much', () => fromMock(mockTarget({}, { maxPayload: 32 * 1_024 })), ['PR-90.1']],
  ['128 KiB are not too much', () => fromMock(mockTarget({}, { maxPayload: 128 * 1_024 })), ['PR-90.2']],
  // the sign-out of all sessions
  ['it signs everybody out', () => disconnecting(signsOutAll, 4410, 'revoked'), ['PR-19.5']],
  [
    'it is for ever',
    () => {
      let isOver = false
      return deciding(
        (request) => {
          const isOut = isOver && request.method === 'POST'
          isOver ||= signsOutAll(request)
          return isOut
        },
        () => Response.json({}, { status: 401 }),
      )
    },
    ['PR-19.4'],
  ],
  // how it leaves
  ['a restart is not announced', () => restarting((connection) => closeForRestart(connection)), ['PR-74.1']],
  [
    'a restart names no wait',
    () =>
      restarting((connection) => {
        announceRestart(connection, 5_000)
        connection.close(connection.spoken ? 4512 : 1012, 'restart')
      }),
    ['PR-74.1'],
  ],
  [
    'a restart is a crash for connections with the protocol',
    () =>
      restarting((connection) => {
        announceRestart(connection, 5_000)
        if (connection.spoken) connection.terminate()
        else closeForRestart(connection)
      }),
    ['PR-74.1'],
  ],
  [
    'a restart is 4512 for plain connections as well',
    () =>
      restarting((connection) => {
        announceRestart(connection, 5_000)
        connection.close(4512, 'restart;retry_after_ms=0')
      }),
    ['PR-74.1'],
  ],
]
