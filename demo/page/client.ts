// Everything of ticket-socket that the page uses. Times are shorter than the defaults, so that what happens can be seen
// happening.

import { createTicketSocket, type TicketSocket, UnifiedAuthService } from 'ticket-socket'
import { type Happening, type Inspector, mountInspector } from 'ticket-socket/inspector'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AgentMessage, Ask } from '../messages.ts'
import { type ConversationStore, createConversation } from './conversation-store.ts'
import type { Session } from './session.ts'

export interface DemoClient {
  readonly session: Session
  /** The feature flag, which may be flipped at any time. */
  readonly flag: StoreApi<{ ticketAuth: boolean }>
  readonly auth: UnifiedAuthService
  readonly socket: TicketSocket<AgentMessage, Ask>
  readonly conversation: ConversationStore
  /** Shows what is underneath, in this place, until the returned function is called. */
  inspect(target: Element): () => void
  /** Puts something among the inspector's events, while it is there. */
  note(happening: Happening): void
  signOut(): void
}

export function createDemoClient(session: Session): DemoClient {
  const flag = createStore(() => ({ ticketAuth: true }))
  const auth = new UnifiedAuthService({
    httpUrl: location.origin,
    getToken: session.getToken,
    refreshToken: session.refreshToken,
    ticketAuth: () => flag.getState().ticketAuth,
    ticket: { ttlSeconds: 60 },
    refreshThresholdMs: 15_000,
    retry: { baseDelayMs: 300 },
  })
  const socket = createTicketSocket<AgentMessage, Ask>({
    url: '/ws',
    auth,
    reconnect: { baseDelayMs: 500 },
    heartbeat: { intervalMs: 5_000, timeoutMs: 3_000 },
  })
  const conversation = createConversation(socket)

  let inspector: Inspector | null = null
  const note = (happening: Happening) => inspector?.note(happening)
  function inspect(target: Element) {
    const mounted = mountInspector({ socket, auth, target, theme: 'page', recordSends: true })
    inspector = mounted
    return () => {
      mounted.unmount()
      if (inspector === mounted) inspector = null
    }
  }

  session.onRefreshed(() => note({ tone: 'info', title: 'JWT refreshed', detail: 'the old one was refused' }))
  session.store.subscribe(({ user }, { user: before }) => {
    if (user === before) return
    // Nothing of one user is shown to the next.
    conversation.clear()
    if (user) auth.signedIn()
    else auth.handleLogout()
  })

  return { session, flag, auth, socket, conversation, inspect, note, signOut: session.signOut }
}
