import { type AuthenticatedWebSocketDeps, authenticatedWebSocket } from '../socket/authenticated-web-socket.ts'

export interface SocketWitness {
  opened(socket: WebSocket): void
  /** Hides the event from the library, which drops the socket on `error` and reports a clean close. */
  failed(socket: WebSocket, event: Event): void
  /** Called before the library receives the event. */
  closing(socket: WebSocket, event: CloseEvent): void
}

/** Authenticated sockets that report their events to a witness before the library receives them. */
export function witnessedWebSocket(deps: AuthenticatedWebSocketDeps) {
  let witness: SocketWitness | null = null
  class WitnessedWebSocket extends authenticatedWebSocket(deps) {
    override dispatchEvent(event: Event): boolean {
      if (event.type === 'open') witness?.opened(this)
      if (event.type === 'close') witness?.closing(this, event as CloseEvent)
      if (event.type !== 'error') return super.dispatchEvent(event)
      witness?.failed(this, event)
      return true
    }
  }
  return {
    WebSocket: WitnessedWebSocket as typeof WebSocket,
    reportTo(observer: SocketWitness) {
      witness = observer
    },
  }
}
