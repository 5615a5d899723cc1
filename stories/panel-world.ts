import { createTicketSocket, type TicketSocket, UnifiedAuthService } from 'ticket-socket'
import { createMockBackend, type MockBackend } from 'ticket-socket/mock'
import { createTimeline, type Timeline } from '../demo/page/timeline.ts'

/** The panel's surroundings: a backend in memory and a client of it, made anew for each story. */
export interface PanelWorld {
  backend: MockBackend
  auth: UnifiedAuthService
  socket: TicketSocket
  timeline: Timeline
  /** `POST`s to the ticket endpoint that the backend has seen. */
  ticketRequests(): number
  dispose(): void
}

/** Waits are short, so that a story is told in a moment. */
export function createPanelWorld({ ticketAuth }: { ticketAuth: boolean }): PanelWorld {
  const backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice', permissions: ['ask'] } } })
  const auth = new UnifiedAuthService({
    httpUrl: backend.httpUrl,
    getToken: () => 'jwt-of-alice',
    ticketAuth,
    retry: { baseDelayMs: 10 },
    platform: { fetch: backend.fetch },
  })
  const socket = createTicketSocket({
    url: backend.wsUrl,
    auth,
    reconnect: { baseDelayMs: 10 },
    platform: { WebSocket: backend.WebSocket },
  })
  return {
    backend,
    auth,
    socket,
    timeline: createTimeline({ auth, socket }),
    ticketRequests: () => backend.journal.of('http').filter(({ method }) => method === 'POST').length,
    dispose() {
      socket.dispose()
      auth.dispose()
      backend.dispose()
    },
  }
}
