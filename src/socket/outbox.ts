// What waits for its turn: bounded by count, size and age, so that a long outage ends in reported losses instead of
// memory. Order holds within a priority.

import type { Clock } from '../platform/platform.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

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
  /** Its `signal` aborted while it waited. */
  | 'aborted'
  /** `clearQueue()` was called. */
  | 'cleared'
  /** It cannot be sent: not serialisable, shared memory, or not what its schema says. */
  | 'invalid'
  /** Its type begins with `ts:`. Such frames are the protocol's own. */
  | 'reserved_type'
  /** Larger than the server takes, as it announced or as a close with 1009 has shown. */
  | 'too_large'

export type Turn = 'now' | 'later'

export interface Queued {
  readonly id: number
  /** A Blob's place is taken by its bytes when they have been read. */
  data: OutgoingFrame
  readonly priority: Priority
  readonly bytes: number
  /** `now`: its turn has come, and it is only being read. It takes no room from what waits, and goes for nothing newer. */
  readonly turn: Turn
  /** On the monotonic clock, and on the wall clock: where one stands still in a machine's sleep, the other tells. */
  readonly expiresAt: number
  readonly expiresAtWall: number
  /** Lets go of its signal. */
  readonly release: () => void
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
  /** One was taken out by its signal, before that is told. */
  onAborted: () => void
}

interface Adding extends Pick<Queued, 'id' | 'data' | 'priority' | 'bytes' | 'turn'> {
  signal?: AbortSignal | undefined
}

interface Added {
  /** Null when it does not fit. */
  item: Queued | null
  /** Tells of those that had to go for it. */
  tell: () => void
}

/** Most important first. */
export const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']

const rankOf = (priority: Priority) => PRIORITIES.indexOf(priority)

export function createOutbox({ clock, onDropped, onAborted, maxCount, maxBytes, ttlMs, overflow }: OutboxDeps) {
  const lanes: Record<Priority, Queued[]> = { high: [], normal: [], low: [] }
  /** All, and those that take room. */
  let count = 0
  const waiting = { count: 0, bytes: 0 }
  /** How many times over somebody is just being told; a listener may send, and so make it tell more. */
  let telling = 0

  /** The first of each lane. */
  const heads = () => PRIORITIES.map((priority) => lanes[priority][0]).filter((item) => item !== undefined)

  function remove(item: Queued) {
    const lane = lanes[item.priority]
    lane.splice(lane.indexOf(item), 1)
    note(item, -1)
    item.release()
  }

  function note({ turn, bytes }: Queued, times: 1 | -1) {
    count += times
    if (turn === 'now') return
    waiting.count += times
    waiting.bytes += times * bytes
  }

  /** Told when all of them are out: whoever hears of it may send, and must not meet them. */
  function tell(items: readonly Queued[], reason: DropReason) {
    telling++
    for (const item of items) onDropped(item, reason)
    telling--
  }

  function takeOut(items: readonly Queued[]): readonly Queued[] {
    for (const item of items) remove(item)
    return items
  }

  const all = () => PRIORITIES.flatMap((priority) => lanes[priority])
  const isExpired = (item: Queued) => item.expiresAt <= clock.now() || item.expiresAtWall <= clock.wallNow()
  const takeExpired = () => takeOut(all().filter(isExpired))
  const takeLarger = (most: number) => takeOut(all().filter((item) => item.bytes > most))

  /** Takes the message out when its signal aborts; returns the function that ends that. */
  function listen(signal: AbortSignal, id: number): () => void {
    const onAbort = () => {
      const item = all().find((queued) => queued.id === id)
      if (!item) return
      remove(item)
      onAborted()
      tell([item], 'aborted')
    }
    signal.addEventListener('abort', onAbort)
    return () => signal.removeEventListener('abort', onAbort)
  }

  /** Who may have to go for a message of this priority, the first of them first; nobody that is more important. */
  function candidates(priority: Priority): Queued[] {
    // Sending again what has just been given up would push out the next, and so on without end.
    if (overflow === 'reject' || telling > 0) return []
    const isNewest = overflow === 'drop-newest'
    const rank = rankOf(priority) + (isNewest ? 1 : 0)
    const lanesUp = [...PRIORITIES.slice(rank)].reverse().map((candidate) => lanes[candidate])
    const inOrder = lanesUp.flatMap((lane) => (isNewest ? [...lane].reverse() : lane))
    return inOrder.filter(({ turn }) => turn === 'later')
  }

  /** Who has to go so that so many bytes fit; null when they do not, whoever goes. */
  function victimsFor(size: number, priority: Priority): Queued[] | null {
    const victims: Queued[] = []
    let free = maxBytes - waiting.bytes
    const fits = () => waiting.count - victims.length < maxCount && size <= free
    for (const candidate of fits() ? [] : candidates(priority)) {
      victims.push(candidate)
      free += candidate.bytes
      if (fits()) break
    }
    return fits() ? victims : null
  }

  return {
    /** `tell`, called next: whoever hears of it may end the session, and this message belongs to it. */
    add({ turn, signal, ...message }: Adding): Added {
      const { id, bytes, priority } = message
      const expired = takeExpired()
      const victims = turn === 'now' ? [] : victimsFor(bytes, priority)
      const item = victims && {
        ...message,
        turn,
        expiresAt: clock.now() + ttlMs,
        expiresAtWall: clock.wallNow() + ttlMs,
        release: signal ? listen(signal, id) : () => {},
      }
      if (item) {
        takeOut(victims)
        lanes[priority].push(item)
        note(item, 1)
      }
      return {
        item,
        tell() {
          tell(expired, 'expired')
          tell(victims ?? [], 'overflow')
        },
      }
    },

    /** Whose turn it is. */
    next: (): Queued | undefined => heads()[0],
    /** Whether it would be the turn of a new message of this priority. */
    isNext: (priority: Priority) => heads().every((head) => rankOf(priority) < rankOf(head.priority)),
    remove,
    has: (item: Queued) => lanes[item.priority].includes(item),

    /** Everything, taken out; it is still to be told of. */
    takeAll: () => takeOut(all()),

    /** Those that have waited too long, taken out; they are still to be told of. */
    takeExpired,
    /** The same for those that are larger than so many bytes. */
    takeLarger,
    tell,
    /** When the next one will have waited too long; Infinity when nothing waits. */
    nextExpiryAt: () => Math.min(...heads().map(({ expiresAt }) => expiresAt)),
    count: () => count,
    bytes: () => waiting.bytes,
  }
}
