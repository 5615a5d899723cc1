import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { or, resolve } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { numberIn } from '../options.ts'
import type { AttachedTicketSocket } from './attach-ticket-socket.ts'

export interface ShutDownOptions {
  /** Over how long connections are moved to other servers, in milliseconds. Shorter than your platform kills. @default 20_000 */
  drainMs?: number
  /** How long requests that are being answered may take after that, in milliseconds. @default 5_000 */
  requestsMs?: number
  clock?: Clock
}

/**
 * Ends a server without losing anybody: refuses upgrades with 503, moves the connections to other servers one after
 * another, closes what is left, then the HTTP server. Resolves when nothing is open any more.
 *
 * The HTTP server answers meanwhile: readiness says 503 (`createHealthHandler` with these sessions), and clients buy the
 * tickets with which they move. Does not close the store, and does not end the process.
 *
 * @example
 * ```ts
 * import type { Server } from 'node:http'
 * import { type AttachedTicketSocket, shutDown } from 'ticket-socket/server/node'
 *
 * declare const server: Server
 * declare const sockets: AttachedTicketSocket
 * process.once('SIGTERM', () => shutDown(server, sockets, { drainMs: 20_000 }).then(() => process.exit(0)))
 * ```
 */
export async function shutDown(
  server: Server | SecureServer,
  sockets: AttachedTicketSocket,
  options: ShutDownOptions = {},
): Promise<void> {
  const { clock, drainMs, requestsMs } = resolve('shutDown', options, {
    drainMs: or(20_000, numberIn({ min: 0 })),
    requestsMs: or(5_000, numberIn({ min: 0 })),
    clock: or(systemClock, clockOf),
  })
  await sockets.drain(drainMs)
  await sockets.close()
  const stop = clock.setTimer(() => server.closeAllConnections(), requestsMs)
  await new Promise<void>((resolve) => {
    // Not listening any more is what we want, so that it did not listen is no failure.
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  stop()
}
