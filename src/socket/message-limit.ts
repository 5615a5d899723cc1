// The largest message that the server takes: what it announces, or what a close with 1009 has shown.

import type { Clock } from '../platform/platform.ts'

/** So long a message of a size that was refused is not tried again: the server may be another one by then. */
const REMEMBERED_MS = 5 * 60_000
/** No server takes less: control frames of the WebSocket protocol are so long. A 1009 after less has another cause. */
const SMALLEST_LIMIT = 125

export type MessageLimit = ReturnType<typeof createMessageLimit>

/** Sizes are bytes on the wire. */
export function createMessageLimit(clock: Clock) {
  let announced = Number.POSITIVE_INFINITY
  let largestSent = 0
  let refused = { bytes: Number.POSITIVE_INFINITY, until: 0 }

  return {
    max: () => Math.min(announced, clock.now() < refused.until ? refused.bytes - 1 : Number.POSITIVE_INFINITY),
    /** The connection has ended. What was announced on it does not hold for the next one. */
    forget() {
      announced = Number.POSITIVE_INFINITY
      largestSent = 0
    },
    /** Null: the server names no limit. */
    announce(bytes: number | null) {
      announced = bytes ?? Number.POSITIVE_INFINITY
    },
    sent(bytes: number) {
      largestSent = Math.max(largestSent, bytes)
    },
    /** The server closed with 1009. No other message of this connection can be too large if the largest is not. */
    exceeded() {
      if (largestSent > SMALLEST_LIMIT) refused = { bytes: largestSent, until: clock.now() + REMEMBERED_MS }
    },
  }
}
