// A tab that nobody talks through asks for no ticket: the lease on a spare ends after a minute without a message, and
// begins anew with the next one. Heartbeats are no messages.

import type { Clock } from '../platform/platform.ts'

export interface SpareLeaseDeps {
  clock: Clock
  keepPrefetched: () => () => void
}

/** Without a message for this long nobody is expected to need a ticket soon. */
const IDLE_MS = 60_000

export interface SpareLease {
  /** A message went by. */
  noteMessage(): void
  stop(): void
}

export function createSpareLease({ clock, keepPrefetched }: SpareLeaseDeps): SpareLease {
  let lastMessageAt = clock.now()
  let end: (() => void) | null = null
  let cancelTimer = () => {}

  function begin() {
    end = keepPrefetched()
    watch()
  }

  function watch() {
    const wait = lastMessageAt + IDLE_MS - clock.now()
    // Messages do not move the timer; when it fires it is looked how long ago the last one was.
    if (wait > 0) cancelTimer = clock.setTimer(watch, wait)
    else rest()
  }

  function rest() {
    end?.()
    end = null
  }

  begin()
  return {
    noteMessage() {
      lastMessageAt = clock.now()
      if (!end) begin()
    },
    stop() {
      cancelTimer()
      rest()
    },
  }
}
