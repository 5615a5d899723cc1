// One signed-in page and one backend on a clock that the test moves: the real service, the real socket, and the real
// server SDK in memory. Every network answer, timer and random number is in the test's hand.

import {
  createTicketSocket,
  type Message,
  type Page,
  type PageSignal,
  type Platform,
  type TicketSocketOptions,
  UnifiedAuthService,
  type UnifiedAuthServiceOptions,
} from '../../src/index.ts'
import { createMockBackend, type MockBackendOptions } from '../../src/mock/index.ts'
import { jwtFor } from './jwt.ts'
import { createVirtualClock } from './virtual-clock.ts'

export interface TestPage extends Page {
  say(signal: PageSignal): void
}

export function createTestPage(): TestPage {
  const listeners = new Set<(signal: PageSignal) => void>()
  let online = true
  let hidden = false
  return {
    isOnline: () => online,
    isHidden: () => hidden,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    say(signal) {
      if (signal === 'online' || signal === 'offline') online = signal === 'online'
      if (signal === 'hidden' || signal === 'shown') hidden = signal === 'hidden'
      for (const listener of [...listeners]) listener(signal)
    },
  }
}

export interface ArrangeOptions {
  auth?: Partial<UnifiedAuthServiceOptions>
  socket?: Partial<TicketSocketOptions>
  backend?: Partial<MockBackendOptions>
  /** For jitter. @default 0.5 */
  chance?: number
  /** To look at what crosses the edge. */
  wrap?: (platform: Partial<Platform>) => Partial<Platform>
}

export function arrange(options: ArrangeOptions = {}) {
  const clock = createVirtualClock()
  const page = createTestPage()
  const tokens: Record<string, string> = { alice: jwtFor('alice'), bob: jwtFor('bob') }
  const session: { jwt: string | null } = { jwt: tokens.alice as string }
  const backend = createMockBackend({
    users: {
      alice: { token: tokens.alice as string, permissions: ['chat'] },
      bob: { token: tokens.bob as string, permissions: ['chat'] },
    },
    clock,
    ...options.backend,
  })
  const { wrap = (platform: Partial<Platform>) => platform } = options
  const platform = wrap({
    clock,
    page,
    random: () => options.chance ?? 0.5,
    fetch: backend.fetch,
    WebSocket: backend.WebSocket,
  })
  const auth = new UnifiedAuthService({
    httpUrl: backend.httpUrl,
    getToken: () => session.jwt,
    ticketAuth: true,
    platform,
    ...options.auth,
  })
  const socket = createTicketSocket<Message, Message>({ url: backend.wsUrl, auth, platform, ...options.socket })

  /** What was told, in order. */
  const told: [name: string, payload: unknown][] = []
  for (const name of ['ticketIssued', 'ticketTaken', 'ticketFailed', 'fallback', 'reverted', 'userChanged'] as const) {
    auth.on(name, (payload) => told.push([`auth.${name}`, payload]))
  }
  for (const name of ['open', 'lost', 'closed', 'failed', 'message', 'invalidMessage', 'dropped', 'refused'] as const) {
    socket.on(name, (payload) => told.push([name, payload]))
  }

  return {
    clock,
    page,
    platform,
    backend,
    auth,
    socket,
    session,
    told,
    times: (name: string) => told.filter(([told]) => told === name).length,
    state: () => socket.store.getState(),
    ticketRequests: () =>
      backend.journal.count(({ kind, ...entry }) => kind === 'http' && 'method' in entry && entry.method === 'POST'),
    /** Signs another user in, as an app does. */
    signIn(user: 'alice' | 'bob') {
      session.jwt = backend.rotateToken(user, jwtFor(user))
      auth.signedIn()
    },
    async connect() {
      socket.connect()
      await clock.advance(1_000)
    },
  }
}
