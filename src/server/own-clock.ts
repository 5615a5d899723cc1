import type { Clock } from '../platform/platform.ts'

export interface OwnClock extends Clock {
  /** Stops what has not fired: its owner is gone. */
  stopTimers(): void
}

/** The clock of one owner, whose timers end with it; also those that others set for it. */
export function createOwnClock(clock: Clock): OwnClock {
  const waiting = new Set<() => void>()
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimer(callback, delayMs) {
      const stop = clock.setTimer(() => {
        waiting.delete(stop)
        callback()
      }, delayMs)
      waiting.add(stop)
      return () => {
        waiting.delete(stop)
        stop()
      }
    },
    stopTimers() {
      for (const stop of waiting) stop()
      waiting.clear()
    },
  }
}
