import { abortReason } from './deadline.ts'

/** At most `places()` runs at the same time; the others queue in order. A caller that leaves gives its place up. */
export function createParallelLimit(places: () => number) {
  let running = 0
  const queue: (() => void)[] = []

  function enter(signal: AbortSignal): Promise<void> | undefined {
    if (running < places()) {
      running++
      return undefined
    }
    return new Promise<void>((resolve, reject) => {
      queue.push(resolve)
      signal.addEventListener('abort', () => {
        const place = queue.indexOf(resolve)
        if (place >= 0) queue.splice(place, 1)
        reject(abortReason(signal))
      })
    })
  }

  function leave() {
    running--
    // There may be more places by now.
    while (queue.length > 0 && running < places()) {
      running++
      queue.shift()?.()
    }
  }

  return async function run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await enter(signal)
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
