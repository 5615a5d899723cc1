// One message on its way out: copied, held to its schema, and handed over. What becomes of it is told exactly once: by its
// receipt when that is known at once, else by an event.

import type { Emitter } from '../platform/emitter.ts'
import { abortSignal, group, oneOf, optional, or } from '../platform/option-checks.ts'
import type { MessageGate, MessageIssue } from './message-gate.ts'
import { type DropReason, PRIORITIES } from './outbox.ts'
import type { createOutgoing, SendOptions } from './outgoing.ts'
import type { Receipt, SocketEvents } from './socket-state.ts'

export interface SenderDeps {
  lane: MessageGate<never, object>['leaving']
  outgoing: Pick<ReturnType<typeof createOutgoing>, 'givingUp' | 'send'>
  events: Emitter<SocketEvents>
  hasEnded: () => boolean
  /** A message is about to be handed over, or to wait. */
  onMessage: () => void
}

export function createSender({ lane, outgoing, events, hasEnded, onMessage }: SenderDeps) {
  const optionsOf = group<SendOptions, SendOptions>({
    priority: or('normal', oneOf(PRIORITIES)),
    signal: optional(abortSignal),
  })
  let lastId = 0

  return function send(message: object, given?: SendOptions): Receipt {
    const options = optionsOf('send', given)
    const { signal } = options
    const refused = outgoing.givingUp() ?? (hasEnded() ? 'closed' : signal?.aborted ? 'aborted' : null)
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

    function pass(checked: object) {
      letGo()
      const frame = serialise(checked)
      if (frame === null) return dropped('invalid')
      onMessage()
      const outcome = outgoing.send(id, frame, options)
      if (outcome === 'sent') {
        if (receipt) events.emit('sent', { id })
        else receipt = { status: 'sent' }
      } else if (outcome === 'queued') receipt ??= { status: 'queued', id }
      else dropped(outcome)
    }

    if (message instanceof ArrayBuffer) {
      const copy = serialise(message)
      if (copy instanceof ArrayBuffer) leave = lane.keepPlace({ pass, refuse }, copy)
      else dropped('invalid')
    } else leave = lane.check(message as never, { pass, refuse })
    if (receipt) return receipt
    // A schema that takes its time holds it.
    signal?.addEventListener('abort', takeBack)
    letGo = () => signal?.removeEventListener('abort', takeBack)
    receipt = { status: 'queued', id }
    return receipt
  }
}

const NOT_SENT = /^\[object (Blob|File|SharedArrayBuffer)\]$/

/** Null: it cannot be sent. Views and Blobs would become texts that say nothing. */
function serialise(message: object): string | ArrayBuffer | null {
  if (ArrayBuffer.isView(message) || NOT_SENT.test(Object.prototype.toString.call(message))) return null
  try {
    // A copy, as a browser's socket takes one: the app may use its buffer again.
    return message instanceof ArrayBuffer ? message.slice(0) : (JSON.stringify(message) ?? null)
  } catch {
    return null
  }
}
