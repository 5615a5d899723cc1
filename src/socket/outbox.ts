// What waits for its turn: bounded by count, size and age, so that a long outage ends in reported losses instead of
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
  /** The socket is closed for good. */
  | 'closed'
  /** It cannot be sent: not serialisable, or not what its schema says. */
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
  /** How long a message may wait, in milliseconds. */
  ttlMs: number
  /**
   * When it is full. `drop-oldest`: what waits longest in the lowest priority goes. `drop-newest`: what waits stays,
   * unless it is less important than the new message; then the newest of that goes. `reject`: what waits stays, always.
   */
  overflow: 'drop-oldest' | 'drop-newest' | 'reject'
}

export const OVERFLOW_POLICIES: readonly OutboxPolicy['overflow'][] = ['drop-oldest', 'drop-newest', 'reject']

export interface OutboxDeps extends OutboxPolicy {
  clock: Clock
  onDropped: (dropped: Queued, reason: DropReason) => void
}

/** Most important first. */
const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']

const utf8 = new TextEncoder()
const sizeOf = (data: string | ArrayBuffer) => (typeof data === 'string' ? utf8.encode(data).length : data.byteLength)

export function createOutbox({ clock, onDropped, maxCount, maxBytes, ttlMs, overflow }: OutboxDeps) {
  const lanes: Record<Priority, Queued[]> = { high: [], normal: [], low: [] }
  let count = 0
  let bytes = 0

  /** The first of each lane. */
  const heads = () => PRIORITIES.map((priority) => lanes[priority][0]).filter((item) => item !== undefined)

  function remove(item: Queued) {
    const lane = lanes[item.priority]
    lane.splice(lane.indexOf(item), 1)
    count--
    bytes -= item.bytes
  }

  function give(item: Queued, reason: DropReason) {
    remove(item)
    onDropped(item, reason)
  }

  /** Who has to go for a message of this priority; nobody that is more important. */
  function victimOf(priority: Priority): Queued | undefined {
    if (overflow === 'reject') return undefined
    const rank = PRIORITIES.indexOf(priority) + (overflow === 'drop-newest' ? 1 : 0)
    const lane = [...PRIORITIES.slice(rank)].reverse().find((candidate) => lanes[candidate].length > 0)
    return lane && lanes[lane].at(overflow === 'drop-newest' ? -1 : 0)
  }

  function expire() {
    for (const head of heads()) {
      const lane = lanes[head.priority]
      for (let first = lane[0]; first && first.expiresAt <= clock.now(); first = lane[0]) give(first, 'expired')
    }
  }

  return {
    /** False when it does not fit. */
    add(id: number, data: string | ArrayBuffer, priority: Priority): boolean {
      expire()
      const item = { id, data, priority, bytes: sizeOf(data), expiresAt: clock.now() + ttlMs }
      if (item.bytes > maxBytes || maxCount === 0) return false
      while (count >= maxCount || bytes + item.bytes > maxBytes) {
        const victim = victimOf(priority)
        if (!victim) return false
        give(victim, 'overflow')
      }
      lanes[priority].push(item)
      count++
      bytes += item.bytes
      return true
    },

    /** Whose turn it is. */
    next: (): Queued | undefined => heads()[0],
    remove,

    drop(reason: DropReason): void {
      for (let head = heads()[0]; head; head = heads()[0]) give(head, reason)
    },

    expire,
    /** When the next one will have waited too long; Infinity when nothing waits. */
    nextExpiryAt: () => Math.min(...heads().map(({ expiresAt }) => expiresAt)),
    count: () => count,
    bytes: () => bytes,
  }
}
