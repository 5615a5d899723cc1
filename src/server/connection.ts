// A connection as the application sees it, and the wire under it.

import type { InvalidFrame } from '../contract/codec.ts'
import type { AuthMethod, Message } from '../contract/wire.ts'
import type { Identity } from './identity.ts'

/** The wire under a connection. After `close` or `terminate` it MUST call its handle's `closed`, once. */
export interface Transport {
  send(data: string | Uint8Array): void
  close(code: number, reason: string): void
  /** Drops the wire without a close frame. */
  terminate(): void
  /**
   * A ping of the WebSocket protocol itself, where the transport has one and hears of its pong: it keeps proxies from cutting a
   * plain connection. A transport that has it MUST call its handle's `alive` for each ping and pong of the peer, or its plain
   * connections end with 4408.
   */
  ping?(): void
  readonly bufferedAmount: number
}

/** A connection as the application sees it. */
export interface Connection {
  readonly id: string
  /** `null` when anonymous. An `ts:auth_refresh` may change what the user may do, never who the user is. */
  readonly identity: Identity | null
  readonly method: AuthMethod
  /**
   * What the client said when it asked for its ticket; `null` on a connection without one. After an `ts:auth_refresh` it is the newer
   * ticket's.
   */
  readonly ticket: ConnectionTicket | null
  /** Whether `ticket-socket.v1` was selected. Without it every frame is the application's. */
  readonly spoken: boolean
  /**
   * Sends a message as JSON, or as the codec encodes it; an `ArrayBuffer`, a typed array or a `Buffer` as a binary frame. Bytes
   * are not copied: leave them alone afterwards. Does nothing once the connection is closing.
   *
   * Throws a `TypeError` for what cannot be encoded, and for a type that begins with `ts:`, on every connection: these frames
   * are the protocol's own.
   */
  send(message: object): void
  /** The bytes as they are, past the codec. Throws a `TypeError` for anything else, such as a text. */
  sendBinary(data: Uint8Array): void
  /**
   * The text as it is, past the codec: for a library that makes its own frames, such as graphql-ws. Throws a `TypeError` for anything
   * else, and for a frame whose type begins with `ts:`.
   */
  sendText(text: string): void
  /** @default code 1000, reason `done` */
  close(code?: number, reason?: string): void
  /** Drops the connection without a close frame. */
  terminate(): void
  /** JSON text frames with a `type`, or what the codec makes of a frame; never the protocol's own. */
  onMessage(listener: (message: Message) => void): () => void
  /** The application's text frames as they came, whatever the codec makes of them. */
  onText(listener: (text: string) => void): () => void
  /** The same for binary frames. */
  onBinary(listener: (data: Uint8Array) => void): () => void
  /** Frames that are no message. The connection stays: close it here if your wire has no such frames. */
  onInvalidMessage(listener: (invalid: ReceivedInvalid) => void): () => void
  onClose(listener: (code: number, reason: string) => void): () => void
}

/** The ticket that opened a connection, as far as the application sees it. */
export interface ConnectionTicket {
  /** As the client sent it with its request, at most 4 KiB as JSON. Whatever it says, its user may have made it up. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A frame of the application that is no message. */
export interface ReceivedInvalid {
  reason: InvalidFrame
  /** As it came: what a user sent. Do not log it. */
  frame: string | Uint8Array
  /** With the reason `codec`: what `decode` threw, or a `TypeError` that says what is wrong with its result. */
  error: unknown
}

/** What a transport reports into. */
export interface SessionHandle {
  receive(data: string | Uint8Array): void
  /** A ping or a pong of the WebSocket protocol itself arrived: the peer is there. */
  alive(): void
  closed(code: number, reason: string): void
}
