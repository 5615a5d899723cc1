// The options of `createCrosswsSocket`, and what they are where they are left out.

import { optional, or } from '../../platform/option-checks.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import type { Connection } from '../connection.ts'
import { MOST_PAYLOAD } from '../message-limits.ts'
import { numberIn, optionalFunction } from '../options.ts'
import type { SessionsOptions } from '../sessions.ts'
import { resolveShared } from '../shared-options.ts'
import type { UpgradeOptions } from '../upgrade.ts'
import type { CrosswsPeer } from './crossws.ts'

export interface CrosswsSocketOptions
  extends UpgradeOptions,
    Omit<SessionsOptions, 'tickets' | 'onConnection' | 'verifyToken'> {
  /** Called when the connection is ready. Add listeners before the first `await`, or frames pass by. */
  onConnection?: (connection: Connection, context: { peer: CrosswsPeer }) => void
  /**
   * Largest message in bytes: announced to clients, and a larger one ends its connection with 1009. On Node at its first byte too
   * many; elsewhere when it has arrived, so set the runtime's own limit as well. A lower `maxPayload` of the app's own `ws` stays in
   * force, and is not what is announced.
   *
   * @default 65_536
   */
  maxPayload?: number
  /**
   * Bytes that one user's connections to this server may have sent of messages whose end has not come; the connection that
   * goes beyond is closed with 4429. Anonymous connections count by address. On Node alone; elsewhere there is one warning.
   *
   * @default 1 MiB, or four messages of `maxPayload` if that is more
   */
  maxUnfinishedBytesPerUser?: number
  /**
   * How long one message may take to arrive, in milliseconds; a connection that takes longer is closed with 4408. On Node alone;
   * elsewhere there is one warning.
   *
   * @default 60_000, or as long as `maxPayload` takes at 8 KiB/s if that is more
   */
  maxMessageMs?: number
  /** Upgrades that may wait for their decision at the same moment; one more is answered with 503. @default 1_000 */
  maxPendingUpgrades?: number
  /** Connections from one address; one more is answered with HTTP 429. @default 1_000 */
  maxConnectionsPerAddress?: number
  /**
   * Whom limits per address count. Behind a proxy, read its header here; none is believed by itself.
   *
   * @default `request.ip`, where the runtime says it (srvx, and with it H3 and Nitro, on Node, Bun and Deno); else nobody
   */
  clientAddress?: (request: Request) => string | undefined
}

/** The options of the adapter with their defaults. The sessions and the authenticator resolve their own. */
export const resolveOptions = (options: CrosswsSocketOptions) =>
  resolveShared('createCrosswsSocket', options, {
    clock: or(systemClock, clockOf),
    observe: optionalFunction<CrosswsSocketOptions['observe']>,
    onConnection: optionalFunction<CrosswsSocketOptions['onConnection']>,
    maxPayload: or(64 * 1024, numberIn({ min: 125, max: MOST_PAYLOAD, integer: true })),
    maxUnfinishedBytesPerUser: optional(numberIn({ min: 125 })),
    maxMessageMs: optional(numberIn({ min: 1 })),
    maxPendingUpgrades: or(1_000, numberIn({ min: 1, integer: true })),
    maxConnectionsPerAddress: or(1_000, numberIn({ min: 1 })),
    clientAddress: optionalFunction<CrosswsSocketOptions['clientAddress']>,
  })
