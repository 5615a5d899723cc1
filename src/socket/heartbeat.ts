// Notices a link that died without a word. Any traffic counts as life; only silence is asked about. A timer of a hidden
// tab may fire minutes late while the answer waits in the event queue behind it, so a late timer asks once more before
// a death is declared.

import type { Clock } from '../platform/platform.ts'

export interface HeartbeatDeps {
  clock: Clock
  /** Ask after this much silence, in milliseconds. */
  intervalMs: number
  /** Nothing heard this long after asking: the link is dead. */
  timeoutMs: number
  ask: () => void
  onSilent: () => void
}

export interface Heartbeat {
  /** Something arrived. */
  heard(): void
  /** Asks at once: the page was asleep, hidden or offline. */
  probe(): void
  stop(): void
}

/** A timer that is later than this was held up, and the answer with it. */
const LATE_MS = 1_000

/** A page that was frozen finds its timers and what has arrived side by side: what has arrived is heard first. */
const GRACE_MS = 500

export function createHeartbeat({ clock, intervalMs, timeoutMs, ask, onSilent }: HeartbeatDeps): Heartbeat {
  let lastHeardAt = clock.now()
  let cancel = () => {}
  /** Whether something was heard since the last question. */
  let answered = true

  function listen() {
    const wait = lastHeardAt + intervalMs - clock.now()
    // Traffic does not move the timer; it is looked at when it fires.
    cancel = clock.setTimer(() => (clock.now() >= lastHeardAt + intervalMs ? question(false) : listen()), wait)
  }

  function question(isSecond: boolean) {
    cancel()
    answered = false
    const askedAt = clock.now()
    cancel = clock.setTimer(() => {
      if (answered) listen()
      else if (!isSecond && clock.now() > askedAt + timeoutMs + LATE_MS) question(true)
      else cancel = clock.setTimer(() => (answered ? listen() : onSilent()), GRACE_MS)
    }, timeoutMs)
    ask()
  }

  listen()
  return {
    heard() {
      lastHeardAt = clock.now()
      answered = true
    },
    probe() {
      if (answered) question(false)
    },
    stop: () => cancel(),
  }
}
