// What the hooks keep beside a socket, in one record per socket. Each part is made by the file that owns it, when a
// component first asks for it, and the record is collected with its socket.

import { sharedState } from '../platform/shared-state.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'

/** A socket with messages of any type. */
export type AnySocket = Pick<TicketSocket, 'store' | 'connect' | 'close' | 'on' | 'onMessage'>

const recordsOf = () => sharedState('socket records', () => new WeakMap<AnySocket, Map<string, unknown>>())

/** The part of this name that `make` has made for this socket. It is made by the first call. */
export function partOf<Socket extends AnySocket, Part>(
  socket: Socket,
  name: string,
  make: (socket: Socket) => Part,
): Part {
  const records = recordsOf()
  const record = records.get(socket) ?? new Map()
  records.set(socket, record)
  if (!record.has(name)) record.set(name, make(socket))
  return record.get(name)
}
