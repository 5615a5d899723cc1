// The messages that wait for their turn: bounded by count, size and age, so that a long outage ends in reported losses
// instead of memory. Order holds within a priority. Nothing here calls back, and no operation looks at every message, except
// those that take out many.

import type { Clock } from '../platform/platform.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

export type Priority = 'high' | 'normal' | 'low'

export interface Queued extends Linked<Queued> {
  readonly id: number
  /** The bytes of a Blob replace it once they have been read. */
  data: OutgoingFrame
  readonly priority: Priority
  readonly bytes: number
  /** `now`: only its Blob is still being read. It takes no room from the messages that wait, and is not evicted for one. */
  readonly turn: 'now' | 'later'
  /** On the monotonic clock, and on the wall clock: while a machine sleeps, one of them may stand still. */
  expiresAt: number
  expiresAtWall: number
  isWaiting: boolean
  /** Removes the listener of its signal. */
  release?: () => void
}

export interface OutboxPolicy {
  maxCount: number
  maxBytes: number
  /** How long a message may wait, in milliseconds. */
  ttlMs: number
  /**
   * When it is full. `drop-oldest`: drops the message of the lowest priority that waits longest. `drop-newest`: drops the new
   * message, unless a less important one waits; then it drops the newest of those. `reject`: always drops the new message.
   */
  overflow: 'drop-oldest' | 'drop-newest' | 'reject'
}

export const OVERFLOW_POLICIES: readonly OutboxPolicy['overflow'][] = ['drop-oldest', 'drop-newest', 'reject']

/** Most important first. */
export const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']

const rankOf = (priority: Priority) => PRIORITIES.indexOf(priority)

// ── a linked list: any message may leave, and each operation takes the same time, however many wait ──

/** An item carries its own place, so that it is taken out without a search. */
interface Linked<Item> {
  previous: Item | null
  next: Item | null
}

class Fifo<Item extends Linked<Item>> {
  first: Item | null = null
  last: Item | null = null

  push(item: Item): void {
    item.previous = this.last
    if (this.last) this.last.next = item
    else this.first = item
    this.last = item
  }

  /** The item must be in here. */
  remove(item: Item): void {
    const { previous, next } = item
    if (previous) previous.next = next
    else this.first = next
    if (next) next.previous = previous
    else this.last = previous
    // An item that somebody still holds must not keep the others in memory.
    item.previous = item.next = null
  }
}

/** The messages of one priority, and how many of them take room, and how much. */
class Level extends Fifo<Queued> {
  count = 0
  bytes = 0
}

export class Outbox {
  /** How many messages wait. */
  count = 0
  readonly #policy: OutboxPolicy
  readonly #clock: Clock
  /** By rank. */
  readonly #levels: readonly Level[] = PRIORITIES.map(() => new Level())
  /** No message is larger: they are searched for larger ones only where a limit is smaller than this. */
  #largest = 0

  constructor(policy: OutboxPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
  }

  /** Returns the messages that were evicted for it; null when it does not fit. */
  add(item: Queued, mayEvict: boolean): readonly Queued[] | null {
    const evicted = item.turn === 'now' ? [] : this.#makeRoom(item, mayEvict)
    if (!evicted) return null
    item.expiresAt = this.#clock.now() + this.#policy.ttlMs
    item.expiresAtWall = this.#clock.wallNow() + this.#policy.ttlMs
    item.isWaiting = true
    this.#largest = Math.max(this.#largest, item.bytes)
    const level = this.#levelOf(item)
    level.push(item)
    this.#count(level, item, 1)
    return evicted
  }

  /** False when it has left already. */
  remove(item: Queued): boolean {
    if (!item.isWaiting) return false
    const level = this.#levelOf(item)
    level.remove(item)
    this.#count(level, item, -1)
    item.isWaiting = false
    item.release?.()
    return true
  }

  next(): Queued | null {
    for (const { first } of this.#levels) if (first) return first
    return null
  }

  /** Whether a new message of this priority would be the next one. */
  isNext(priority: Priority): boolean {
    const next = this.next()
    return !next || rankOf(priority) < rankOf(next.priority)
  }

  isExpired(item: Queued): boolean {
    return item.expiresAt <= this.#clock.now() || item.expiresAtWall <= this.#clock.wallNow()
  }

  /**
   * Looks at the oldest of each priority, as all of them wait equally long. After the wall clock was set back, a later one
   * may expire before it by the wall clock: `isExpired` finds it when its turn comes.
   */
  takeExpired(): readonly Queued[] {
    return this.#take((item) => this.isExpired(item), false)
  }

  takeLarger(maxBytes: number): readonly Queued[] {
    if (this.#largest <= maxBytes) return []
    this.#largest = maxBytes
    return this.#take(({ bytes }) => bytes > maxBytes, true)
  }

  takeAll(): readonly Queued[] {
    return this.#take(() => true, true)
  }

  /** Infinity when nothing waits. */
  nextExpiryAt(): number {
    return Math.min(...this.#levels.map(({ first }) => first?.expiresAt ?? Number.POSITIVE_INFINITY))
  }

  #count(level: Level, { turn, bytes }: Queued, times: 1 | -1) {
    this.count += times
    if (turn === 'now') return
    level.count += times
    level.bytes += times * bytes
  }

  #levelOf({ priority }: Queued): Level {
    return this.#levels[rankOf(priority)] as Level
  }

  /** In each priority from the first one on. `all`: also behind one that is not wanted. */
  #take(isWanted: (item: Queued) => boolean, all: boolean): Queued[] {
    const taken: Queued[] = []
    for (const { first } of this.#levels) {
      let item = first
      while (item) {
        const { next } = item
        if (isWanted(item) && this.remove(item)) taken.push(item)
        else if (!all) break
        item = next
      }
    }
    return taken
  }

  /** Evicts what has to go so that the message fits, least important first; null, and nothing, when it would not help. */
  #makeRoom({ bytes, priority }: Queued, mayEvict: boolean): Queued[] | null {
    const { maxCount, maxBytes, overflow } = this.#policy
    const fitsBeside = (levels: readonly Level[]) =>
      levels.reduce((sum, level) => sum + level.count, 0) < maxCount &&
      levels.reduce((sum, level) => sum + level.bytes, bytes) <= maxBytes
    const fits = () => fitsBeside(this.#levels)
    if (fits()) return []
    const isNewest = overflow === 'drop-newest'
    // Never a more important message; the newest only for a more important one.
    const kept = rankOf(priority) + (isNewest ? 1 : 0)
    if (overflow === 'reject' || !mayEvict || !fitsBeside(this.#levels.slice(0, kept))) return null
    const evicted: Queued[] = []
    for (const level of this.#levels.slice(kept).reverse()) {
      let item = isNewest ? level.last : level.first
      while (item && !fits()) {
        const { previous, next } = item
        if (item.turn === 'later' && this.remove(item)) evicted.push(item)
        item = isNewest ? previous : next
      }
    }
    return evicted
  }
}
