// One page and one backend for each act: the real service with `ticketAuth` left out, the real sockets, and the server
// half in memory. Everything that an app, its server or the network could see is written.

import {
  type AuthEvents,
  createTicketSocket,
  type Message,
  type Platform,
  type SocketEvents,
  type TicketSocket,
  type TicketSocketOptions,
  UnifiedAuthService,
  type UnifiedAuthServiceOptions,
} from '../../../src/index.ts'
import { createMockBackend, type MockBackendOptions, scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { createTestPage, type TestPage } from '../../support/arrange.ts'
import { createVirtualClock, type VirtualClock } from '../../support/virtual-clock.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { show } from './show.ts'
import { recordedFetch, recordedWebSocket } from './wire.ts'

// Objects and not lists: an event that is added has to be written, or the types do not fit.
const SOCKET_EVENTS: Record<keyof SocketEvents, true> = {
  open: true,
  lost: true,
  closed: true,
  failed: true,
  fallback: true,
  reverted: true,
  userChanged: true,
  message: true,
  binary: true,
  invalidMessage: true,
  refused: true,
  disposed: true,
  sent: true,
  dropped: true,
}
const AUTH_EVENTS: Record<keyof AuthEvents, true> = {
  ticketIssued: true,
  ticketRefreshed: true,
  ticketTaken: true,
  ticketFailed: true,
  fallback: true,
  reverted: true,
  userChanged: true,
}

export interface StageOptions {
  /** `own` speaks `ticket-socket.v1`, `plain` does not. @default 'own' */
  server?: 'own' | 'plain'
  /** The JWT at the start, by the name of a user or as it is; null: nobody is signed in. @default 'alice' */
  jwt?: 'alice' | 'bob' | null
  /** Claims of the JWTs beside `sub` and `jti`. */
  claims?: Record<string, unknown>
  /** When the backend takes alice's JWT for expired, in milliseconds from the start. @default never */
  jwtEndsInMs?: number
  /** `refreshToken` gives the user's second JWT. @default left out */
  refreshes?: boolean
  auth?: Partial<UnifiedAuthServiceOptions>
  socket?: Partial<TicketSocketOptions>
  backend?: Partial<MockBackendOptions>
  /** What the server does with each connection. */
  onConnection?: (connection: Connection) => void
}

export interface Stage {
  readonly clock: VirtualClock
  readonly page: TestPage
  readonly backend: ReturnType<typeof createMockBackend>
  readonly platform: Partial<Platform>
  /** The address that the app connects to, with a query of its own. */
  readonly url: string
  /** What `getToken` gives. */
  readonly session: { jwt: string | null }
  readonly jwts: Readonly<Record<'alice' | 'alice2' | 'bob', string>>
  /** Calls are written. */
  readonly auth: UnifiedAuthService
  readonly socket: TicketSocket
  /** The same, for calls that are too many to be written. Their events are. */
  readonly unwritten: TicketSocket
  /** The service itself, for what is made from it. */
  readonly service: UnifiedAuthService
  readonly recorder: Recorder
  /** The newest live connection, as the server has it. */
  connection(): Connection
  /** The server sends; written by the client's end, as it comes. */
  tell(message: object): void
  /** Something that the scenario does by itself, in words. */
  note(words: string): void
  pass(ms: number): Promise<void>
  end(): void
}

export const WALL_START_MS = 1_763_800_000_000

export function setStage(lines: string[], options: StageOptions = {}): Stage {
  const clock = createVirtualClock(WALL_START_MS)
  const page = createTestPage()
  const recorder = createRecorder(clock, lines)
  const { write, names } = recorder
  const jwts = {
    alice: names.jwt('jwt of alice', { sub: 'alice', jti: 1, ...options.claims }),
    alice2: names.jwt('second jwt of alice', { sub: 'alice', jti: 2 }),
    bob: names.jwt('jwt of bob', { sub: 'bob', jti: 3 }),
  }
  const { jwt = 'alice', server = 'own', jwtEndsInMs } = options
  const session = { jwt: jwt && jwts[jwt] }
  let connections = 0
  const backend = createMockBackend({
    users: {
      alice: {
        token: [jwts.alice, jwts.alice2],
        permissions: ['chat'],
        ...(jwtEndsInMs !== undefined && { tokenExpiresAtMs: WALL_START_MS + jwtEndsInMs }),
      },
      bob: { token: jwts.bob, permissions: ['chat'] },
    },
    clock,
    latencyMs: 10,
    onConnection(connection) {
      names.add(connection.id, `session ${++connections}`)
      options.onConnection?.(connection)
    },
    ...options.backend,
  })
  if (server === 'plain') backend.use(scenarios.plainServer)

  const platform: Partial<Platform> = {
    clock,
    page,
    random: () => 0.5,
    fetch: recordedFetch(backend.fetch, recorder),
    WebSocket: recordedWebSocket(backend.WebSocket, recorder),
  }
  const answers = (name: string, answer: () => string | null) => () => {
    write('asks', `${name}() → ${show(answer())}`)
    return answer()
  }
  const service = new UnifiedAuthService({
    httpUrl: backend.httpUrl,
    getToken: answers('getToken', () => session.jwt),
    ...(options.refreshes && {
      refreshToken: answers('refreshToken', () => {
        session.jwt = jwts.alice2
        return session.jwt
      }),
    }),
    platform,
    ...options.auth,
  })
  const url = `${backend.wsUrl}?room=1&resume=7`
  const socket = createTicketSocket<Message, Message>({ url, auth: service, platform, ...options.socket })
  for (const name of Object.keys(AUTH_EVENTS) as (keyof AuthEvents)[]) {
    service.on(name, (payload) => write('auth event', `${name} ${show(payload)}`))
  }
  for (const name of Object.keys(SOCKET_EVENTS) as (keyof SocketEvents)[]) {
    socket.on(name, (payload) => write('event', `${name} ${show(payload)}`))
  }
  recorder.watch('auth state', service.store)
  recorder.watch('state', socket.store)

  const connection = () => {
    const live = backend.connections().at(-1)
    if (!live) throw new Error('The scenario expects a live connection, and there is none')
    return live
  }
  return {
    clock,
    page,
    backend,
    platform,
    url,
    session,
    jwts,
    auth: recorder.calls('auth', service),
    socket: recorder.calls('app', socket),
    unwritten: socket,
    service,
    recorder,
    connection,
    tell: (message) => connection().send(message),
    note: (words) => write('', words),
    pass: (ms) => clock.advance(ms),
    end() {
      recorder.stop()
      socket.dispose()
      service.dispose()
      backend.dispose()
    },
  }
}
