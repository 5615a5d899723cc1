// What the hooks keep beside a socket, in one record per socket. Each part is made by the file that owns it, when a
// component first asks for it, and the record is collected with its socket.

import type { Requests } from '../socket/requests.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import type { EarlyMessages } from './early-messages.ts'
import type { MessageLog } from './message-log.ts'
import type { Holders } from './socket-lease.ts'
import type { UserSession } from './user-session.ts'

/** Any socket, whatever its messages are. */
export type AnySocket = Pick<TicketSocket, 'store' | 'connect' | 'close' | 'on' | 'onMessage'>

interface SocketRecord {
  holders?: Holders
  early?: EarlyMessages
  userSession?: UserSession
  /** By the messages' type. */
  logs?: Map<string, MessageLog>
  requests?: Requests
}

const records = new WeakMap<AnySocket, SocketRecord>()

export function recordOf(socket: AnySocket): SocketRecord {
  const record = records.get(socket) ?? {}
  records.set(socket, record)
  return record
}
