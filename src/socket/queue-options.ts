// How messages wait that cannot be sent at once: how many, how long, and in which order.

import type { RateLimit } from './rate-limit.ts'

export type Priority = 'high' | 'normal' | 'low'

/** Most important first. */
export const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']

export interface OutboxPolicy {
  maxCount: number
  maxBytes: number
  /** How long a message may wait, in milliseconds. */
  ttlMs: number
  /**
   * When it is full. `drop-oldest`: drops the message of the lowest priority that waits longest. `drop-newest`: drops the new
   * message, unless a less important one waits; then it drops the newest of those. `reject`: always drops the new message.
   */
  overflow: 'drop-oldest' | 'drop-newest' | 'reject'
}

export const OVERFLOW_POLICIES: readonly OutboxPolicy['overflow'][] = ['drop-oldest', 'drop-newest', 'reject']

export interface QueuePolicy extends OutboxPolicy {
  /** While the socket has more unsent bytes than this, nothing is handed to it: a slow network would be outrun. */
  maxBufferedBytes: number
  rateLimit: Required<RateLimit> | null
}

export interface SendOptions {
  /** A more important message is sent first, and dropped last. @default 'normal' */
  priority?: Priority
  /** Takes the message back while it waits. One that was handed to the socket is gone. */
  signal?: AbortSignal | undefined
}
