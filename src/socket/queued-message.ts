// A message in the queue, and the level of its priority, which knows how much room its messages take.

import type { OutgoingFrame } from './outgoing-frame.ts'
import type { DropReason, MessageIssue } from './validator.ts'

/** Called once for each message, as soon as its outcome is known. May call no method of the queue. */
export type OnOutcome = (outcome: 'sent' | DropReason, issues?: readonly MessageIssue[]) => void

export class QueuedMessage {
  /** The bytes of a Blob replace it once they have been read. */
  data: OutgoingFrame
  readonly bytes: number
  readonly level: Level
  readonly onOutcome: OnOutcome
  /** Its place in the level. */
  previous: QueuedMessage | null = null
  next: QueuedMessage | null = null
  hasLeft = false
  /** False for a message that is about to be sent, or of which only the Blob is still being read: it is not evicted. */
  takesRoom = false
  /** On the monotonic clock, and on the wall clock: while a machine sleeps, one of them may stand still. */
  expiresAt = Number.POSITIVE_INFINITY
  expiresAtWall = Number.POSITIVE_INFINITY
  /** Removes the listener of its signal. */
  release?: () => void

  constructor(data: OutgoingFrame, bytes: number, level: Level, onOutcome: OnOutcome) {
    this.data = data
    this.bytes = bytes
    this.level = level
    this.onOutcome = onOutcome
  }
}

/** A linked list: any message may leave, and every operation takes the same time, however many messages wait. */
export class Level {
  first: QueuedMessage | null = null
  last: QueuedMessage | null = null
  count = 0
  bytes = 0

  push(item: QueuedMessage): void {
    item.previous = this.last
    if (this.last) this.last.next = item
    else this.first = item
    this.last = item
  }

  takeRoom(item: QueuedMessage): void {
    item.takesRoom = true
    this.count++
    this.bytes += item.bytes
  }

  /** The message must be in here. */
  remove(item: QueuedMessage): void {
    const { previous, next } = item
    if (previous) previous.next = next
    else this.first = next
    if (next) next.previous = previous
    else this.last = previous
    // A message that is still referred to must not keep the others in memory.
    item.previous = item.next = null
    item.hasLeft = true
    if (!item.takesRoom) return
    this.count--
    this.bytes -= item.bytes
  }
}
