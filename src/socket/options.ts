// The socket's options: one group per concern, one function that resolves and checks.

import type { CredentialSource } from '../auth/credential.ts'
import { absoluteUrl, callback, countingNumber, oneOf, positiveNumber } from '../platform/option-checks.ts'
import type { Platform } from '../platform/platform.ts'
import { systemPlatform } from '../platform/system-platform.ts'
import type { Policy } from './connection.ts'
import type { OutboxPolicy } from './outbox.ts'

export interface ReconnectOptions {
  /** Upper limit of the first wait, in milliseconds; it doubles with every failure. @default 2_000 */
  baseDelayMs?: number
  /** Upper limit of every wait. The wait is random between zero and the limit. @default 10_000 */
  maxDelayMs?: number
  /** Attempts lost in a row before giving up. @default Infinity */
  maxRetries?: number
}

export interface HeartbeatOptions {
  /** Ask after this much silence, in milliseconds. Any traffic counts. @default 25_000 */
  intervalMs?: number
  /** Nothing heard this long after asking: the link is replaced. @default 10_000 */
  timeoutMs?: number
}

export interface TicketSocketOptions {
  /** Where to connect, such as `wss://api.example.com/ws`. `ws:` only for this machine, unless `allowInsecure`. */
  url: string
  /** Where credentials come from: a `UnifiedAuthService`. */
  auth: CredentialSource
  reconnect?: ReconnectOptions
  heartbeat?: HeartbeatOptions
  /** What is sent while not open waits: `maxCount` 1 000, `maxBytes` 1 MiB, `ttlMs` 60 000, `overflow` 'drop-oldest'. */
  outbox?: Partial<OutboxPolicy>
  /** For the socket to open, and again for the server's first frame. @default 10_000 */
  openTimeoutMs?: number
  /** A longer text frame is an `invalidMessage` event. Characters. @default 1_048_576 */
  maxMessageLength?: number
  /** Allows `ws:` beyond this machine. @default false */
  allowInsecure?: boolean
  /** Anything of the outside to hand in: `WebSocket`, `clock`, `random`, `page`, `logger`. */
  platform?: Partial<Platform>
}

export interface ResolvedSocketOptions {
  url: string
  auth: CredentialSource
  policy: Policy
  heartbeat: Required<HeartbeatOptions>
  outbox: OutboxPolicy
  maxMessageLength: number
  platform: Platform
}

/** When a connection counts as good: a server that refuses late has done so by then. */
const SETTLE_MS = 5_000
const PLAIN_CONFIRM_MS = 100

export function resolveSocketOptions(options: TicketSocketOptions): ResolvedSocketOptions {
  const { reconnect = {}, heartbeat = {}, outbox = {}, allowInsecure = false, auth } = options
  const { maxRetries = Number.POSITIVE_INFINITY } = reconnect
  const url = absoluteUrl('url', options.url, { schemes: ['wss:', 'ws:'], allowInsecure })
  if (auth === null || typeof auth !== 'object') throw new TypeError('auth must be a UnifiedAuthService')
  callback('auth.acquire', auth.acquire)
  return {
    url: url.href,
    auth,
    policy: {
      reconnect: {
        baseDelayMs: positiveNumber('reconnect.baseDelayMs', reconnect.baseDelayMs ?? 2_000),
        maxDelayMs: positiveNumber('reconnect.maxDelayMs', reconnect.maxDelayMs ?? 10_000),
        maxRetries:
          maxRetries === Number.POSITIVE_INFINITY ? maxRetries : countingNumber('reconnect.maxRetries', maxRetries),
      },
      openTimeoutMs: positiveNumber('openTimeoutMs', options.openTimeoutMs ?? 10_000),
      plainConfirmMs: PLAIN_CONFIRM_MS,
      settleMs: SETTLE_MS,
    },
    heartbeat: {
      intervalMs: positiveNumber('heartbeat.intervalMs', heartbeat.intervalMs ?? 25_000),
      timeoutMs: positiveNumber('heartbeat.timeoutMs', heartbeat.timeoutMs ?? 10_000),
    },
    outbox: {
      maxCount: countingNumber('outbox.maxCount', outbox.maxCount ?? 1_000),
      maxBytes: positiveNumber('outbox.maxBytes', outbox.maxBytes ?? 1024 * 1024),
      ttlMs: positiveNumber('outbox.ttlMs', outbox.ttlMs ?? 60_000),
      overflow: oneOf('outbox.overflow', ['drop-oldest', 'drop-newest'], outbox.overflow ?? 'drop-oldest'),
    },
    maxMessageLength: positiveNumber('maxMessageLength', options.maxMessageLength ?? 1024 * 1024),
    platform: systemPlatform(options.platform),
  }
}
