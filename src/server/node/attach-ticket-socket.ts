import { or } from '../../platform/option-checks.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { checkPaths } from '../options.ts'
import { resolveShared } from '../shared-options.ts'
import type { NodeServer } from './node-server.ts'
import type { TicketSocketServerOptions } from './server-options.ts'
import { socketsOf } from './server-sockets.ts'
import { createTicketSocketServer, type TicketSocketServer } from './ticket-socket-server.ts'
import { upgradeRouterOf } from './upgrade-router.ts'

export interface AttachTicketSocketOptions extends TicketSocketServerOptions {
  /**
   * The path of the WebSocket, or several. A slash at the end of a request's path makes no difference. Upgrades of any other path
   * are left to other listeners; where there is none, or none has answered within 10 s, the answer is 404.
   *
   * @default '/ws'
   */
  path?: string | readonly string[]
}

/** `handleUpgrade` serves an upgrade of any path, beside those that come by themselves. */
export type AttachedTicketSocket = TicketSocketServer

/**
 * Serves authenticated WebSockets on an HTTP server, with `ws`. Several may serve paths of their own on one server.
 *
 * Compression is off unless `perMessageDeflate` says otherwise. Does not close the HTTP server, and does not answer its
 * requests: that is `toNodeHandler(createTicketHandler(…))`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { AuthTicketManager, createMemoryTicketStore, createTicketHandler, jwtVerifier } from 'ticket-socket/server'
 * import { attachTicketSocket, toNodeHandler } from 'ticket-socket/server/node'
 *
 * declare const secret: Uint8Array
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
 * const shared = { tickets, verifyToken: jwtVerifier({ secret }), allowedOrigins: ['https://app.example.com'] }
 * const server = createServer()
 * attachTicketSocket(server, {
 *   ...shared,
 *   onConnection: (connection) => connection.send({ type: 'hello', to: connection.identity?.userId }),
 * })
 * server.on('request', toNodeHandler(createTicketHandler(shared)))
 * server.listen(3000)
 * ```
 */
export function attachTicketSocket(server: NodeServer, options: AttachTicketSocketOptions): AttachedTicketSocket {
  const { clock, path } = resolveShared('attachTicketSocket', options, {
    clock: or(systemClock, clockOf),
    path: or('/ws', checkPaths),
  })
  const router = upgradeRouterOf(server, clock)
  router.checkFree(path)
  const sockets = createTicketSocketServer(options)
  const attached: AttachedTicketSocket = {
    ...sockets,
    close() {
      router.remove(attached)
      return sockets.close()
    },
  }
  router.add(path, attached)
  socketsOf(server)
  return attached
}
