import type { Clock } from '../platform/platform.ts'

/** A timer that is later than this was held up by something else in this process. */
const LATE_MS = 20
/** How long an answer may then take to be read: it may have arrived already. */
const READING_MS = 50

/**
 * The outcome of `work`, or a rejection with `onLate()` after `deadlineMs`. The work itself is not stopped; its later outcome is
 * ignored, also a rejection.
 *
 * A deadline that itself comes late (the event loop was blocked) is no evidence about the work: timers run before sockets are read.
 * So it waits for a short time more, once.
 */
export function withDeadline<T>(clock: Clock, deadlineMs: number, work: Promise<T>, onLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const dueMs = clock.now() + deadlineMs
    const giveUp = () => reject(onLate())
    let stop = clock.setTimer(() => {
      if (clock.now() - dueMs < LATE_MS) giveUp()
      else stop = clock.setTimer(giveUp, READING_MS)
    }, deadlineMs)
    work.then(resolve, reject).finally(() => stop())
  })
}
