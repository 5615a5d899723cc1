// What the app sends: at once when it can be, else in its turn. A message waits for the connection, for the socket's own
// buffer to drain, and for the rate limit; or until it has waited too long, which is told at that moment.

import { isBlob, sizeOf } from '../platform/binary.ts'
import type { Clock } from '../platform/platform.ts'
import type { MessageIssue } from './message-gate.ts'
import { createOutbox, type DropReason, type OutboxPolicy, type Priority, type Queued } from './outbox.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'
import { createRateLimiter, type RateLimit, UNLIMITED } from './rate-limit.ts'

export interface OutgoingPolicy extends OutboxPolicy {
  /** Above this the socket is given nothing more: a network that is slow would be outrun. Bytes. */
  maxBufferedBytes: number
  rateLimit: Required<RateLimit> | null
}

export interface SendOptions {
  /** What is more important goes first, and is given up last. @default 'normal' */
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
  /** One that had waited was handed to the socket. */
  onSent: (id: number) => void
  onDropped: (id: number, reason: DropReason, issues: readonly MessageIssue[]) => void
  onCount: (waiting: number) => void
}

/** No browser says when a socket's buffer has drained. */
const LOOK_AGAIN_MS = 50

export function createOutgoing({ policy, clock, wire, maxMessageBytes, onSent, onDropped, onCount }: OutgoingDeps) {
  const outbox = createOutbox({
    ...policy,
    clock,
    onDropped: ({ id }, reason) => onDropped(id, reason, []),
    // What waited behind it may go now: it may have been a Blob that is still being read.
    onAborted: () => pump(),
  })
  const limiter = policy.rateLimit ? createRateLimiter(policy.rateLimit, clock) : UNLIMITED
  let isOpen = false
  /** Why everything is being given up, while it is. */
  let dropping: DropReason | null = null
  /** The last time at which everything was given up: another object each time. */
  let lastDrop: { readonly reason: DropReason } | null = null
  let cancelTimer = () => {}

  /** How long nothing may be sent. */
  const blockedMs = () =>
    wire.bufferedAmount() > policy.maxBufferedBytes ? Math.max(LOOK_AGAIN_MS, limiter.waitMs()) : limiter.waitMs()

  function handOver(data: OutgoingFrame, bytes: number): boolean {
    if (!isOpen || blockedMs() > 0 || isUnread(data) || !wire.send(data, bytes)) return false
    limiter.count()
    return true
  }

  /** Hands over what may go, in order. Answers with what is to be told of it: later, for whoever hears of it may send. */
  function flush(): () => void {
    const expired = outbox.takeExpired()
    const tooLarge = outbox.takeLarger(maxMessageBytes())
    const sent: number[] = []
    for (let next = outbox.next(); next && handOver(next.data, next.bytes); next = outbox.next()) {
      outbox.remove(next)
      sent.push(next.id)
    }
    return () => {
      outbox.tell(expired, 'expired')
      outbox.tell(tooLarge, 'too_large')
      for (const id of sent) onSent(id)
    }
  }

  function pump() {
    flush()()
    watch()
  }

  /** Sets the one timer: for the end of what blocks, or for the next message that will have waited too long. */
  function watch() {
    cancelTimer()
    if (outbox.count() > 0) {
      const untilExpiry = outbox.nextExpiryAt() - clock.now()
      const blocked = isOpen ? blockedMs() : 0
      cancelTimer = clock.setTimer(pump, blocked > 0 ? Math.min(blocked, untilExpiry) : untilExpiry)
    }
    // Last: whoever hears of it may send.
    onCount(outbox.count())
  }

  /**
   * A Blob's bytes are read while it waits, and nothing overtakes it. Handed to the socket as it is, it would be sent as a text
   * by some runtimes, and a browser ends the connection for one that cannot be read.
   */
  function read(item: Queued, blob: Blob) {
    bytesOf(blob).then(
      (bytes) => {
        item.data = bytes
        // Also where the Blob has had to go meanwhile: what waited behind it may go now.
        pump()
      },
      () => {
        const isWaiting = outbox.has(item)
        if (isWaiting) outbox.remove(item)
        pump()
        if (isWaiting) onDropped(item.id, 'invalid', [{ message: 'The Blob could not be read.', path: [] }])
      },
    )
  }

  return {
    /** Why nothing is taken: everything is being given up. What is sent on hearing of that would be the next session's. */
    givingUp: () => dropping,

    /** What began before it belongs to a session that has ended. */
    lastDrop: () => lastDrop,

    send(
      id: number,
      data: OutgoingFrame,
      { priority = 'normal', signal }: SendOptions = {},
    ): 'sent' | 'queued' | DropReason {
      if (signal?.aborted) return 'aborted'
      const bytes = sizeOf(data)
      if (bytes > maxMessageBytes()) return 'too_large'
      // What waited may go now; nothing overtakes it but what is more important. What is sent on hearing of it comes after this.
      const tell = outbox.count() > 0 ? flush() : null
      const isNext = outbox.isNext(priority)
      const isSent = isNext && handOver(data, bytes)
      const turn = isNext && isOpen && blockedMs() <= 0 && isUnread(data) ? 'now' : 'later'
      const added = isSent ? null : outbox.add({ id, data, bytes, priority, turn, signal })
      if (added?.item && isUnread(data)) read(added.item, data)
      tell?.()
      added?.tell()
      watch()
      return !added ? 'sent' : added.item ? 'queued' : 'overflow'
    },

    /** The server has accepted the connection. */
    open() {
      isOpen = true
      pump()
    },

    /** What waits goes on waiting, unless this connection has shown that it is too large. */
    pause() {
      isOpen = false
      pump()
    },

    /** `others`: gives up what waits elsewhere. */
    drop(reason: DropReason, others = () => {}) {
      const outer = dropping
      isOpen = false
      dropping = reason
      lastDrop = { reason }
      others()
      outbox.tell(outbox.takeAll(), reason)
      dropping = outer
      watch()
    },

    /** Takes out what waits. What is sent on hearing of that waits in its place. */
    clear(): { count: number; tell: () => void } {
      const items = outbox.takeAll()
      watch()
      return { count: items.length, tell: () => outbox.tell(items, 'cleared') }
    },
  }
}

/** Rejects where `arrayBuffer()` throws. */
const bytesOf = async (blob: Blob) => blob.arrayBuffer()

/** React Native's Blobs give no bytes; its sockets take them as they are. */
const isUnread = (data: OutgoingFrame): data is Blob => isBlob(data) && 'arrayBuffer' in data
