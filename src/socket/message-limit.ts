// The largest message that the server takes: what it announces, or what a close with 1009 has shown.

import type { Clock } from '../platform/platform.ts'

/** So long a message of a size that was refused is not tried again: the server may be another one by then. */
const REMEMBERED_MS = 5 * 60_000
/** No server takes less: control frames of the WebSocket protocol are so long. A 1009 after less has another cause. */
const SMALLEST_LIMIT = 125

interface Sent {
  readonly number: number
  readonly bytes: number
}

export type MessageLimit = ReturnType<typeof createMessageLimit>

/** Sizes are bytes on the wire. */
export function createMessageLimit(clock: Clock) {
  let announced = Number.POSITIVE_INFINITY
  /** Of all connections, so that a mark of an earlier one covers nothing of this one. */
  let count = 0
  /** Frames of this connection that may still be on their way, without those that a larger one follows: the largest first. */
  let onTheirWay: Sent[] = []
  let refused = { bytes: Number.POSITIVE_INFINITY, until: 0 }

  return {
    max: () => Math.min(announced, clock.now() < refused.until ? refused.bytes - 1 : Number.POSITIVE_INFINITY),
    /** The connection has ended. What was announced on it does not hold for the next one. */
    forget() {
      announced = Number.POSITIVE_INFINITY
      onTheirWay = []
    },
    /** Null: the server names no limit. */
    announce(bytes: number | null) {
      announced = bytes ?? Number.POSITIVE_INFINITY
    },
    sent(bytes: number) {
      // From the end: each frame is compared with those that it replaces, and with one more.
      while ((onTheirWay.at(-1)?.bytes ?? Number.POSITIVE_INFINITY) <= bytes) onTheirWay.pop()
      onTheirWay.push({ number: ++count, bytes })
    },
    /** Remembers what was sent until now. The function that is returned is called when the server has shown to have it all. */
    mark(): () => void {
      const last = count
      return () => {
        onTheirWay = onTheirWay.filter(({ number }) => number > last)
      }
    },
    /** The server closed with 1009. If the largest of the frames on their way is not too large, none of them is. */
    exceeded() {
      const bytes = onTheirWay[0]?.bytes ?? 0
      if (bytes > SMALLEST_LIMIT) refused = { bytes, until: clock.now() + REMEMBERED_MS }
    },
  }
}
