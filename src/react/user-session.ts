// One user's session on one socket. A component's own state belongs to a session: after a change of the user it is out of date,
// also if no effect received the change, as in a hidden <Activity>.

import { type AnySocket, partOf } from './socket-record.ts'

export interface UserSession {
  /** Another object for each socket, and after each change of the user. */
  current(): object
  subscribe(listener: () => void): () => void
}

/** May be called while rendering: a discarded render leaves one listener, which ends with the socket. */
export const userSession = (socket: AnySocket): UserSession => partOf(socket, 'session', createUserSession)

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
