// A story's environment: a backend in memory with the demo's agent on it, and a client of it. Created for each story from
// the toolbar's settings. Waits are short, so that a story takes a moment.

import { createTicketSocket, type Page, type TicketSocket, UnifiedAuthService } from 'ticket-socket'
import { createMockBackend, type MockBackend, scenarios } from 'ticket-socket/mock'
import { serveAgent } from '../../demo/agent.ts'
import type { AgentMessage, Ask } from '../../demo/messages.ts'
import { type ConversationStore, createConversation } from '../../demo/page/conversation-store.ts'
import { type DemoUser, findUser } from '../../demo/users.ts'
import { ALL_SCENARIOS } from '../../test/support/all-scenarios.ts'
import type { Toolbar } from './toolbar.ts'

export interface World {
  /** The settings that it was created from. */
  readonly toolbar: Toolbar
  readonly backend: MockBackend
  readonly auth: UnifiedAuthService
  readonly socket: TicketSocket<AgentMessage, Ask>
  readonly conversation: ConversationStore
  /** Null: nobody is signed in. */
  readonly user: DemoUser | null
  /** Starts a scenario of the backend until the story ends. */
  use: MockBackend['use']
  /** `POST`s to the ticket endpoint that the backend has seen. */
  ticketRequests(): number
  dispose(): void
}

const LATENCY_MS = { good: 0, slow: 250, flapping: 20, offline: 0 } as const

/** Readable claims, and a signature that no story checks. */
function jwtOf(userId: string): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, '')
  return `${part({ alg: 'none' })}.${part({ sub: userId })}.c3Rvcnk`
}

export function createWorld(toolbar: Toolbar): World {
  const { ticketAuth, user: userId, network, scenario } = toolbar
  const user = findUser(userId) ?? null
  let jwt = user && jwtOf(user.id)
  const backend = createMockBackend({
    users: user && jwt ? { [user.id]: { token: jwt, email: user.email, permissions: user.permissions } } : {},
    latencyMs: LATENCY_MS[network],
    onConnection: (connection) => serveAgent(connection, { pace: 0.3 }),
  })
  // What the browser reports; the backend is cut off as well.
  const page: Page = { isOnline: () => network !== 'offline', isHidden: () => false, subscribe: () => () => {} }
  const platform = { fetch: backend.fetch, WebSocket: backend.WebSocket, page }
  const auth = new UnifiedAuthService({
    httpUrl: backend.httpUrl,
    getToken: () => jwt,
    refreshToken: () => {
      jwt = user && backend.rotateToken(user.id, `${jwtOf(user.id)}${Date.now()}`)
      return jwt
    },
    ticketAuth: ticketAuth === 'on',
    ticket: { ttlSeconds: 60 },
    refreshThresholdMs: 15_000,
    requestTimeoutMs: 1_500,
    retry: { baseDelayMs: 10, maxRetries: 1 },
    platform,
  })
  const socket = createTicketSocket<AgentMessage, Ask>({
    url: backend.wsUrl,
    auth,
    reconnect: { baseDelayMs: 20, maxDelayMs: 1_000 },
    openTimeoutMs: 3_000,
    heartbeat: { intervalMs: 1_000, timeoutMs: 2_000 },
    platform,
  })
  if (network === 'offline') backend.use(scenarios.offline)
  if (network === 'flapping') backend.use(scenarios.flappingNetwork())
  backend.use(...ALL_SCENARIOS.filter(({ name }) => name === scenario))
  return {
    toolbar,
    backend,
    auth,
    socket,
    conversation: createConversation(socket),
    user,
    use: (...used) => backend.use(...used),
    ticketRequests: () => backend.journal.of('http').filter(({ method }) => method === 'POST').length,
    dispose() {
      socket.dispose()
      auth.dispose()
      backend.dispose()
    },
  }
}
