// What the app sends: at once when it can be, else in its turn. A message waits for the connection, for the socket's own
// buffer to drain, and for the rate limit; or until it has waited too long, which is told at that moment.

import type { Clock } from '../platform/platform.ts'
import { createOutbox, type DropReason, type OutboxPolicy, type Priority } from './outbox.ts'
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
  wire: { send(data: string | ArrayBuffer): boolean; bufferedAmount(): number }
  /** One that had waited was handed to the socket. */
  onSent: (id: number) => void
  onDropped: (id: number, reason: DropReason) => void
  onCount: (waiting: number) => void
}

/** No browser says when a socket's buffer has drained. */
const LOOK_AGAIN_MS = 50

export function createOutgoing({ policy, clock, wire, onSent, onDropped, onCount }: OutgoingDeps) {
  const outbox = createOutbox({
    ...policy,
    clock,
    onDropped: ({ id }, reason) => onDropped(id, reason),
    onAborted: () => watch(),
  })
  const limiter = policy.rateLimit ? createRateLimiter(policy.rateLimit, clock) : UNLIMITED
  let isOpen = false
  /** Why everything is being given up, while it is. */
  let dropping: DropReason | null = null
  let cancelTimer = () => {}

  /** How long nothing may be sent. */
  const blockedMs = () =>
    wire.bufferedAmount() > policy.maxBufferedBytes ? Math.max(LOOK_AGAIN_MS, limiter.waitMs()) : limiter.waitMs()

  function handOver(data: string | ArrayBuffer): boolean {
    if (!isOpen || blockedMs() > 0 || !wire.send(data)) return false
    limiter.count()
    return true
  }

  /** Hands over what may go, in order. Answers with what is to be told of it: later, for whoever hears of it may send. */
  function flush(): () => void {
    const expired = outbox.takeExpired()
    const sent: number[] = []
    for (let next = outbox.next(); next && handOver(next.data); next = outbox.next()) {
      outbox.remove(next)
      sent.push(next.id)
    }
    return () => {
      outbox.tell(expired, 'expired')
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

  return {
    /** Why nothing is taken: everything is being given up. What is sent on hearing of that would be the next session's. */
    givingUp: () => dropping,

    send(
      id: number,
      data: string | ArrayBuffer,
      { priority = 'normal', signal }: SendOptions = {},
    ): 'sent' | 'queued' | DropReason {
      if (signal?.aborted) return 'aborted'
      // What waited may go now; nothing overtakes it. And what is sent on hearing of it comes after this one.
      const tell = outbox.count() > 0 ? flush() : null
      const isSent = outbox.count() === 0 && handOver(data)
      const added = isSent ? null : outbox.add(id, data, priority, signal)
      tell?.()
      added?.tell()
      watch()
      return !added ? 'sent' : added.isQueued ? 'queued' : 'overflow'
    },

    /** The server has accepted the connection. */
    open() {
      isOpen = true
      pump()
    },

    /** What waits goes on waiting. */
    pause() {
      isOpen = false
      watch()
    },

    /** `others`: gives up what waits elsewhere. */
    drop(reason: DropReason, others = () => {}) {
      const outer = dropping
      isOpen = false
      dropping = reason
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
