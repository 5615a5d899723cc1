// One message on its way out: copied, validated against its schema, and handed over. Its outcome is reported exactly once: in
// its receipt if it is known at once, else by an event.

import { abortSignal, group, oneOf, optional, or } from '../platform/option-checks.ts'
import type { MessageQueue } from './message-queue.ts'
import type { Notifications } from './notifications.ts'
import {
  type FrameOf,
  hasReservedType,
  isBinary,
  isRefusal,
  type OutgoingFrame,
  type Refusal,
} from './outgoing-frame.ts'
import { PRIORITIES, type SendOptions } from './queue-options.ts'
import type { EmitEvent, Receipt } from './socket-events.ts'
import type { DropReason, MessageIssue, Validators } from './validator.ts'

export interface SenderDeps {
  validator: Validators<never, object>['leaving']
  frameOf: FrameOf
  queue: Pick<MessageQueue, 'send'>
  notifications: Notifications
  emit: EmitEvent
  hasEnded: () => boolean
  /** A message was handed over, or waits. May ask the app for a JWT. */
  onMessage: () => void
}

export function createSender({ validator, frameOf, queue, notifications, emit, hasEnded, onMessage }: SenderDeps) {
  const optionsOf = group<SendOptions, SendOptions>({
    priority: or('normal', oneOf(PRIORITIES)),
    signal: optional(abortSignal),
  })
  let lastId = 0

  /** A message that the listener of a receipt sends belongs to the same user, who may have left. */
  function isOfFormerUser(): boolean {
    const { delivering } = notifications
    return delivering !== null && ['sent', 'dropped'].includes(delivering.event) && delivering.scope.user.hasLeft
  }

  function refusalOf(message: object, signal: AbortSignal | undefined): DropReason | null {
    if (hasReservedType(message)) return 'reserved_type'
    if (isOfFormerUser()) return 'signed_out'
    if (hasEnded()) return 'closed'
    return signal?.aborted ? 'aborted' : null
  }

  return function send(message: object, given?: SendOptions): Receipt {
    const options = optionsOf('send', given)
    const { signal } = options
    const { scope } = notifications
    const refused = refusalOf(message, signal)
    if (refused) return { status: 'dropped', reason: refused, issues: [] }
    const id = ++lastId
    /** Null until an outcome is known. A later one is an event. */
    let receipt: Receipt | null = null
    /** Gives up its place in the validator. */
    let leave = () => {}
    let stopListening = () => {}

    function settle(outcome: 'sent' | DropReason, issues: readonly MessageIssue[] = []) {
      if (outcome === 'sent') {
        if (receipt) emit('sent', { id }, scope)
        else receipt = { status: 'sent' }
      } else if (receipt) emit('dropped', { id, reason: outcome, issues }, scope)
      else receipt = { status: 'dropped', reason: outcome, issues }
    }

    function takeBack() {
      notifications.turn(() => {
        leave()
        settle('aborted')
      })
    }

    function refuse(reason: DropReason, issues: readonly MessageIssue[]) {
      stopListening()
      settle(reason, issues)
    }

    function handOver(make: () => OutgoingFrame | Refusal) {
      // Before the app's code: it may abort the signal, which `queue.send` sees.
      stopListening()
      const frame = make()
      // A schema, a codec or a toJSON() has ended the session: the message is not the next user's.
      if (scope.endedBy) return settle(scope.endedBy)
      if (isRefusal(frame)) return settle(frame.reason, frame.issues)
      // A turn also where the schema was asynchronous: the socket may answer within its `send`.
      notifications.turn(() => queue.send(frame, options, settle))
      // After it: where the app's code ends the session, what waits is dropped. A later one would be the next user's.
      onMessage()
      receipt ??= { status: 'queued', id }
    }

    if (isBinary(message)) {
      // Copied now: the app may write to its buffer again while the validator checks the message before it.
      const frame = frameOf(message)
      const pass = () => handOver(() => frame)
      if (isRefusal(frame)) pass()
      else leave = validator.keepPlace({ pass, refuse }, frame)
    } else leave = validator.check(message as never, { pass: (checked) => handOver(() => frameOf(checked)), refuse })
    if (receipt) return receipt
    // The schema is asynchronous.
    signal?.addEventListener('abort', takeBack)
    stopListening = () => signal?.removeEventListener('abort', takeBack)
    receipt = { status: 'queued', id }
    return receipt
  }
}
