import { optional, resolve } from '../platform/option-checks.ts'
import { reportUncaught, systemBaseUrl } from '../platform/system-platform.ts'
import type { WebSocketClass } from '../platform/web-socket-arguments.ts'
import { numberIn } from '../server/options.ts'
import { restartNow } from '../server/restart.ts'
import { sendControlFrame } from '../server/session.ts'
import type { Connection, Transport } from '../server/sessions.ts'
import { createMockFetch, type MockFetch } from './bindings/fetch.ts'
import { createInMemoryWebSocket } from './bindings/in-memory-websocket.ts'
import { install } from './bindings/install.ts'
import { type AttachMockSocketOptions, attachMockSocket, type MockSocketServerClass } from './bindings/mock-socket.ts'
import { createMswHandlers, type MswHttp } from './bindings/msw.ts'
import { type PlaywrightPage, routePlaywright } from './bindings/playwright.ts'
import { createDialer } from './dialer.ts'
import { createHttpExchange } from './http-exchange.ts'
import { createJournal, type Journal } from './journal.ts'
import { type MockBackendOptions, resolveOptions } from './options.ts'
import { createRunningScenarios, type Scenario, type ScenarioControls } from './scenario.ts'
import { createMockServer } from './server.ts'
import { createTestSide, type TestSide } from './test-side.ts'
import type { MockUser } from './users.ts'

export interface MockBackend extends TestSide {
  readonly httpUrl: string
  readonly wsUrl: string
  /** Pass it to the client as its `fetch`. Other addresses than the backend's get a 404. */
  readonly fetch: MockFetch
  /** Pass it to the client as its `WebSocket`. Other addresses than the backend's fail with 1006. */
  readonly WebSocket: WebSocketClass
  /** For msw 2 and 3: `setupServer(...backend.mswHandlers({ http }))`. Pass msw's `http`; this package does not import msw. */
  mswHandlers<Handler>(msw: { http: MswHttp<Handler> }): Handler[]
  /**
   * Serves `wsUrl` through mock-socket: pass its `Server`, and pass its `WebSocket` to the client. This package does not import
   * mock-socket. Returns the function that undoes it.
   */
  attachMockSocket(Server: MockSocketServerClass, options?: AttachMockSocketOptions): () => void
  /**
   * Answers a Playwright page's (or context's) requests and sockets, so that an app in a real browser uses this backend.
   * Call it before the page is loaded. This package does not import Playwright.
   */
  routePlaywright(page: PlaywrightPage): Promise<void>
  /** Replaces the global `fetch` and `WebSocket`. Returns the function that restores them. */
  install(): () => void

  /** The users as the backend knows them now. */
  readonly users: Readonly<Record<string, MockUser>>
  /** Adds or replaces a user, or removes one with `null`. Live connections stay. */
  setUser(userId: string, user: MockUser | null): void
  /** Gives the user another JWT; earlier ones are refused from now on. Returns the new one. */
  rotateToken(userId: string, token?: string): string
  /** Revokes the user's tickets and JWTs and closes the connections with 4410. Resolves to the number of tickets. */
  revoke(userId: string): Promise<number>

  /** Breaks every connection: 1006. */
  dropConnections(): void
  /**
   * Closes every connection with `restart`: 4512 and a wait where `ticket-socket.v1` is negotiated, after `ts:going_away`; else 1012,
   * with a wait where one is given. Tickets outlive it, as with Redis.
   */
  restart(options?: { retryAfterMs?: number }): void
  /**
   * While on, all frames in both directions are lost, close frames included. HTTP requests and new connections still work.
   */
  silence(on: boolean): void
  /** Starts scenarios, until the returned function is called. The scenario used last comes first. */
  use(...scenarios: Scenario[]): () => void

  readonly journal: Journal
  /**
   * Restores the initial state: no scenario, no message handler, no connection (1006), no ticket, the users of the options, an
   * empty journal.
   */
  reset(): void
  /** Ends everything at once: no timer is left, and clients receive nothing more. */
  dispose(): void
}

/**
 * The server SDK in memory: the real endpoints, the real authentication of upgrades, the real sessions, behind the backend's own
 * `fetch` and `WebSocket`.
 *
 * Runs in Node, jsdom and a browser, on any clock: the real one, a runner's fake timers, or `createManualClock()`. It opens no port,
 * and reads no global but the page's address. JWTs are any text; `verifyToken` accepts real ones. A wrong option is a `TypeError`.
 *
 * @example
 * ```ts
 * import { createMockBackend, scenarios } from 'ticket-socket/mock'
 *
 * const backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice', permissions: ['chat'] } } })
 * backend.onMessage('chat', (message, connection) => connection.send({ type: 'echo', text: message.text }))
 * const heal = backend.use(scenarios.ticketEndpointDown)
 * // … pass backend.fetch and backend.WebSocket to the client, then check
 * backend.journal.count('upgrade')
 * heal()
 * backend.dispose()
 * ```
 */
export function createMockBackend(given: MockBackendOptions = {}): MockBackend {
  const options = resolveOptions(given)
  const { clock } = options
  const journal = createJournal(clock)
  const scenarios = createRunningScenarios((name, on) => journal.write({ kind: 'scenario', name, on }))
  const silences = new Set<object>()
  const { side, watch, forget } = createTestSide({ clock, journal, connections: () => server.sessions.connections() })
  let server = createMockServer(options, connected)
  let endSilence = () => {}

  const deps = { options, journal, scenarios, presentServer: () => server }
  const http = createHttpExchange(deps)
  const dialer = createDialer({ ...deps, isSilent: () => silences.size > 0 })
  const fetch = createMockFetch(http, options.pageOrigin, systemBaseUrl)
  const WebSocket = createInMemoryWebSocket(dialer.dial, systemBaseUrl)

  const controls = (): ScenarioControls => ({
    ...server.faults,
    clock,
    connections: () => server.sessions.connections(),
    sendControlFrame,
    expireTokens: () => server.users.expireTokens(),
    revokeAll,
    silence,
    dropConnections: () => dialer.dropAll(),
  })

  function connected(connection: Connection, transport: Transport) {
    watch(connection)
    scenarios.connected(connection)
    options.onConnection?.(connection, { url: dialer.urlOf(transport) })
  }

  function silence() {
    const hold = {}
    silences.add(hold)
    return () => void silences.delete(hold)
  }

  function revokeAll() {
    const { users } = server
    const revoked = Promise.all(Object.keys(users.all()).map(revoke))
    revoked.catch(reportUncaught)
    return () => void revoked.then(() => users.reissue())
  }

  async function revoke(userId: string) {
    const revoked = await server.tickets.revokeAll(userId, { issuedAt: server.users.lastIssuedAt(userId) })
    server.sessions.closeUser(userId)
    return revoked
  }

  function quieten() {
    scenarios.stopAll()
    server.faults.giveUp()
    endSilence()
    forget()
  }

  return {
    ...side,
    httpUrl: options.httpUrl,
    wsUrl: options.wsUrl.href,
    fetch,
    WebSocket,
    mswHandlers: (msw) => createMswHandlers(msw.http, options.httpOrigin + options.basePath, http),
    attachMockSocket: (Server, given) => attachMockSocket(Server, options.wsUrl.href, WebSocket, given),
    routePlaywright: (page) =>
      routePlaywright(page, {
        endpoints: options.httpOrigin + options.basePath,
        wsUrl: options.wsUrl.href,
        fetch,
        WebSocket,
      }),
    install: () => install({ fetch, WebSocket }),

    get users() {
      return server.users.all()
    },
    setUser: (userId, user) => server.users.set(userId, user),
    rotateToken: (userId, token) => server.users.rotateToken(userId, token),
    revoke,

    dropConnections: () => dialer.dropAll(),
    restart(options = {}) {
      const { retryAfterMs } = resolve('restart', options, { retryAfterMs: optional(numberIn({ min: 0 })) })
      for (const connection of server.sessions.connections()) restartNow(connection, retryAfterMs)
    },
    silence(on) {
      endSilence()
      endSilence = on ? silence() : () => {}
    },
    use(...used) {
      const stops = used.map((scenario) => scenarios.start(scenario, controls()))
      return () => {
        for (const stop of stops) stop()
      }
    },

    journal,
    reset() {
      quieten()
      dialer.dropAll()
      http.failAll()
      server = createMockServer(options, connected)
      journal.clear()
    },
    dispose() {
      quieten()
      dialer.discardAll()
      http.failAll()
      server.sessions.dispose()
    },
  }
}
