// A tab through which nothing is sent or received requests no ticket: the lease on a prefetched ticket ends after a minute without a
// message, and begins again with the next one. Heartbeats are no messages.

import type { Clock } from '../platform/platform.ts'

export interface PrefetchLeaseDeps {
  clock: Clock
  keepPrefetched: () => () => void
  /** On the monotonic clock. No ticket is needed before. @default now */
  from?: number
}

/** After so long without a message a ticket is not expected to be needed soon. */
const IDLE_MS = 60_000

export interface PrefetchLease {
  /** A message was sent or received. */
  noteMessage(): void
  stop(): void
}

export function createPrefetchLease({ clock, keepPrefetched, from = clock.now() }: PrefetchLeaseDeps): PrefetchLease {
  let lastMessageAt = Math.max(from, clock.now())
  let end: (() => void) | null = null
  let cancelTimer = () => {}
  let hasBegun = false

  function begin() {
    hasBegun = true
    end = keepPrefetched()
    watch()
  }

  function watch() {
    const wait = lastMessageAt + IDLE_MS - clock.now()
    // Messages do not move the timer; it looks at the time of the last one when it fires.
    if (wait > 0) cancelTimer = clock.setTimer(watch, wait)
    else rest()
  }

  function rest() {
    end?.()
    end = null
  }

  if (from > clock.now()) cancelTimer = clock.setTimer(begin, from - clock.now())
  else begin()
  return {
    noteMessage() {
      lastMessageAt = clock.now()
      // The timer that begins it may be late.
      if (hasBegun && !end) begin()
    },
    stop() {
      cancelTimer()
      rest()
    },
  }
}
