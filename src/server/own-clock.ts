import type { Clock } from '../platform/platform.ts'

export interface OwnClock extends Clock {
  /** Stops the timers that have not fired: their owner has ended. */
  stopTimers(): void
}

/** The clock of one owner. All timers that were set by it end with the owner. */
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
