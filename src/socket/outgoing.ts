// The messages that the app sends: each leaves at once if it can, else in its turn. A message waits for the connection, for the
// socket's own buffer to drain, and for the rate limit; or until it has waited too long, which is reported at that moment.
// Every call changes the state first. Then the callbacks run, in the order of the changes; they may call methods again.

import { sizeOf } from '../platform/binary.ts'
import type { Clock } from '../platform/platform.ts'
import type { MessageIssue } from './message-gate.ts'
import { type DropReason, Outbox, type OutboxPolicy, type Priority, type Queued } from './outbox.ts'
import { bytesOf, isUnread, type OutgoingFrame } from './outgoing-frame.ts'
import { createRateLimiter, type RateLimit, type RateLimiter, UNLIMITED } from './rate-limit.ts'

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
  /** A message that had waited was handed to the socket. */
  onSent: (id: number) => void
  onDropped: (id: number, reason: DropReason, issues: readonly MessageIssue[]) => void
  /** How many messages wait now. Called before the other two, when it has changed. */
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
  /** Why every message is dropped at present. */
  #dropping: DropReason | null = null
  #lastDrop: { readonly reason: DropReason } | null = null
  #reportedCount = 0
  /** One for each change, in their order; so many of them are reported already. */
  readonly #reports: Report[] = []
  #reported = 0
  /** The one whose callback is running. */
  #reporting: Report | null = null

  constructor(deps: OutgoingDeps) {
    const { policy, clock } = deps
    this.#deps = deps
    this.#outbox = new Outbox(policy, clock)
    this.#limiter = policy.rateLimit ? createRateLimiter(policy.rateLimit, clock) : UNLIMITED
  }

  /** Why no message is taken: all of them are being dropped. A message that a listener of that sends is not the next session's. */
  dropping(): DropReason | null {
    return this.#dropping
  }

  /** The last time that all were dropped: a new object each time. A send() that began before it is of a session that has ended. */
  lastDrop(): { readonly reason: DropReason } | null {
    return this.#lastDrop
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

  /** `others`: drops the messages that wait elsewhere. */
  drop(reason: DropReason, others = () => {}): void {
    const outer = this.#dropping
    this.#isOpen = false
    this.#dropping = reason
    this.#lastDrop = { reason }
    this.#note(this.#outbox.takeAll(), reason)
    others()
    this.#settle()
    // Within a callback as well: a message that a listener sends on hearing of this is refused until then.
    this.#report()
    this.#dropping = outer
  }

  /** Drops what waits. Messages that a listener sends on hearing of it wait instead. Returns how many were dropped. */
  clear(): number {
    const items = this.#outbox.takeAll()
    this.#note(items, 'cleared')
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
    const evicted = this.#outbox.add(item, !this.#reporting?.reason)
    if (!evicted) return false
    this.#note(evicted, 'overflow')
    if (signal) {
      const takeBack = () => this.#leave(item, 'aborted')
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

  /** One message leaves for a reason of its own; the messages behind it may go now. */
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
    // A socket may answer within its `send`, and a listener of that may send: the message in hand still waits.
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

  /** After each change: sets the timer, then calls back. Within a callback the reports wait for its end. */
  #settle() {
    this.#watch()
    const { count } = this.#outbox
    if (count !== this.#reportedCount) {
      this.#reportedCount = count
      this.#deps.onCount(count)
    }
    if (this.#reports.length > 0 && !this.#reporting) this.#report()
  }

  #report() {
    const outer = this.#reporting
    while (this.#reported < this.#reports.length) {
      this.#reporting = this.#reports[this.#reported++] as Report
      const { id, reason, issues } = this.#reporting
      if (reason) this.#deps.onDropped(id, reason, issues)
      else this.#deps.onSent(id)
    }
    this.#reporting = outer
    this.#reports.length = this.#reported = 0
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
      this.#pump()
    }
    this.#cancelTimer = this.#deps.clock.setTimer(onTime, at - this.#deps.clock.now())
  }

  #nextLookAt(): number {
    const blockedMs = this.#isOpen ? this.#blockedMs() : 0
    const freeAt = blockedMs > 0 ? this.#deps.clock.now() + blockedMs : Number.POSITIVE_INFINITY
    return Math.min(freeAt, this.#outbox.nextExpiryAt())
  }
}
