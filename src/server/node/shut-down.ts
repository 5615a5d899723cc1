import { or, resolve } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { numberIn } from '../options.ts'
import type { AttachedTicketSocket } from './attach-ticket-socket.ts'
import type { NodeServer } from './node-server.ts'
import { socketsOf } from './server-sockets.ts'
import { attachmentsOf } from './upgrade-router.ts'

export interface ShutDownOptions {
  /** Over how long connections are moved to other servers, in milliseconds. Shorter than your platform kills. @default 20_000 */
  drainMs?: number
  /**
   * How long everything else may take after that, in milliseconds: requests that are being answered, and sockets that other
   * libraries have upgraded.
   *
   * @default 5_000
   */
  requestsMs?: number
  clock?: Clock
}

/** The sockets that had not ended by the deadline and were cut. */
export interface ShutDownReport {
  /** TCP sockets on which a request was being answered. */
  requests: number
  /** Other TCP sockets: upgraded by another library (socket.io, Vite's HMR), not upgraded yet, or those of HTTP/2. */
  otherSockets: number
}

/**
 * Ends a server without losing a connection: refuses upgrades with 503, moves the connections to other servers one after another,
 * closes what is left, then the HTTP server. All `attachTicketSocket` of the server leave together. `sockets` may also be a
 * `createTicketSocketServer` or a `createCrosswsSocket`.
 *
 * Resolves when nothing is open any more, or at the deadline: `drainMs`, up to 6 s for peers that do not answer a close frame,
 * and `requestsMs`. Sockets that are still open are cut, and counted in the report. End the sockets of other libraries yourself before
 * that (`io.close()`), or they are cut.
 *
 * The HTTP server answers meanwhile: readiness says 503 (`createHealthHandler` with these sessions), and clients request the
 * tickets with which they move. Does not close the store, and does not end the process.
 *
 * @example
 * ```ts
 * import type { Server } from 'node:http'
 * import { type AttachedTicketSocket, shutDown } from 'ticket-socket/server/node'
 *
 * declare const server: Server
 * declare const sockets: AttachedTicketSocket
 * process.once('SIGTERM', async () => {
 *   const { requests, otherSockets } = await shutDown(server, sockets, { drainMs: 20_000 })
 *   if (requests + otherSockets > 0) console.warn(`cut ${requests} requests and ${otherSockets} other sockets`)
 *   process.exit(0)
 * })
 * ```
 */
export async function shutDown(
  server: NodeServer,
  sockets: Pick<AttachedTicketSocket, 'drain' | 'close'>,
  options: ShutDownOptions = {},
): Promise<ShutDownReport> {
  const { clock, drainMs, requestsMs } = resolve('shutDown', options, {
    drainMs: or(20_000, numberIn({ min: 0 })),
    requestsMs: or(5_000, numberIn({ min: 0 })),
    clock: or(systemClock, clockOf),
  })
  const all = [...new Set([sockets, ...attachmentsOf(server)])]
  const open = socketsOf(server)
  await Promise.all(all.map((attached) => attached.drain(drainMs)))
  await Promise.all(all.map((attached) => attached.close()))
  const report = { requests: 0, otherSockets: 0 }
  await new Promise<void>((resolve) => {
    const stop = clock.setTimer(() => {
      const before = live(open)
      if ('closeAllConnections' in server) server.closeAllConnections()
      const others = live(open)
      for (const socket of others) socket.destroy()
      report.requests = before.length - others.length
      report.otherSockets = others.length
      resolve()
    }, requestsMs)
    // Not listening any more is what we want, so that it did not listen is no failure.
    server.close(() => {
      stop()
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
  return report
}

const live = <S extends { destroyed: boolean }>(sockets: Iterable<S>) =>
  [...sockets].filter(({ destroyed }) => !destroyed)
