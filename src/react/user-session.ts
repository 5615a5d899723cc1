// One user's time on one socket. What a component keeps for itself belongs to it: once the user has changed it is the
// past, also where no effect could hear of the change, as in a hidden <Activity>.

import { type AnySocket, partOf } from './socket-record.ts'

export interface UserSession {
  /** Another object for each socket, and after each change of the user. */
  current(): object
  subscribe(listener: () => void): () => void
}

/** May be asked while rendering: a render that is thrown away leaves one listener, and that ends with the socket. */
export const userSession = (socket: AnySocket): UserSession => partOf(socket, createUserSession)

function createUserSession(socket: AnySocket): UserSession {
  const listeners = new Set<() => void>()
  let current = {}
  socket.on('userChanged', () => {
    current = {}
    for (const listener of [...listeners]) listener()
  })
  return {
    current: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
