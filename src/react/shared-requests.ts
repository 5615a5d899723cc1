import { createRequests, type Requests } from '../socket/requests.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'

const bySocket = new WeakMap<TicketSocket, Requests>()

/** One for all components, since each listens to every message of the socket. It ends with the socket. */
export function sharedRequests(socket: TicketSocket): Requests {
  const requests = bySocket.get(socket) ?? createRequests(socket)
  bySocket.set(socket, requests)
  return requests
}
