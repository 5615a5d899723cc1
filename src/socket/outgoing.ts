// The messages that the app sends: each leaves at once if it can, else in its turn. A message waits for the connection, for the
// socket's own buffer to drain, and for the rate limit; or until it has waited too long, which is reported at that moment.
// Every call changes the state first, and then says what it has changed, in that order.

import { sizeOf } from '../platform/binary.ts'
import type { Clock } from '../platform/platform.ts'
import type { Notifications } from './notifications.ts'
import { Outbox, type OutboxPolicy, type Priority, type Queued } from './outbox.ts'
import { bytesOf, isUnread, type OutgoingFrame } from './outgoing-frame.ts'
import { createRateLimiter, type RateLimit, type RateLimiter, UNLIMITED } from './rate-limit.ts'
import type { DropReason, MessageIssue } from './validator.ts'

export interface OutgoingPolicy extends OutboxPolicy {
  /** While the socket has more unsent bytes than this, nothing is handed to it: a slow network would be outrun. */
  maxBufferedBytes: number
  rateLimit: Required<RateLimit> | null
}

export interface SendOptions {
  /** A more important message is sent first, and dropped last. @default 'normal' */
  priority?: Priority
  /** Takes the message back while it waits. One that was handed to the socket is gone. */
  signal?: AbortSignal | undefined
}

export interface OutgoingDeps {
  policy: OutgoingPolicy
  clock: Clock
  /** The open socket; `send` answers false when it takes nothing. */
  wire: { send(data: OutgoingFrame, bytes: number): boolean; bufferedAmount(): number }
  /** The most that the server takes, in bytes. */
  maxMessageBytes: () => number
  notifications: Pick<Notifications, 'turn' | 'delivering'>
  /** A message that had waited was handed to the socket. These three may call no method: listeners are called after the turn. */
  onSent: (id: number) => void
  onDropped: (id: number, reason: DropReason, issues: readonly MessageIssue[]) => void
  /** How many messages wait now. Called before the other two. */
  onCount: (waiting: number) => void
}

const LOOK_AGAIN_MS = 50 // No browser says when a socket's buffer has drained.

type Sending = 'sent' | 'queued' | DropReason

interface Report {
  id: number
  /** Null: it was sent. */
  reason: DropReason | null
  issues: readonly MessageIssue[]
}

export class Outgoing {
  readonly #deps: OutgoingDeps
  readonly #outbox: Outbox
  readonly #limiter: RateLimiter
  #isOpen = false
  #isFlushing = false
  #timerAt = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}
  /** One for each change of this call, in their order. */
  #reports: Report[] = []

  constructor(deps: OutgoingDeps) {
    const { policy, clock } = deps
    this.#deps = deps
    this.#outbox = new Outbox(policy, clock)
    this.#limiter = policy.rateLimit ? createRateLimiter(policy.rateLimit, clock) : UNLIMITED
  }

  send(id: number, data: OutgoingFrame, { priority = 'normal', signal }: SendOptions = {}): Sending {
    if (signal?.aborted) return 'aborted'
    const bytes = sizeOf(data)
    if (bytes > this.#deps.maxMessageBytes()) return 'too_large'
    // The messages that wait go first. Only a more important one overtakes them.
    this.#flush()
    const isNext = this.#outbox.isNext(priority)
    const isSent = isNext && this.#handOver(data, bytes)
    const turn = isNext && this.#isOpen && this.#blockedMs() <= 0 && isUnread(data) ? 'now' : 'later'
    const isQueued = !isSent && this.#enqueue({ id, data, bytes, priority, turn }, signal)
    this.#settle()
    return isSent ? 'sent' : isQueued ? 'queued' : 'overflow'
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
    const items = this.#outbox.takeAll()
    this.#note(items, reason)
    this.#settle()
    return items.length
  }

  /** How long nothing may be sent. */
  #blockedMs(): number {
    const { wire, policy } = this.#deps
    const waitMs = this.#limiter.waitMs()
    return wire.bufferedAmount() > policy.maxBufferedBytes ? Math.max(LOOK_AGAIN_MS, waitMs) : waitMs
  }

  #handOver(data: OutgoingFrame, bytes: number): boolean {
    if (!this.#isOpen || this.#blockedMs() > 0 || isUnread(data) || !this.#deps.wire.send(data, bytes)) return false
    this.#limiter.count()
    return true
  }

  #enqueue(message: Pick<Queued, 'id' | 'data' | 'bytes' | 'priority' | 'turn'>, signal?: AbortSignal): boolean {
    const item: Queued = { ...message, previous: null, next: null, isWaiting: false, expiresAt: 0, expiresAtWall: 0 }
    // A listener that sends again what was dropped would evict the next message, and so on without end.
    const evicted = this.#outbox.add(item, this.#deps.notifications.delivering?.event !== 'dropped')
    if (!evicted) return false
    this.#note(evicted, 'overflow')
    if (signal) {
      const takeBack = () => this.#deps.notifications.turn(() => this.#leave(item, 'aborted'))
      signal.addEventListener('abort', takeBack)
      item.release = () => signal.removeEventListener('abort', takeBack)
    }
    if (isUnread(item.data)) this.#read(item, item.data)
    return true
  }

  /**
   * A Blob's bytes are read while it waits, and nothing overtakes it. Handed to the socket as it is, it would be sent as a text
   * by some runtimes, and a browser ends the connection for one that cannot be read.
   */
  #read(item: Queued, blob: Blob) {
    bytesOf(blob).then(
      (bytes) => {
        item.data = bytes
        // Also where the Blob has left meanwhile: the messages behind it may go now.
        this.#pump()
      },
      () => this.#leave(item, 'invalid', [{ message: 'The Blob could not be read.', path: [] }]),
    )
  }

  /** One message leaves for a reason that concerns it alone; the messages behind it may go now. */
  #leave(item: Queued, reason: DropReason, issues?: Report['issues']) {
    if (this.#outbox.remove(item)) this.#note([item], reason, issues)
    this.#pump()
  }

  /** They have left the outbox, which is to be reported. */
  #note(items: readonly Queued[], reason: Report['reason'], issues: Report['issues'] = []) {
    for (const { id } of items) this.#reports.push({ id, reason, issues })
  }

  #pump() {
    this.#flush()
    this.#settle()
  }

  /** Hands over the messages that may go, in order. */
  #flush() {
    // A socket may answer within its `send`, and a schema may send on seeing that: the message in hand still waits.
    if (this.#isFlushing || this.#outbox.count === 0) return
    this.#isFlushing = true
    this.#note(this.#outbox.takeExpired(), 'expired')
    this.#note(this.#outbox.takeLarger(this.#deps.maxMessageBytes()), 'too_large')
    for (let next = this.#outbox.next(); next; next = this.#outbox.next()) {
      const isExpired = this.#outbox.isExpired(next)
      if (!isExpired && !this.#handOver(next.data, next.bytes)) break
      // Not where the answer has ended the session: then it is reported as dropped.
      if (this.#outbox.remove(next)) this.#note([next], isExpired ? 'expired' : null)
    }
    this.#isFlushing = false
  }

  /** After each change: sets the timer, and reports. */
  #settle() {
    const { onCount, onDropped, onSent } = this.#deps
    this.#watch()
    onCount(this.#outbox.count)
    const reports = this.#reports
    this.#reports = []
    for (const { id, reason, issues } of reports) {
      if (reason) onDropped(id, reason, issues)
      else onSent(id)
    }
  }

  /** Sets the one timer: for the end of what blocks, or for the next message that will have waited too long. */
  #watch() {
    const at = this.#outbox.count === 0 ? Number.POSITIVE_INFINITY : this.#nextLookAt()
    if (at === this.#timerAt) return
    this.#cancelTimer()
    this.#timerAt = at
    if (at === Number.POSITIVE_INFINITY) return
    const onTime = () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#deps.notifications.turn(() => this.#pump())
    }
    this.#cancelTimer = this.#deps.clock.setTimer(onTime, at - this.#deps.clock.now())
  }

  #nextLookAt(): number {
    const blockedMs = this.#isOpen ? this.#blockedMs() : 0
    const freeAt = blockedMs > 0 ? this.#deps.clock.now() + blockedMs : Number.POSITIVE_INFINITY
    return Math.min(freeAt, this.#outbox.nextExpiryAt())
  }
}
