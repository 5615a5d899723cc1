import { type AuthenticatedWebSocketDeps, authenticatedWebSocket } from '../socket/authenticated-web-socket.ts'

export interface SocketWitness {
  opened(socket: WebSocket): void
  /** The event is not for the library: on `error` it forgets the socket and invents a clean close. */
  failed(socket: WebSocket, event: Event): void
  /** Before the library hears of it. */
  closing(socket: WebSocket, event: CloseEvent): void
}

/** Authenticated sockets of which a witness hears before the library does. */
export function tellingWebSocket(deps: AuthenticatedWebSocketDeps) {
  let witness: SocketWitness | null = null
  class TellingWebSocket extends authenticatedWebSocket(deps) {
    override dispatchEvent(event: Event): boolean {
      if (event.type === 'open') witness?.opened(this)
      if (event.type === 'close') witness?.closing(this, event as CloseEvent)
      if (event.type !== 'error') return super.dispatchEvent(event)
      witness?.failed(this, event)
      return true
    }
  }
  return {
    WebSocket: TellingWebSocket as typeof WebSocket,
    tell(toWhom: SocketWitness) {
      witness = toWhom
    },
  }
}
