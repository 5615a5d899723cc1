import { asGiven, or, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, systemClock, systemRandomBytes } from '../platform/system-platform.ts'
import { checkBoolean, checkFunction, numberIn, optionalFunction } from './options.ts'
import type { RevocationChannel } from './revocation-channel.ts'
import type { ServerObserver } from './server-events.ts'
import { lifetimes, switchOf } from './ticket-policy.ts'
import type { TicketStore } from './ticket-store.ts'
import type { RandomBytes } from './ticket-value.ts'

export interface AuthTicketManagerOptions {
  store: TicketStore
  /**
   * Carries a revoke-all to the other servers, so that live connections there end at once. Left out, each session there ends by its
   * check of the store, once a minute. Connections of this process end at once either way.
   */
  revocations?: RevocationChannel
  /** Called for tickets that are issued, consumed, refused and withdrawn, and for every question to the store. */
  observe?: ServerObserver
  clock?: Clock
  /** Cryptographically secure; every ticket takes 32 bytes of it. */
  randomBytes?: RandomBytes
  /** Lifetime of a ticket in seconds: the default, and the longest. @default { default: 300, max: 3600 } */
  ttl?: { default?: number; max?: number }
  /** Unspent tickets that one user may hold. One more is refused as `too_many_tickets`. @default 20 */
  maxTicketsPerUser?: number
  /** Whether `single_use: false` is granted. Otherwise such a request gets a single-use ticket, and its response shows it. */
  allowReusable?: boolean
  /**
   * `false` takes the ticket system out of service: it issues no new ticket. Tickets that were issued before still open a connection.
   * A function is called each time, so that a roll-back needs no restart.
   *
   * @default true
   */
  enabled?: boolean | (() => boolean)
}

/** The options with their defaults. The store is checked by `guardStore`, the channel by `createRevocationHub`. */
export const resolveManagerOptions = (options: AuthTicketManagerOptions) =>
  resolve('AuthTicketManager', options, {
    store: asGiven<TicketStore>,
    revocations: asGiven<RevocationChannel | undefined>,
    observe: optionalFunction<ServerObserver | undefined>,
    clock: or(systemClock, clockOf),
    randomBytes: or(systemRandomBytes, checkFunction),
    ttl: lifetimes,
    maxTicketsPerUser: or(20, numberIn({ min: 1, integer: true })),
    allowReusable: or(false, checkBoolean),
    enabled: or(true, switchOf),
  })
