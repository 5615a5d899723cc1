// What the hooks keep beside a socket, in one record per socket. Each part is made by the file that owns it, when a
// component first asks for it, and the record is collected with its socket.

import type { TicketSocket } from '../socket/ticket-socket.ts'

/** A socket with messages of any type. */
export type AnySocket = Pick<TicketSocket, 'store' | 'connect' | 'close' | 'on' | 'onMessage'>

const records = new WeakMap<AnySocket, Map<unknown, unknown>>()

/** The part that `make` has made for this socket. It is made by the first call. */
export function partOf<Socket extends AnySocket, Part>(socket: Socket, make: (socket: Socket) => Part): Part {
  const record = records.get(socket) ?? new Map()
  records.set(socket, record)
  if (!record.has(make)) record.set(make, make(socket))
  return record.get(make)
}
