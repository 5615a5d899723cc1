// Real time, also if a test replaces the global timers after this module was loaded. For a test's own waits; the backend uses its
// own clock.

const { setTimeout: setRealTimeout, clearTimeout: clearRealTimeout, setImmediate: setRealImmediate } = globalThis

/** Calls back after `delayMs` of real time; returns the function that prevents it. */
export function setRealTimer(callback: () => void, delayMs: number): () => void {
  const timer = setRealTimeout(callback, delayMs)
  return () => clearRealTimeout(timer)
}

/** One turn of the event loop: every chain of promises that waits for nothing else has ended by then. */
export const turnOfTheLoop = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setRealImmediate === 'function') setRealImmediate(resolve)
    else setRealTimeout(resolve, 0)
  })
