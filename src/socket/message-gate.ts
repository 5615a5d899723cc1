// Where messages are looked at on their way in and out. Without schemas nothing is: then it costs nothing.

import type { Clock } from '../platform/platform.ts'
import type { DropReason } from './outbox.ts'

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
export interface Lane<Message, Passed> {
  check(message: Message, passing: Passing<Passed>): () => void
  /** For what has no schema, and keeps its place all the same. */
  keepPlace<Frame>(passing: Passing<Frame>, frame: Frame): () => void
  /** Takes out everything that is being checked. Each of the functions refuses one of the messages. */
  takeOut(): ((reason: DropReason) => void)[]
}

export interface MessageGate<Incoming, Outgoing> {
  readonly arriving: Lane<unknown, Incoming>
  readonly leaving: Lane<Outgoing, object>
}

/** What `messageSchemas` makes, and `createTicketSocket` takes. */
export type OpenMessageGate<Incoming, Outgoing> = (deps: { clock: Clock }) => MessageGate<Incoming, Outgoing>

const nothing = () => {}

const openLane: Lane<never, never> = {
  check(message, { pass }) {
    pass(message)
    return nothing
  },
  keepPlace({ pass }, frame) {
    pass(frame)
    return nothing
  },
  takeOut: () => [],
}

/** Everything passes. */
export const NO_SCHEMAS: MessageGate<unknown, object> = {
  arriving: openLane as Lane<unknown, unknown>,
  leaving: openLane as Lane<object, object>,
}
