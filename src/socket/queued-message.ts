// A message in the queue, and the level of its priority, which knows how much room its messages take.

import { type Linked, LinkedList } from './linked-list.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'
import type { DropReason, MessageIssue } from './validator.ts'

/** Called once for each message, as soon as its outcome is known. May call no method of the queue. */
export type OnOutcome = (outcome: 'sent' | DropReason, issues?: readonly MessageIssue[]) => void

export class QueuedMessage implements Linked<QueuedMessage> {
  /** The bytes of a Blob replace it once they have been read. */
  data: OutgoingFrame
  readonly bytes: number
  readonly level: Level
  readonly onOutcome: OnOutcome
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

export class Level extends LinkedList<QueuedMessage> {
  count = 0
  bytes = 0

  takeRoom(item: QueuedMessage): void {
    item.takesRoom = true
    this.count++
    this.bytes += item.bytes
  }

  override remove(item: QueuedMessage): void {
    super.remove(item)
    item.hasLeft = true
    if (!item.takesRoom) return
    this.count--
    this.bytes -= item.bytes
  }
}
