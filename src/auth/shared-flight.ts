import { abortReason } from './deadline.ts'

export interface SharedFlight<T> {
  (signal: AbortSignal): Promise<T>
  /** The run that is under way, for a caller that does not join it; null without one. */
  underWay(): Promise<T> | null
}

/**
 * One run of `work` shared by everybody who asks while it is under way. It is aborted when the last of them has left;
 * each leaves at once when its own signal aborts.
 */
export function createSharedFlight<T>(work: (signal: AbortSignal) => Promise<T>): SharedFlight<T> {
  let flight: { result: Promise<T>; controller: AbortController; waiting: number } | null = null

  function join(signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(abortReason(signal))
    if (!flight) {
      const controller = new AbortController()
      const started = { result: work(controller.signal), controller, waiting: 0 }
      // Everybody may have left by the time it fails.
      started.result
        .catch(() => {})
        .finally(() => {
          if (flight === started) flight = null
        })
      flight = started
    }
    const shared = flight
    shared.waiting++
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        signal.removeEventListener('abort', onAbort)
        if (--shared.waiting > 0) return
        if (flight === shared) flight = null
        shared.controller.abort()
      }
      const onAbort = () => {
        leave()
        reject(abortReason(signal))
      }
      signal.addEventListener('abort', onAbort)
      shared.result.then(resolve, reject).finally(leave)
    })
  }

  return Object.assign(join, { underWay: () => flight?.result ?? null })
}
