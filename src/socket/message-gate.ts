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

export interface MessageGate<Incoming, Outgoing> {
  /** Calls back in the order of arrival: at once, unless something before it, or its own schema, takes time. */
  receive(message: unknown, passing: Passing<Incoming>): void
  /** For what has no schema, and keeps its place all the same. */
  keepPlace(pass: () => void): void
  /** Likewise, in the order of sending. */
  send(message: Outgoing, passing: Passing<object>): void
  /** Gives up what is being looked at: what was to be sent is refused, of what has arrived nothing is heard. */
  clear(reason: DropReason): void
}

/** What `messageSchemas` makes, and `createTicketSocket` takes. */
export type OpenMessageGate<Incoming, Outgoing> = (deps: { clock: Clock }) => MessageGate<Incoming, Outgoing>

/** Everything passes. */
export const NO_SCHEMAS: MessageGate<unknown, object> = {
  receive: (message, { pass }) => pass(message),
  keepPlace: (pass) => pass(),
  send: (message, { pass }) => pass(message),
  clear: () => {},
}
