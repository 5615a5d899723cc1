import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How often the loop is looked at: a delay shorter than this is not seen. */
const RESOLUTION_MS = 10
/** A reading covers at least this long, and at most until the reading before the last: several readers take nothing from each other. */
const WINDOW_NS = 15_000_000_000n

let shared: ReturnType<typeof watchLoop> | null = null

/**
 * The longest time, in milliseconds, for which this process' event loop did nothing else since about the last reading. Watching
 * begins with the first call and costs a timer that keeps no process alive.
 */
export function longestLoopDelayMs(): number {
  shared ??= watchLoop()
  return shared()
}

function watchLoop(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let beganAt = process.hrtime.bigint()
  let before = 0

  return () => {
    // An interval of the histogram is the resolution plus what the loop was late by; `max` of an empty one is 0.
    const now = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS)
    const longest = Math.max(before, now)
    if (process.hrtime.bigint() - beganAt >= WINDOW_NS) {
      before = now
      beganAt = process.hrtime.bigint()
      histogram.reset()
    }
    return longest
  }
}
