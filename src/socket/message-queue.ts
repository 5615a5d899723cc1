// The messages that the app sends, in one queue: each leaves at once if it can, else in its turn. A message waits for the
// connection, for the socket's own buffer to drain, and for the rate limit; or until it has waited too long, which is reported at
// that moment. The queue is bounded by count, size and age, so that a long outage ends in reported losses instead of memory. No
// operation looks at every message, except those that take many out.

import { sizeOf } from '../platform/binary.ts'
import type { Clock } from '../platform/platform.ts'
import type { Notifications } from './notifications.ts'
import { bytesOf, isUnread, type OutgoingFrame } from './outgoing-frame.ts'
import { PRIORITIES, type QueuePolicy, type SendOptions } from './queue-options.ts'
import { Level, type OnOutcome, QueuedMessage } from './queued-message.ts'
import { createRateLimiter, type RateLimiter, UNLIMITED } from './rate-limit.ts'
import type { DropReason, MessageIssue } from './validator.ts'

export interface MessageQueueDeps {
  policy: QueuePolicy
  clock: Clock
  /** The open socket; `send` answers false when it takes nothing. */
  wire: { send(data: OutgoingFrame, bytes: number): boolean; bufferedAmount(): number }
  /** The most that the server takes, in bytes. */
  maxMessageBytes: () => number
  notifications: Pick<Notifications, 'turn' | 'delivering'>
  /** How many messages wait now. May call no method: listeners are called after the turn. */
  onCount: (waiting: number) => void
}

const NEVER = Number.POSITIVE_INFINITY
const LOOK_AGAIN_MS = 50 // No browser says when a socket's buffer has drained.

export class MessageQueue {
  readonly #deps: MessageQueueDeps
  readonly #limiter: RateLimiter
  /** By rank. */
  readonly #levels: readonly Level[] = PRIORITIES.map(() => new Level())
  #count = 0
  #isOpen = false
  /** The message that the socket is being given. It may answer within that call, and no other message is sent before its end. */
  #inHand: QueuedMessage | null = null
  /** When the socket's buffer, or the rate limit, may let the next message through. */
  #freeAt = NEVER
  /** No message is larger: they are searched for larger ones only where a limit is smaller than this. */
  #largest = 0
  #timerAt = NEVER
  #cancelTimer = () => {}

  constructor(deps: MessageQueueDeps) {
    const { rateLimit } = deps.policy
    this.#deps = deps
    this.#limiter = rateLimit ? createRateLimiter(rateLimit, deps.clock) : UNLIMITED
  }

  /** Where the outcome is known at once, `onOutcome` is called within this call; else the message waits. */
  send(data: OutgoingFrame, { priority = 'normal', signal }: SendOptions, onOutcome: OnOutcome): void {
    if (signal?.aborted) return onOutcome('aborted')
    const bytes = sizeOf(data)
    if (bytes > this.#deps.maxMessageBytes()) return onOutcome('too_large')
    const level = this.#levels[PRIORITIES.indexOf(priority)] as Level
    const item = new QueuedMessage(data, bytes, level, onOutcome)
    level.push(item)
    this.#count++
    this.#flush()
    if (!item.hasLeft) this.#keep(item, signal)
    this.#watch()
  }

  /** The server has accepted the connection. */
  open(): void {
    this.#isOpen = true
    this.#pump()
  }

  /** The messages go on waiting, except those that this connection has shown to be too large. */
  pause(): void {
    this.#isOpen = false
    this.#pump()
  }

  /** The connection has ended for good. */
  drop(reason: DropReason): void {
    this.#isOpen = false
    this.clear(reason)
  }

  /** Drops the messages that wait. Returns how many there were. */
  clear(reason: DropReason = 'cleared'): number {
    const count = this.#count
    for (const level of this.#levels) while (level.first) this.#leave(level.first, reason)
    this.#watch()
    return count
  }

  #pump() {
    this.#flush()
    this.#watch()
  }

  /** Hands over the messages that may go, in order. */
  #flush() {
    if (this.#inHand) return
    const { clock, wire, maxMessageBytes } = this.#deps
    this.#freeAt = NEVER
    this.#dropExpired()
    this.#dropLarger(maxMessageBytes())
    for (let item = this.#first(); item; item = this.#first()) {
      if (this.#isExpired(item)) {
        this.#leave(item, 'expired')
        continue
      }
      if (!this.#isOpen) return
      const blockedMs = this.#blockedMs()
      if (blockedMs > 0) this.#freeAt = clock.now() + blockedMs
      if (blockedMs > 0 || isUnread(item.data)) return
      this.#inHand = item
      const isTaken = wire.send(item.data, item.bytes)
      this.#inHand = null
      if (!isTaken) return
      this.#limiter.count()
      this.#leave(item, 'sent')
    }
  }

  /** How long nothing may be sent. */
  #blockedMs(): number {
    const { wire, policy } = this.#deps
    const waitMs = this.#limiter.waitMs()
    return wire.bufferedAmount() > policy.maxBufferedBytes ? Math.max(LOOK_AGAIN_MS, waitMs) : waitMs
  }

  /** The message could not be sent at once: it waits, if there is room. */
  #keep(item: QueuedMessage, signal?: AbortSignal) {
    const { clock, notifications, policy } = this.#deps
    const isOnlyRead = isUnread(item.data) && this.#isOpen && this.#freeAt === NEVER && item === this.#first()
    if (!isOnlyRead && !this.#makeRoom(item)) return this.#leave(item, 'overflow')
    item.expiresAt = clock.now() + policy.ttlMs
    item.expiresAtWall = clock.wallNow() + policy.ttlMs
    this.#largest = Math.max(this.#largest, item.bytes)
    if (signal) {
      const takeBack = () => notifications.turn(() => this.#leaveAlone(item, 'aborted'))
      signal.addEventListener('abort', takeBack)
      item.release = () => signal.removeEventListener('abort', takeBack)
    }
    if (isUnread(item.data)) this.#read(item, item.data)
  }

  /**
   * A Blob's bytes are read while it waits, and nothing overtakes it. Handed to the socket as it is, it would be sent as a text
   * by some runtimes, and a browser ends the connection for one that cannot be read.
   */
  #read(item: QueuedMessage, blob: Blob) {
    const { notifications } = this.#deps
    const unreadable = [{ message: 'The Blob could not be read.', path: [] }]
    bytesOf(blob).then(
      (bytes) => {
        item.data = bytes
        // Also where the Blob has left meanwhile: the messages behind it may go now.
        notifications.turn(() => this.#pump())
      },
      () => notifications.turn(() => this.#leaveAlone(item, 'invalid', unreadable)),
    )
  }

  /** Drops what has to go so that the message fits, least important first. False, and nothing, where that would not help. */
  #makeRoom(item: QueuedMessage): boolean {
    const { policy, notifications } = this.#deps
    const { maxCount, maxBytes, overflow } = policy
    const fitsBeside = (levels: readonly Level[]) =>
      levels.reduce((sum, { count }) => sum + count, 0) < maxCount &&
      levels.reduce((sum, { bytes }) => sum + bytes, item.bytes) <= maxBytes
    const fits = () => fitsBeside(this.#levels)
    if (!fits()) {
      const isNewest = overflow === 'drop-newest'
      // Never a more important message; the newest only for a more important one.
      const kept = this.#levels.indexOf(item.level) + (isNewest ? 1 : 0)
      // A listener that sends again what was dropped would evict the next message, and so on without end.
      if (overflow === 'reject' || notifications.delivering?.event === 'dropped') return false
      if (!fitsBeside(this.#levels.slice(0, kept))) return false
      for (const level of this.#levels.slice(kept).reverse()) {
        let other = isNewest ? level.last : level.first
        while (other && !fits()) {
          const { previous, next } = other
          if (other.takesRoom && other !== this.#inHand) this.#leave(other, 'overflow')
          other = isNewest ? previous : next
        }
      }
    }
    item.level.takeRoom(item)
    return true
  }

  #first(): QueuedMessage | null {
    for (const { first } of this.#levels) if (first) return first
    return null
  }

  #isExpired({ expiresAt, expiresAtWall }: QueuedMessage): boolean {
    const { clock } = this.#deps
    return expiresAt <= clock.now() || expiresAtWall <= clock.wallNow()
  }

  /** All wait equally long. After the wall clock was set back, a later one may expire before the first one of its level. */
  #dropExpired() {
    for (const level of this.#levels) {
      while (level.first && this.#isExpired(level.first)) this.#leave(level.first, 'expired')
    }
  }

  #dropLarger(maxBytes: number) {
    if (this.#largest <= maxBytes) return
    this.#largest = maxBytes
    for (const level of this.#levels) {
      for (let item = level.first, next = item; item; item = next) {
        next = item.next
        if (item.bytes > maxBytes) this.#leave(item, 'too_large')
      }
    }
  }

  /** For a reason that concerns this message alone. The messages behind it may go now. */
  #leaveAlone(item: QueuedMessage, reason: DropReason, issues?: readonly MessageIssue[]) {
    this.#leave(item, reason, issues)
    this.#pump()
  }

  /** Unless it has left already: the session may end within the call that hands a message over. */
  #leave(item: QueuedMessage, ...outcome: Parameters<OnOutcome>) {
    if (item.hasLeft) return
    item.level.remove(item)
    this.#count--
    item.release?.()
    item.onOutcome(...outcome)
  }

  /** After each change: sets the one timer, for the end of what blocks, or for the next message that will have waited too long. */
  #watch() {
    const { clock, notifications, onCount } = this.#deps
    onCount(this.#count)
    const expiries = () => this.#levels.map(({ first }) => first?.expiresAt ?? NEVER)
    const at = this.#count === 0 ? NEVER : Math.min(this.#freeAt, ...expiries())
    if (at === this.#timerAt) return
    this.#cancelTimer()
    this.#timerAt = at
    if (at === NEVER) return
    const onTime = () => {
      this.#timerAt = NEVER
      notifications.turn(() => this.#pump())
    }
    this.#cancelTimer = clock.setTimer(onTime, at - clock.now())
  }
}
