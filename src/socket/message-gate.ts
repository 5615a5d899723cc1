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

/** Calls back in the order of the calls: at once, unless something before it, or its own schema, takes time. */
export interface Lane<Message, Passed> {
  check(message: Message, passing: Passing<Passed>): void
  /** For what has no schema, and keeps its place all the same. */
  keepPlace<Frame>(passing: Passing<Frame>, frame: Frame): void
}

export interface MessageGate<Incoming, Outgoing> {
  readonly arriving: Lane<unknown, Incoming>
  readonly leaving: Lane<Outgoing, object>
  /** Gives up what is being looked at. */
  clear(reason: DropReason): void
}

/** What `messageSchemas` makes, and `createTicketSocket` takes. */
export type OpenMessageGate<Incoming, Outgoing> = (deps: { clock: Clock }) => MessageGate<Incoming, Outgoing>

const openLane: Lane<never, never> = {
  check: (message, { pass }) => pass(message),
  keepPlace: ({ pass }, frame) => pass(frame),
}

/** Everything passes. */
export const NO_SCHEMAS: MessageGate<unknown, object> = {
  arriving: openLane as Lane<unknown, unknown>,
  leaving: openLane as Lane<object, object>,
  clear: () => {},
}
