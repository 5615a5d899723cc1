// Real time, also where a test has put a fake clock in place of the globals since this was loaded. For a test's own
// waiting; what the backend does goes by its clock.

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
