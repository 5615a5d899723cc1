import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { optional, or } from '../../platform/option-checks.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { MOST_PAYLOAD } from '../message-limits.ts'
import { numberIn, optionalFunction } from '../options.ts'
import type { Connection, SessionsOptions } from '../sessions.ts'
import { resolveShared } from '../shared-options.ts'
import type { UpgradeOptions } from '../upgrade.ts'
import { checkDeflate, type DeflateOptions } from './web-socket-server.ts'

/** The objects of `ws` and `node:http` behind a connection. */
export interface NodeConnectionContext {
  socket: WebSocket
  request: IncomingMessage
}

export interface TicketSocketServerOptions
  extends UpgradeOptions,
    Omit<SessionsOptions, 'tickets' | 'onConnection' | 'verifyToken'> {
  /** Called when the connection is ready. Add listeners before the first `await`, or frames are missed. */
  onConnection?: (connection: Connection, context: NodeConnectionContext) => void
  /** Largest message in bytes: announced to clients, and a larger one ends its connection with 1009. @default 65_536 */
  maxPayload?: number
  /**
   * Compresses messages for clients that offer it. `maxPayload` holds for the unpacked message. It costs time on the server's only
   * thread. Leave it off where one message holds both a secret and a text that a stranger can choose: its size would reveal the
   * secret (CRIME).
   *
   * @default false
   */
  perMessageDeflate?: boolean | DeflateOptions
  /**
   * Bytes that one user's connections to this server may have sent of unfinished messages. The connection that exceeds it is closed
   * with 4429. Anonymous connections count by address.
   *
   * @default 1 MiB, or four messages of `maxPayload` if that is more
   */
  maxUnfinishedBytesPerUser?: number
  /**
   * How long one message may take to arrive, in milliseconds; a connection that takes longer is closed with 4408.
   *
   * @default 60_000, or as long as `maxPayload` takes at 8 KiB/s if that is more
   */
  maxMessageMs?: number
  /** Upgrades that may wait for their decision at the same time. One more is answered with 503. @default 1_000 */
  maxPendingUpgrades?: number
  /**
   * Connections from one address, including upgrades that wait for their decision. One more is answered with HTTP 429. Many people may
   * share one address.
   *
   * @default 1_000
   */
  maxConnectionsPerAddress?: number
  /**
   * The address that limits per address count. Behind a proxy, read its header here: the server trusts no header. A port, brackets and
   * blanks are removed. A result that is no single address (a missing header) counts as the peer's address, with one warning.
   *
   * @default the peer's address
   */
  clientAddress?: (request: IncomingMessage) => string | undefined
}

/** The options of the transport with their defaults. The sessions and the authenticator resolve their own. */
export const resolveServerOptions = (options: TicketSocketServerOptions) =>
  resolveShared('createTicketSocketServer', options, {
    clock: or(systemClock, clockOf),
    observe: optionalFunction<TicketSocketServerOptions['observe']>,
    onConnection: optionalFunction<TicketSocketServerOptions['onConnection']>,
    maxPayload: or(64 * 1024, numberIn({ min: 125, max: MOST_PAYLOAD, integer: true })),
    perMessageDeflate: or(false, checkDeflate),
    maxUnfinishedBytesPerUser: optional(numberIn({ min: 125 })),
    maxMessageMs: optional(numberIn({ min: 1 })),
    maxPendingUpgrades: or(1_000, numberIn({ min: 1, integer: true })),
    maxConnectionsPerAddress: or(1_000, numberIn({ min: 1 })),
    clientAddress: optionalFunction<TicketSocketServerOptions['clientAddress']>,
  })
