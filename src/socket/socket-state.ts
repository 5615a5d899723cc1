// What a socket shows: a snapshot, events in the past tense, receipts. None of it holds a credential.

import type { InvalidFrame } from '../contract/codec.ts'
import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod, Message, MessageLike } from '../contract/wire.ts'
import type { Clock } from '../platform/platform.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import { type Breaker, type BreakerPolicy, breakerOf } from './breaker.ts'
import type { Connection } from './connection.ts'
import type { MessageIssue } from './message-gate.ts'
import type { Scope } from './notifications.ts'
import type { DropReason } from './outbox.ts'
import { type SocketPhase, type SocketStatus, statusOf } from './status.ts'

export interface Session {
  readonly id: string
  readonly userId: string | null
  /** End of the session by the server's word, milliseconds since 1970, for display. */
  readonly expiresAt: number
  /** The most that the server takes in one message, in bytes; null where it announces no limit. */
  readonly maxMessageBytes: number | null
}

export interface SocketSnapshot {
  /** For people. */
  readonly status: SocketStatus
  /** For developers: whether it waits for a credential, for the socket, or for the server's word. */
  readonly phase: SocketPhase
  /** Of the present attempt, or of the last one. */
  readonly method: AuthMethod | null
  /** Attempts lost in a row. */
  readonly failedAttempts: number
  /** Whether so many were lost that attempts are slowed down, by the option `breaker`. */
  readonly breaker: Breaker
  /** Why it is not open; null while nothing is wrong. */
  readonly error: TicketSocketError | null
  /**
   * How the server closed the last connection: code, reason without anything that looks like a credential, and whether the
   * closing handshake was completed. Null while it is open, and where no socket was closed: no credential, a timeout,
   * `close()`, signing out. A connection that broke has the code 1006.
   */
  readonly closeDetails: CloseDetails | null
  /** When the next attempt begins, milliseconds since 1970; null unless waiting. */
  readonly retryAt: number | null
  /** Null where `ticket-socket.v1` was not negotiated. */
  readonly session: Session | null
  /** Round-trip time of the last ping, in milliseconds. */
  readonly rttMs: number | null
  /** Messages waiting for their turn. */
  readonly queued: number
}

export const INITIAL_SNAPSHOT: SocketSnapshot = {
  status: 'idle',
  phase: 'idle',
  method: null,
  failedAttempts: 0,
  breaker: 'closed',
  error: null,
  closeDetails: null,
  retryAt: null,
  session: null,
  rttMs: null,
  queued: 0,
}

/** What to show of a connection, over what was shown before. */
export function shownOf(
  now: Connection,
  before: SocketSnapshot,
  clock: Clock,
  breaker: BreakerPolicy,
): Partial<SocketSnapshot> {
  const isOpen = now.phase === 'open'
  // While an attempt is made, why it is needed. Once the client had given up, what the app begins has no such reason.
  const isRetry = 'id' in now && !isOpen && before.phase !== 'failed' && before.phase !== 'closed'
  return {
    status: statusOf(now),
    phase: now.phase,
    method: 'method' in now ? now.method : before.method,
    failedAttempts: now.streak,
    breaker: breakerOf(now, breaker),
    error: 'cause' in now ? now.cause : isRetry ? before.error : null,
    closeDetails: 'closeDetails' in now ? now.closeDetails : isRetry ? before.closeDetails : null,
    retryAt: now.phase === 'waiting' ? clock.wallNow() + Math.max(0, now.until - clock.now()) : null,
    session: isOpen ? before.session : null,
    rttMs: isOpen ? before.rttMs : null,
  }
}

export type Receipt =
  | { status: 'sent' }
  /** It waits; a `sent` or a `dropped` event with this id tells what became of it. */
  | { status: 'queued'; id: number }
  /** `issues`: what its schema says against it, or why it cannot be sent. */
  | { status: 'dropped'; reason: DropReason; issues: readonly MessageIssue[] }

export type InvalidReason =
  | InvalidFrame
  /** Longer than `maxMessageLength`. */
  | 'too_long'
  /** Sent by the server before it said that it took the credential (`ticket-socket.v1`). */
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
  /** This attempt goes by another method. */
  fallback: { from: AuthMethod; to: AuthMethod; cause: TicketSocketError }
  /** Tickets are given up for this user, for the life of this page. */
  reverted: { cause: TicketSocketError }
  /** Nothing of the user before is used any more; told at once, whatever the connection does. */
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
  /** `dispose()` was called: nothing more will be told. */
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
