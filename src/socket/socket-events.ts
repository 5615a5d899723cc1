// What a socket emits: events in the past tense, and receipts. None of it holds a credential.

import type { InvalidFrame } from '../contract/codec.ts'
import { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod, Message, MessageLike } from '../contract/wire.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import type { Connection, ConnectionEvent, Loss } from './connection.ts'
import { lost } from './connection-errors.ts'
import type { Scope } from './notifications.ts'
import type { Session } from './snapshot.ts'
import type { DropReason, MessageIssue } from './validator.ts'

export type Receipt =
  | { status: 'sent' }
  /** It waits; a `sent` or a `dropped` event with this id reports the outcome. */
  | { status: 'queued'; id: number }
  /** `issues`: what its schema says against it, or why it cannot be sent. */
  | { status: 'dropped'; reason: DropReason; issues: readonly MessageIssue[] }

export type InvalidReason =
  | InvalidFrame
  /** Longer than `maxMessageLength`. */
  | 'too_long'
  /** Sent by the server before it announced that it accepted the credential (`ticket-socket.v1`). */
  | 'too_early'
  /** Of a type that the protocol keeps for itself, and not as the protocol has it (`ticket-socket.v1`). */
  | 'protocol'
  /** Not what its schema says; `issues` says where. */
  | 'schema'

export interface SocketEvents<Incoming extends MessageLike = Message> {
  /** The server accepted the credential. */
  open: { method: AuthMethod; session: Session | null }
  /** Dropped, and opened again; `retryInMs` null: when the network is back. `closeDetails`: see the snapshot's. */
  lost: { error: TicketSocketError; retryInMs: number | null; closeDetails: CloseDetails | null }
  closed: { by: 'app' | 'server' | 'logout'; closeDetails: CloseDetails | null }
  /** Gave up; `connect()` tries again. */
  failed: { error: TicketSocketError; closeDetails: CloseDetails | null }
  /** This attempt falls back to another method. */
  fallback: { from: AuthMethod; to: AuthMethod; cause: TicketSocketError }
  /** Tickets are given up for this user, for the life of this page. */
  reverted: { cause: TicketSocketError }
  /** Nothing of the user before is used any more; emitted at once, whatever the connection does. */
  userChanged: { signedIn: boolean }
  message: Incoming
  /** A binary frame; with a codec, one that `decode` leaves alone by returning `null`. */
  binary: ArrayBuffer | Blob
  /**
   * A frame that is no message, or not what its schema says. The connection stays. `issues` says what is wrong, in the words of
   * the schema or of what the codec threw. `replyTo`: the `id` of the frame that it answers, as far as that could be read.
   *
   * `frame` is the frame as it came, also where it is longer than `maxMessageLength`. It is user data: this library never logs
   * it. It is missing for the reason `protocol`, whose frames are not the app's.
   */
  invalidMessage: {
    reason: InvalidReason
    issues: readonly MessageIssue[]
    replyTo?: unknown
    frame?: string | ArrayBuffer | Blob
  }
  /** The server refused a frame of ours; `replyTo` is its `id`, if it had one. */
  refused: { code: string; message: string; replyTo: unknown }
  /** `dispose()` was called: no event follows. */
  disposed: undefined
  /** A message that had waited was handed to the socket. */
  sent: { id: number }
  /** A message that had waited was given up. */
  dropped: { id: number; reason: DropReason; issues: readonly MessageIssue[] }
}

/** Calls the listeners after the turn, unless `scope` has ended by then. */
export type EmitEvent = <Name extends keyof SocketEvents>(
  name: Name,
  payload: SocketEvents[Name],
  scope?: Scope,
) => void

export const SOCKET_EVENTS: Readonly<Record<keyof SocketEvents, true>> = {
  open: true,
  lost: true,
  closed: true,
  failed: true,
  fallback: true,
  reverted: true,
  userChanged: true,
  message: true,
  binary: true,
  invalidMessage: true,
  refused: true,
  disposed: true,
  sent: true,
  dropped: true,
}

type Announced = 'open' | 'lost' | 'closed' | 'failed'
export type Announcement = { [Name in Announced]: { name: Name; payload: SocketEvents[Name] } }[Announced]

interface Moment {
  now: number
  session: Session | null
}

export function announcementOf(
  state: Connection,
  before: Connection,
  event: ConnectionEvent,
  { now, session }: Moment,
): Announcement | null {
  switch (state.phase) {
    case 'open':
      return before.phase === 'open' ? null : { name: 'open', payload: { method: state.method, session } }
    case 'waiting':
      return 'id' in before ? lostBy(state, Math.max(0, state.until - now)) : null
    case 'suspended':
      // An attempt that was not made was not lost.
      return 'id' in before && event.type !== 'granted' ? lostBy(state, null) : null
    case 'authenticating':
      return before.phase === 'open' ? lostBy(replacedBy(event), 0) : null
    case 'closed':
      // Emitted once: `close()` after the end ends nothing.
      return before.phase === 'closed' || before.phase === 'failed'
        ? null
        : { name: 'closed', payload: { by: state.by, closeDetails: state.closeDetails } }
    case 'failed':
      return { name: 'failed', payload: { error: state.cause, closeDetails: state.closeDetails } }
    default:
      return null
  }
}

const lostBy = ({ cause: error, closeDetails }: Loss, retryInMs: number | null): Announcement => ({
  name: 'lost',
  payload: { error, retryInMs, closeDetails },
})

const replacedBy = ({ type }: ConnectionEvent): Loss => ({
  cause:
    type === 'session_changed'
      ? lost('signed_out')
      : new TicketSocketError('connection_lost', 'reconnect() replaced the connection. Nothing needs to be done.'),
  closeDetails: null,
})
