// A clock that a test moves. Timers fire in the order of their due times; promises settle between two timers, as in a browser.

import type { Clock } from '../platform/platform.ts'
import { settled } from './real-time.ts'

export interface ManualClock extends Clock {
  /** Moves both clocks on and fires the timers that become due. */
  advance(ms: number): Promise<void>
  /** Lets pending promises settle without moving the time. */
  settle(): Promise<void>
  /** Moves both clocks at once, as a laptop's sleep does: timers that became due fire late. */
  sleep(ms: number): Promise<void>
  /** Moves the wall clock only: milliseconds since 1970. */
  setWall(ms: number): void
  /** The number of pending timers. */
  pending(): number
}

/**
 * A clock that stands still until a test moves it. Pass the same clock to the backend and to the client.
 *
 * @example
 * ```ts
 * import { createManualClock, createMockBackend } from 'ticket-socket/mock'
 *
 * const clock = createManualClock()
 * const backend = createMockBackend({ clock, users: { alice: { token: 'jwt-of-alice' } } })
 * // … a client with `platform: { clock, fetch: backend.fetch, WebSocket: backend.WebSocket }` connects …
 * await clock.advance(300_000) // five minutes later, at once
 * ```
 */
export function createManualClock(startWallMs = 1_763_800_000_250): ManualClock {
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
    await settled()
    for (let next = nextDue(until); next; next = nextDue(until)) {
      const [id, timer] = next
      timers.delete(id)
      now = Math.max(now, timer.due)
      timer.callback()
      await settled()
    }
    now = until
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
    settle: settled,
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
