import type { Socket } from 'node:net'
import type { NodeServer } from './node-server.ts'

const known = new WeakMap<NodeServer, Set<Socket>>()

/**
 * The TCP sockets of this server that are open, since it was asked for the first time; upgraded ones as well, which Node's own
 * `closeAllConnections` leaves alone.
 */
export function socketsOf(server: NodeServer): ReadonlySet<Socket> {
  const before = known.get(server)
  if (before) return before
  const open = new Set<Socket>()
  known.set(server, open)
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}
