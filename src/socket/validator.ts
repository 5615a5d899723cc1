// Validators check messages on their way in and out. Without schemas every message passes, at no cost.

import type { Clock } from '../platform/platform.ts'

export type DropReason =
  /** The outbox was full. */
  | 'overflow'
  /** It waited longer than `ttlMs`. */
  | 'expired'
  /** The user changed or signed out: no message of one user is sent for another. */
  | 'signed_out'
  /** The socket is closed for good. */
  | 'closed'
  /** Its `signal` aborted while it waited. */
  | 'aborted'
  /** `clearQueue()` was called. */
  | 'cleared'
  /** It cannot be sent: it is not serializable, is shared memory, or does not match its schema. */
  | 'invalid'
  /** Its type begins with `ts:`. Such frames are the protocol's own. */
  | 'reserved_type'
  /** Larger than the server accepts, as it announced or as a close with 1009 has shown. */
  | 'too_large'

/** What is wrong with a message, in the schema's words. */
export interface MessageIssue {
  readonly message: string
  /** Where in the message, such as `['items', 0, 'id']`; empty for the message itself. */
  readonly path: readonly (string | number)[]
}

export interface Passing<Message> {
  /** `message` as the schema gives it back. */
  pass: (message: Message) => void
  /** It is not what the schema says, or it was given up while it was being looked at. */
  refuse: (reason: DropReason, issues: readonly MessageIssue[]) => void
}

/**
 * Calls back in the order of the calls: at once, unless something before it, or its own schema, takes time. The function
 * that is returned gives the place up: then the message is neither passed nor refused, and holds up nothing.
 */
export interface Validator<Message, Passed> {
  check(message: Message, passing: Passing<Passed>): () => void
  /** For what has no schema, and keeps its place all the same. */
  keepPlace<Frame>(passing: Passing<Frame>, frame: Frame): () => void
  /** Refuses every message that is being checked. Returns how many there were. */
  dropAll(reason: DropReason): number
}

export interface Validators<Incoming, Outgoing> {
  readonly arriving: Validator<unknown, Incoming>
  readonly leaving: Validator<Outgoing, object>
}

/** What `messageSchemas` makes, and `createTicketSocket` takes. */
export type OpenMessageGate<Incoming, Outgoing> = (deps: { clock: Clock }) => Validators<Incoming, Outgoing>

const nothing = () => {}

const passAll: Validator<never, never> = {
  check(message, { pass }) {
    pass(message)
    return nothing
  },
  keepPlace({ pass }, frame) {
    pass(frame)
    return nothing
  },
  dropAll: () => 0,
}

/** Everything passes. */
export const NO_SCHEMAS: Validators<unknown, object> = {
  arriving: passAll as Validator<unknown, unknown>,
  leaving: passAll as Validator<object, object>,
}
