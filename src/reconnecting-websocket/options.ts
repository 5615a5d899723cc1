import { guardedPlatform } from '../platform/guarded-platform.ts'
import {
  asGiven,
  bool,
  countingOrInfinite,
  or,
  positiveNumber,
  positiveOrInfinite,
  resolve,
} from '../platform/option-checks.ts'
import type { Platform } from '../platform/platform.ts'
import { systemPlatform } from '../platform/system-platform.ts'
import { closeCodesOf } from '../socket/close-codes-option.ts'
import { allowedCredentials } from '../socket/credential-in-url.ts'
import { URL_TIMEOUT_MS } from '../socket/destination.ts'
import type { CloseCodes } from '../socket/judge-close.ts'

/** The library's options, and options for tickets. Times are milliseconds. */
export interface ReconnectingTicketSocketOptions {
  /** The app's subprotocols, offered beside the credential at every attempt. */
  protocols?: string | string[]
  /** Upper limit of the first wait; it grows with every failure. The wait is random between zero and it. @default 2_000 */
  minReconnectionDelay?: number
  /** Upper limit of every wait; `Infinity`: none. @default 10_000 */
  maxReconnectionDelay?: number
  /** @default 2 */
  reconnectionDelayGrowFactor?: number
  /** A connection that stayed open for this long resets the waits; `Infinity`: never. @default 5_000 */
  minUptime?: number
  /**
   * For the credential and the handshake together. A ticket that needs all of its retries takes 15 s. `Infinity`: none.
   *
   * @default 30_000
   */
  connectionTimeout?: number
  /** Consecutive attempts before it gives up; `reconnect()` starts again. @default Infinity */
  maxRetries?: number
  /** @default 1_000 */
  maxEnqueuedMessages?: number
  /** Connects at the first `reconnect()`. @default false */
  startClosed?: boolean
  /** The library's log on the console. It shows messages and the URL, never a credential. @default false */
  debug?: boolean
  /** For one call of the URL function, where the URL is one. A later answer is ignored. @default 10_000 */
  urlTimeoutMs?: number
  /** See `ticketWebSocket`. @default false */
  allowCredentialInUrl?: boolean | readonly string[]
  /** Allows `ws:` beyond this machine. @default false */
  allowInsecure?: boolean
  /** See `ticketWebSocket`. @default false */
  allowAnonymous?: boolean
  /**
   * What your server's close codes mean, as for `createTicketSocket`. `'refused'` and `'reconnect'` connect again, `'stop'`
   * stays closed until `reconnect()`. Three sessions in a row that the server accepted, and refused within 5 s, end in an
   * `error` event whose `error.code` is `unauthenticated`, and it stays closed. `consecutiveLosses` is `retryCount`.
   *
   * @default {}
   */
  closeCodes?: CloseCodes
  /** Parts of the environment to replace: `WebSocket`, `clock`, `random`. */
  platform?: Partial<Platform>
}

export const resolveReconnectingOptions = (options: ReconnectingTicketSocketOptions) =>
  // Infinity is allowed, as in the library: no limit.
  resolve('createReconnectingTicketSocket', options, {
    protocols: asGiven<string | string[] | undefined>,
    minReconnectionDelay: or(2_000, positiveNumber),
    maxReconnectionDelay: or(10_000, positiveOrInfinite),
    reconnectionDelayGrowFactor: or(2, positiveNumber),
    minUptime: or(5_000, positiveOrInfinite),
    connectionTimeout: or(30_000, positiveOrInfinite),
    maxRetries: or(Number.POSITIVE_INFINITY, countingOrInfinite),
    maxEnqueuedMessages: or(1_000, countingOrInfinite),
    startClosed: or(false, bool),
    debug: or(false, bool),
    urlTimeoutMs: or(URL_TIMEOUT_MS, positiveNumber),
    allowCredentialInUrl: or(false, allowedCredentials),
    allowInsecure: or(false, bool),
    allowAnonymous: or(false, bool),
    closeCodes: closeCodesOf,
    platform: (_, parts) => guardedPlatform(systemPlatform(parts)),
  })

export type ResolvedReconnectingOptions = ReturnType<typeof resolveReconnectingOptions>
