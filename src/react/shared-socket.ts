// One socket per auth service and endpoint, however many components ask. Sockets are never disposed of here: a closed
// one costs nothing, and the next component with the same endpoint takes it up again.

import type { CredentialSource } from '../auth/credential.ts'
import type { Message } from '../contract/wire.ts'
import type { TicketSocketOptions } from '../socket/options.ts'
import { createTicketSocket, type TicketSocket } from '../socket/ticket-socket.ts'

const sockets = new WeakMap<CredentialSource, Map<string, TicketSocket>>()

/** The options of whoever asks first count. */
export function sharedSocket(options: TicketSocketOptions): TicketSocket<Message, Message> {
  const ofAuth = sockets.get(options.auth) ?? new Map<string, TicketSocket>()
  sockets.set(options.auth, ofAuth)
  const existing = ofAuth.get(options.url)
  if (existing) return existing
  const socket = createTicketSocket(options)
  ofAuth.set(options.url, socket)
  return socket
}
