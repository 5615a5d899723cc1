// Everything of ticket-socket that the page uses. Times are shorter than the defaults, so that what happens can be seen
// happening.

import { createTicketSocket, type TicketSocket, UnifiedAuthService } from 'ticket-socket'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AgentMessage, Ask } from '../messages.ts'
import { type ConversationStore, createConversation } from './conversation-store.ts'
import type { Session } from './session.ts'
import { createTimeline, type Timeline } from './timeline.ts'

export interface DemoClient {
  readonly session: Session
  /** The feature flag, which may be flipped at any time. */
  readonly flag: StoreApi<{ ticketAuth: boolean }>
  readonly auth: UnifiedAuthService
  readonly socket: TicketSocket<AgentMessage, Ask>
  readonly timeline: Timeline
  readonly conversation: ConversationStore
  logOut(): void
}

export function createDemoClient(session: Session, { origin, host, protocol } = location): DemoClient {
  const flag = createStore(() => ({ ticketAuth: true }))
  const auth = new UnifiedAuthService({
    httpUrl: origin,
    getToken: session.getToken,
    refreshToken: session.refreshToken,
    ticketAuth: () => flag.getState().ticketAuth,
    ticket: { ttlSeconds: 60 },
    refreshThresholdMs: 15_000,
    retry: { baseDelayMs: 300 },
  })
  const socket = createTicketSocket<AgentMessage, Ask>({
    url: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`,
    auth,
    reconnect: { baseDelayMs: 500 },
    heartbeat: { intervalMs: 5_000, timeoutMs: 3_000 },
  })
  const timeline = createTimeline({ auth, socket })
  const conversation = createConversation(socket)

  session.onRefreshed(() => timeline.add({ tone: 'info', title: 'JWT refreshed', detail: 'the old one was refused' }))
  session.store.subscribe(({ user }, { user: before }) => {
    if (user === before) return
    // Nothing of one user is shown to the next.
    timeline.clear()
    conversation.clear()
    if (user) auth.signedIn()
    else auth.handleLogout()
  })

  return { session, flag, auth, socket, timeline, conversation, logOut: session.logOut }
}
