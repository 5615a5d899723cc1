// Why a request over a socket has no answer, in words that say what to do.

import { TicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
import { redact } from '../platform/redact.ts'
import type { TicketSocket } from './ticket-socket.ts'
import type { DropReason, MessageIssue } from './validator.ts'

export const NO_OBJECT =
  'A request must be an object such as { type: "get_user" }. It is encoded, and gets its id, by itself.'
export const BYTES = 'Bytes hold no id to be answered by. Send them in a message, or by send().'
export const CANCELLED = 'The request was cancelled. Nothing needs to be done.'
export const PERHAPS_HANDLED = 'Check before asking again: it may have been handled all the same.'
const NOT_SENT = 'It was not sent:'

export const failure = (code: TicketSocketErrorCode, words: string, cause?: unknown) =>
  new TicketSocketError(code, words, cause === undefined ? {} : { cause })

/** Of those that have no answer the largest one: a message that was no request may have been larger. */
export const tooLarge = (cause: TicketSocketError) =>
  failure('message_too_large', 'It may be larger than the server takes (1009). Send it in smaller parts.', cause)

export interface NotSent {
  reason: DropReason
  issues: readonly MessageIssue[]
}

export function notSent({ reason, issues }: NotSent, { store }: TicketSocket): TicketSocketError {
  const { status, error } = store.getState()
  // It gave up: why is known.
  if (reason === 'closed' && status === 'failed' && error) return error
  switch (reason) {
    case 'invalid':
      return failure(
        'invalid_message',
        `${NOT_SENT} ${wordsOf(issues)}. Send what can be serialised and its schema takes.`,
        issues,
      )
    case 'reserved_type':
      return failure('invalid_message', `${NOT_SENT} types that begin with ts: are reserved. Use another type.`)
    case 'too_large':
      return failure('message_too_large', `${NOT_SENT} it is larger than the server takes. Send it in smaller parts.`)
    case 'signed_out':
      return failure('signed_out', `${NOT_SENT} the session ended. Ask again for the user who is signed in then.`)
    case 'closed':
      return failure('aborted', `${NOT_SENT} the socket is closed. Call connect() first; after a sign-out, sign in.`)
    case 'cleared':
      return failure('aborted', `${NOT_SENT} clearQueue() dropped it. Nothing needs to be done.`)
    case 'aborted':
      return failure('aborted', CANCELLED)
    case 'overflow':
      return failure(
        'connection_lost',
        `${NOT_SENT} the outbox is full (outbox.maxCount, outbox.maxBytes). Ask again later.`,
      )
    case 'expired':
      return failure(
        'connection_lost',
        `${NOT_SENT} it waited longer than outbox.ttlMs. Ask again when the socket is open.`,
      )
  }
}

/** The first issue, in the words of the schema or the codec, and where. */
function wordsOf([first, ...others]: readonly MessageIssue[]): string {
  if (!first) return 'it cannot be serialised'
  const words = redact(first.message).replace(/\.$/, '')
  const where = first.path.length > 0 ? ` at ${redact(first.path.join('.'))}` : ''
  return `${words}${where}${others.length > 0 ? `, and ${others.length} more` : ''}`
}

export const cutOff = (why?: TicketSocketError) =>
  why?.code === 'signed_out'
    ? failure('signed_out', `The session ended before the answer came. ${PERHAPS_HANDLED}`)
    : failure('connection_lost', `The connection was lost before the answer came. ${PERHAPS_HANDLED}`)
