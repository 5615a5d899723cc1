// One direction of a connection. Each item arrives in a timer tick of its own, as each event of a browser's socket
// has a task of its own: promises settle in between.

import type { Clock } from '../platform/platform.ts'

export interface Pipe<Item> {
  push(item: Item, bytes?: number): void
  /** Bytes that were pushed and have not arrived. */
  readonly bytesUnderWay: number
  /** Loses what is under way, and everything pushed from now on. */
  cut(): void
}

export interface PipeOptions<Item> {
  clock: Clock
  /** Milliseconds from push to arrival. With 0 an item still arrives in a later tick, never inside `push`. */
  latencyMs: number
  deliver(item: Item): void
}

/** Carries items to `deliver`, in order, each `latencyMs` after it was pushed. */
export function createPipe<Item>({ clock, latencyMs, deliver }: PipeOptions<Item>): Pipe<Item> {
  const queue: { item: Item; bytes: number }[] = []
  const timers = new Set<() => void>()
  let bytesUnderWay = 0
  let isCut = false

  // Two timeouts of equal length need not fire in the order in which they were set (their fractions are cut off at
  // different moments), so a timer delivers whatever is first in line rather than an item of its own.
  function arrive() {
    const first = queue.shift()
    if (!first) return
    bytesUnderWay -= first.bytes
    deliver(first.item)
  }

  return {
    push(item, bytes = 0) {
      if (isCut) return
      queue.push({ item, bytes })
      bytesUnderWay += bytes
      const cancel = clock.setTimer(() => {
        timers.delete(cancel)
        arrive()
      }, latencyMs)
      timers.add(cancel)
    },
    get bytesUnderWay() {
      return bytesUnderWay
    },
    cut() {
      isCut = true
      queue.length = 0
      bytesUnderWay = 0
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
