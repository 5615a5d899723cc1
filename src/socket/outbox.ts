// What waits for a connection: bounded by count, size and age, so that a long outage ends in reported losses instead of
// memory. Order holds within a priority.

import type { Clock } from '../platform/platform.ts'

export type Priority = 'high' | 'normal' | 'low'

export type DropReason =
  /** The outbox was full. */
  | 'overflow'
  /** It waited longer than `ttlMs`. */
  | 'expired'
  /** The user changed or logged out: nothing crosses from one user to another. */
  | 'signed_out'
  /** The socket is closed for good, or queueing is off. */
  | 'closed'
  /** It cannot be sent: not serialisable. */
  | 'invalid'

export interface Queued {
  readonly id: number
  readonly data: string | ArrayBuffer
  readonly priority: Priority
  readonly bytes: number
  readonly expiresAt: number
}

export interface OutboxPolicy {
  maxCount: number
  maxBytes: number
  ttlMs: number
  overflow: 'drop-oldest' | 'drop-newest'
}

export interface OutboxDeps extends OutboxPolicy {
  clock: Clock
  onDropped: (dropped: Queued, reason: DropReason) => void
}

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']

const utf8 = new TextEncoder()
const sizeOf = (data: string | ArrayBuffer) => (typeof data === 'string' ? utf8.encode(data).length : data.byteLength)

export function createOutbox({ clock, onDropped, maxCount, maxBytes, ttlMs, overflow }: OutboxDeps) {
  const lanes: Record<Priority, Queued[]> = { high: [], normal: [], low: [] }
  let count = 0
  let bytes = 0
  let lastId = 0

  function remove(lane: Queued[]): Queued | undefined {
    const item = lane.shift()
    if (item) {
      count--
      bytes -= item.bytes
    }
    return item
  }

  /** Makes room for an item of this priority; never at the cost of a higher one. */
  function makeRoom(priority: Priority): boolean {
    const victims = [...PRIORITIES].reverse().slice(0, 3 - PRIORITIES.indexOf(priority))
    for (const victim of victims) {
      const dropped = remove(lanes[victim])
      if (!dropped) continue
      onDropped(dropped, 'overflow')
      return true
    }
    return false
  }

  function expire() {
    for (const priority of PRIORITIES) {
      const lane = lanes[priority]
      for (let first = lane[0]; first && first.expiresAt <= clock.now(); first = lane[0]) {
        remove(lane)
        onDropped(first, 'expired')
      }
    }
  }

  return {
    /** Answers with the id under which it waits, or null when it does not fit. */
    add(data: string | ArrayBuffer, priority: Priority = 'normal'): number | null {
      expire()
      const item = { id: ++lastId, data, priority, bytes: sizeOf(data), expiresAt: clock.now() + ttlMs }
      if (item.bytes > maxBytes) return null
      while (count >= maxCount || bytes + item.bytes > maxBytes) {
        if (overflow === 'drop-newest' || !makeRoom(priority)) return null
      }
      lanes[priority].push(item)
      count++
      bytes += item.bytes
      return item.id
    },

    /** Sends in order what has not expired, as long as `send` takes it. */
    flush(send: (item: Queued) => boolean): void {
      expire()
      for (const priority of PRIORITIES) {
        const lane = lanes[priority]
        for (let first = lane[0]; first; first = lane[0]) {
          if (!send(first)) return
          remove(lane)
        }
      }
    },

    drop(reason: DropReason): void {
      for (const priority of PRIORITIES) {
        for (let item = remove(lanes[priority]); item; item = remove(lanes[priority])) onDropped(item, reason)
      }
    },

    expire,
    count: () => count,
    bytes: () => bytes,
  }
}
