// One message on its way out: copied, held to its schema, and handed over. What becomes of it is told exactly once: by its
// receipt when that is known at once, else by an event.

import type { Emitter } from '../platform/emitter.ts'
import { abortSignal, group, oneOf, optional, or } from '../platform/option-checks.ts'
import type { MessageGate, MessageIssue } from './message-gate.ts'
import { type DropReason, PRIORITIES } from './outbox.ts'
import type { Outgoing, SendOptions } from './outgoing.ts'
import {
  type FrameOf,
  hasReservedType,
  isBinary,
  isRefusal,
  type OutgoingFrame,
  type Refusal,
} from './outgoing-frame.ts'
import type { Receipt, SocketEvents } from './socket-state.ts'

export interface SenderDeps {
  lane: MessageGate<never, object>['leaving']
  frameOf: FrameOf
  outgoing: Pick<Outgoing, 'givingUp' | 'lastDrop' | 'send'>
  events: Emitter<SocketEvents>
  hasEnded: () => boolean
  /** A message is about to be handed over, or to wait. */
  onMessage: () => void
}

export function createSender({ lane, frameOf, outgoing, events, hasEnded, onMessage }: SenderDeps) {
  const optionsOf = group<SendOptions, SendOptions>({
    priority: or('normal', oneOf(PRIORITIES)),
    signal: optional(abortSignal),
  })
  let lastId = 0

  return function send(message: object, given?: SendOptions): Receipt {
    const options = optionsOf('send', given)
    const { signal } = options
    const began = outgoing.lastDrop()
    const refused = hasReservedType(message)
      ? 'reserved_type'
      : (outgoing.givingUp() ?? (hasEnded() ? 'closed' : signal?.aborted ? 'aborted' : null))
    if (refused) return { status: 'dropped', reason: refused, issues: [] }
    const id = ++lastId
    /** Null until something is known; then it is told by events. */
    let receipt: Receipt | null = null
    /** Gives its place up, while a schema has it. */
    let leave = () => {}
    let letGo = () => {}

    function dropped(reason: DropReason, issues: readonly MessageIssue[] = []) {
      if (receipt) events.emit('dropped', { id, reason, issues })
      else receipt = { status: 'dropped', reason, issues }
    }

    function takeBack() {
      leave()
      dropped('aborted')
    }

    function refuse(reason: DropReason, issues: readonly MessageIssue[]) {
      letGo()
      dropped(reason, issues)
    }

    function hand(frame: OutgoingFrame | Refusal) {
      letGo()
      // A schema, a codec or a toJSON() has ended the session: the message is not the next user's.
      const ended = outgoing.lastDrop()
      if (ended && ended !== began) return dropped(ended.reason)
      if (isRefusal(frame)) return dropped(frame.reason, frame.issues)
      onMessage()
      const outcome = outgoing.send(id, frame, options)
      if (outcome === 'sent') {
        if (receipt) events.emit('sent', { id })
        else receipt = { status: 'sent' }
      } else if (outcome === 'queued') receipt ??= { status: 'queued', id }
      else dropped(outcome)
    }

    if (isBinary(message)) {
      // Copied now: the app may use its buffer again while a schema has the message before it.
      const frame = frameOf(message)
      if (isRefusal(frame)) hand(frame)
      else leave = lane.keepPlace({ pass: hand, refuse }, frame)
    } else leave = lane.check(message as never, { pass: (checked) => hand(frameOf(checked)), refuse })
    if (receipt) return receipt
    // A schema that takes its time holds it.
    signal?.addEventListener('abort', takeBack)
    letGo = () => signal?.removeEventListener('abort', takeBack)
    receipt = { status: 'queued', id }
    return receipt
  }
}
