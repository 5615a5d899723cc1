import type { Clock } from '../platform/platform.ts'

/**
 * The outcome of `work`, or a rejection with `onLate()` after `deadlineMs`. The work itself is not stopped; what it
 * comes to later is ignored, also when it is a rejection.
 */
export function withDeadline<T>(clock: Clock, deadlineMs: number, work: Promise<T>, onLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => reject(onLate()), deadlineMs)
    work.then(resolve, reject).finally(stop)
  })
}
