import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../platform/platform.ts'
import { pathOf, writtenTo } from './node-request.ts'
import type { NodeServer } from './node-server.ts'
import { rejectUpgrade } from './reject-upgrade.ts'
import type { TicketSocketServer } from './ticket-socket-server.ts'

/** An upgrade that no listener has answered by then is answered with 404. */
const UNANSWERED_MS = 10_000

/** Which `attachTicketSocket` of one server serves which path. */
export interface UpgradeRouter {
  /** Throws a `TypeError` for a path that is served already. */
  checkFree(paths: readonly string[]): void
  /** The attachment serves these paths until `remove`. */
  add(paths: readonly string[], attached: TicketSocketServer): void
  remove(attached: TicketSocketServer): void
  attachments(): TicketSocketServer[]
}

const routers = new WeakMap<NodeServer, UpgradeRouter>()

/**
 * The router of this server. One listener serves all attachments: separate ones could not know that no attachment serves a path. A
 * path of no attachment is left to the other listeners, if there are any.
 */
export function upgradeRouterOf(server: NodeServer, clock: Clock): UpgradeRouter {
  const router = routers.get(server) ?? createRouter(server, clock)
  routers.set(server, router)
  return router
}

/** The attachments of this server that have not been closed. */
export const attachmentsOf = (server: NodeServer): TicketSocketServer[] => routers.get(server)?.attachments() ?? []

function createRouter(server: NodeServer, clock: Clock): UpgradeRouter {
  const routes = new Map<string, TicketSocketServer>()

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const attached = routes.get(withoutSlash(pathOf(request)))
    if (attached) return attached.handleUpgrade(request, socket, head)
    if (server.listenerCount('upgrade') === 1) rejectUpgrade(socket, { status: 404 }, clock)
    else rejectUnanswered(socket, clock)
  }

  return {
    checkFree(paths) {
      const taken = paths.find((path) => routes.has(withoutSlash(path)))
      if (taken === undefined) return
      throw new TypeError(`path must be another one: another attachTicketSocket of this server serves ${taken}`)
    },
    add(paths, attached) {
      if (routes.size === 0) server.on('upgrade', onUpgrade)
      for (const path of paths) routes.set(withoutSlash(path), attached)
    },
    remove(attached) {
      for (const [path, owner] of routes) if (owner === attached) routes.delete(path)
      if (routes.size === 0) server.off('upgrade', onUpgrade)
    },
    attachments: () => [...new Set(routes.values())],
  }
}

/** A slash at the end makes no other endpoint: many apps and proxies add one. */
const withoutSlash = (path: string) => path.replace(/\/$/, '')

function rejectUnanswered(socket: Duplex, clock: Clock) {
  // Node removes its listeners once a socket is upgraded: a peer that resets before the answer would end the process.
  socket.on('error', () => socket.destroy())
  const before = writtenTo(socket)
  const stop = clock.setTimer(() => {
    if (writtenTo(socket) === before && socket.writable) rejectUpgrade(socket, { status: 404 }, clock)
  }, UNANSWERED_MS)
  socket.once('close', stop)
}
