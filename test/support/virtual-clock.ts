// Time that a test moves. Timers fire in the order of their due times; between two timers every promise that can
// settle settles, as in a browser.

import type { Clock } from '../../src/platform/platform.ts'

export interface VirtualClock extends Clock {
  /** Moves both clocks on and fires what becomes due. */
  advance(ms: number): Promise<void>
  /** Lets pending promises settle without moving the time. */
  settle(): Promise<void>
  /** Moves both clocks at once, as a laptop's sleep does: timers that became due fire late. */
  sleep(ms: number): Promise<void>
  /** Moves the wall clock only. */
  setWall(ms: number): void
  /** Timers that are waiting. */
  pending(): number
}

/** One macrotask of the real event loop: every microtask chain has ended by then. */
const macrotask = () => new Promise<void>((resolve) => setImmediate(resolve))

export function createVirtualClock(startWallMs = 1_763_800_000_250): VirtualClock {
  let now = 1_000
  let wallOffset = startWallMs - now
  let lastId = 0
  const timers = new Map<number, { due: number; callback: () => void }>()

  const nextDue = (until: number) => {
    let found: [number, { due: number; callback: () => void }] | undefined
    for (const entry of timers) {
      if (entry[1].due <= until && (!found || entry[1].due < found[1].due)) found = entry
    }
    return found
  }

  async function advance(ms: number) {
    const until = now + ms
    await settle()
    for (let next = nextDue(until); next; next = nextDue(until)) {
      const [id, timer] = next
      timers.delete(id)
      now = Math.max(now, timer.due)
      timer.callback()
      await settle()
    }
    now = until
  }

  // Streams and Response bodies take several turns of the loop.
  async function settle() {
    for (let turn = 0; turn < 4; turn++) await macrotask()
  }

  return {
    now: () => now,
    wallNow: () => now + wallOffset,
    setTimer(callback, delayMs) {
      if (Number.isNaN(delayMs)) throw new TypeError('a timer was set with NaN')
      const id = ++lastId
      timers.set(id, { due: now + Math.max(0, delayMs), callback })
      return () => void timers.delete(id)
    },
    advance,
    settle,
    async sleep(ms) {
      now += ms
      await advance(0)
    },
    setWall(ms) {
      wallOffset = ms - now
    },
    pending: () => timers.size,
  }
}
