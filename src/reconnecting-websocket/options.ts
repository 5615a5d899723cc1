import { countingNumber, positiveNumber } from '../platform/option-checks.ts'
import type { Platform } from '../platform/platform.ts'
import { systemPlatform } from '../platform/system-platform.ts'

/** The library's own options, and what tickets need. Times are milliseconds. */
export interface ReconnectingTicketSocketOptions {
  /** Subprotocols of the app's own, offered beside the credential at every attempt. */
  protocols?: string | string[]
  /** Upper limit of the first wait; it grows with every failure. The wait is random between zero and it. @default 2_000 */
  minReconnectionDelay?: number
  /** Upper limit of every wait. @default 10_000 */
  maxReconnectionDelay?: number
  /** @default 2 */
  reconnectionDelayGrowFactor?: number
  /** A connection that lived this long was good: the waits start small again. @default 5_000 */
  minUptime?: number
  /** For the credential and the handshake together. A ticket that needs all of its retries takes 15 s. @default 30_000 */
  connectionTimeout?: number
  /** Attempts in a row before it gives up; `reconnect()` begins anew. @default Infinity */
  maxRetries?: number
  /** @default 1_000 */
  maxEnqueuedMessages?: number
  /** Connects at the first `reconnect()`. @default false */
  startClosed?: boolean
  /** The library's log on the console. It shows messages and the URL, never a credential. @default false */
  debug?: boolean
  /** Allows `ws:` beyond this machine. @default false */
  allowInsecure?: boolean
  /** See `ticketWebSocket`. @default false */
  allowAnonymous?: boolean
  /** Anything of the outside to hand in: `WebSocket`, `clock`, `random`. */
  platform?: Partial<Platform>
}

/** Infinity is allowed, as in the library. */
const limit = (name: string, value: number) =>
  value === Number.POSITIVE_INFINITY ? value : countingNumber(name, value)

export function resolveReconnectingOptions(options: ReconnectingTicketSocketOptions) {
  const { allowInsecure = false, allowAnonymous = false, startClosed = false, debug = false, protocols } = options
  return {
    protocols,
    minReconnectionDelay: positiveNumber('minReconnectionDelay', options.minReconnectionDelay ?? 2_000),
    maxReconnectionDelay: positiveNumber('maxReconnectionDelay', options.maxReconnectionDelay ?? 10_000),
    reconnectionDelayGrowFactor: positiveNumber(
      'reconnectionDelayGrowFactor',
      options.reconnectionDelayGrowFactor ?? 2,
    ),
    minUptime: positiveNumber('minUptime', options.minUptime ?? 5_000),
    connectionTimeout: positiveNumber('connectionTimeout', options.connectionTimeout ?? 30_000),
    maxRetries: limit('maxRetries', options.maxRetries ?? Number.POSITIVE_INFINITY),
    maxEnqueuedMessages: limit('maxEnqueuedMessages', options.maxEnqueuedMessages ?? 1_000),
    startClosed,
    debug,
    allowInsecure,
    allowAnonymous,
    platform: systemPlatform(options.platform),
  }
}

export type ResolvedReconnectingOptions = ReturnType<typeof resolveReconnectingOptions>
