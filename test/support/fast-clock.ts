// Time for simulations. Everything that follows from one timer (every promise chain, however long) happens inside one
// synchronous step: microtasks are drained by the engine itself, some fifty times faster than a turn of the event loop.
//
// It drains nothing while a microtask is running, as in the body of an async test: start from `outsideMicrotasks`.

import { setFlagsFromString } from 'node:v8'
import type { Clock } from '../../src/platform/platform.ts'

setFlagsFromString('--allow-natives-syntax')
// The syntax is unknown to every parser but V8's, and to V8's only from now on.
const drainMicrotasks = new Function('%PerformMicrotaskCheckpoint()') as () => void

/** Runs `work` where the engine may drain microtasks. */
export function outsideMicrotasks<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work())
      } catch (error) {
        reject(error)
      }
    })
  })
}

export interface FastClock extends Clock {
  /** Moves both clocks on; each timer that becomes due fires, and what follows from it happens, before the next. */
  advance(ms: number): void
  /** Lets everything happen that needs no time. */
  settle(): void
  /** A laptop's sleep: timers fire late, on waking. On some machines the monotonic clock stands still meanwhile. */
  sleep(ms: number, monotonicStandsStill: boolean): void
  /** Somebody sets the wall clock. */
  moveWall(ms: number): void
  /** From now on timers do not fire, as in a frozen tab; the outside goes on. */
  hold(): void
  /** They fire again, those that became due meanwhile at once. `laterMs`: their clock stood still for so long. */
  release(laterMs: number): void
  /** From now on timers fire at multiples of this, as in a tab in the background. 0: when due. */
  throttle(ms: number): void
  /** An event of the outside (an answer of the network, say): never throttled and not counted as a timer. */
  after(ms: number, callback: () => void): () => void
  /** Timers that are waiting. */
  pending(): number
  /** The number of the present step: two things with the same number happened without any time between them. */
  turn(): number
}

const MAX_AT_ONCE = 20_000

interface Waiting {
  due: number
  callback: () => void
  isTimer: boolean
}

export function createFastClock(startWallMs = 1_763_800_000_000): FastClock {
  let now = 1_000
  let wallOffset = startWallMs - now
  let throttleMs = 0
  let turn = 0
  let isHeld = false
  let timers = 0
  const waiting = new Set<Waiting>()

  function add(due: number, callback: () => void, isTimer: boolean): () => void {
    const entry = { due, callback, isTimer }
    waiting.add(entry)
    if (isTimer) timers++
    return () => remove(entry)
  }

  function remove(entry: Waiting) {
    if (waiting.delete(entry) && entry.isTimer) timers--
  }

  /** When it fires; of two at the same moment the older one comes first. */
  function moment({ due, isTimer }: Waiting): number {
    return isTimer && throttleMs > 0 ? Math.ceil(due / throttleMs) * throttleMs : due
  }

  function next(until: number): Waiting | null {
    let first: Waiting | null = null
    let at = Number.POSITIVE_INFINITY
    for (const entry of waiting) {
      if (isHeld && entry.isTimer) continue
      const fires = moment(entry)
      if (fires <= until && fires < at) {
        first = entry
        at = fires
      }
    }
    return first
  }

  function settle() {
    drainMicrotasks()
    turn++
  }

  function advance(ms: number) {
    const until = now + ms
    let atOnce = 0
    settle()
    for (let entry = next(until); entry; entry = next(until)) {
      atOnce = moment(entry) > now ? 0 : atOnce + 1
      if (atOnce > MAX_AT_ONCE) throw new Error('Timers fire without end, and no time passes.')
      now = Math.max(now, moment(entry))
      remove(entry)
      entry.callback()
      settle()
    }
    now = until
  }

  return {
    now: () => now,
    wallNow: () => now + wallOffset,
    setTimer(callback, delayMs) {
      if (Number.isNaN(delayMs)) throw new TypeError('a timer was set with NaN')
      return add(now + Math.max(0, delayMs), callback, true)
    },
    advance,
    settle,
    sleep(ms, monotonicStandsStill) {
      if (monotonicStandsStill) wallOffset += ms
      else now += ms
      advance(0)
    },
    hold() {
      isHeld = true
    },
    release(laterMs) {
      isHeld = false
      for (const entry of waiting) if (entry.isTimer) entry.due += laterMs
    },
    moveWall(ms) {
      wallOffset += ms
    },
    throttle(ms) {
      throttleMs = ms
    },
    after: (ms, callback) => add(now + Math.max(0, ms), callback, false),
    pending: () => timers,
    turn: () => turn,
  }
}
