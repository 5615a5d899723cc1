import { createTicketSocket, UnifiedAuthService } from 'ticket-socket'

/** The app under test: it signs in, connects, and keeps what was said. */
export function startChat({ httpUrl, wsUrl, getToken, platform }) {
  const auth = new UnifiedAuthService({ httpUrl, getToken, ticketAuth: true, retry: { maxRetries: 0 }, platform })
  const socket = createTicketSocket({ url: wsUrl, auth, reconnect: { baseDelayMs: 10 }, platform })
  const lines = []
  socket.onMessage('chat', ({ text }) => lines.push(text))
  socket.connect()
  return {
    lines,
    say: (text) => socket.send({ type: 'chat', text }),
    state: () => socket.store.getState(),
    stop() {
      socket.dispose()
      auth.dispose()
    },
  }
}
