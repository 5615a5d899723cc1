// A connection as the application sees it, and the transport below it.

import type { InvalidFrame } from '../contract/codec.ts'
import type { AuthMethod, Message } from '../contract/wire.ts'
import type { Identity } from './identity.ts'

/** The transport below a connection. After `close` or `terminate` it MUST call its handle's `closed`, once. */
export interface Transport {
  send(data: string | Uint8Array): void
  close(code: number, reason: string): void
  /** Drops the transport without a close frame. */
  terminate(): void
  /**
   * A ping of the WebSocket protocol itself, for a transport that has one and reports its pong: it keeps proxies from cutting a plain
   * connection. A transport that has it MUST call its handle's `alive` for each ping and pong of the peer, or its plain
   * connections end with 4408.
   */
  ping?(): void
  readonly bufferedAmount: number
}

/** A connection as the application sees it. */
export interface Connection {
  readonly id: string
  /** `null` when anonymous. A `ts:auth_refresh` may change the permissions, never the user. */
  readonly identity: Identity | null
  readonly method: AuthMethod
  /**
   * The ticket that opened the connection; `null` on a connection without one. After a `ts:auth_refresh` it is the newer one.
   */
  readonly ticket: ConnectionTicket | null
  /** Whether `ticket-socket.v1` was negotiated. Without it every frame is the application's. */
  readonly spoken: boolean
  /**
   * Sends a message as JSON, or as the codec encodes it; an `ArrayBuffer`, a typed array or a `Buffer` as a binary frame. Bytes
   * are not copied: leave them alone afterwards. Does nothing once the connection is closing.
   *
   * Throws a `TypeError` for what cannot be encoded, and for a type that begins with `ts:`, on every connection: these frames
   * are the protocol's own.
   */
  send(message: object): void
  /** Sends the bytes as they are, without the codec. Throws a `TypeError` for anything else, such as a text. */
  sendBinary(data: Uint8Array): void
  /**
   * Sends the text as it is, without the codec: for a library that makes its own frames, such as graphql-ws. Throws a `TypeError` for anything
   * else, and for a frame whose type begins with `ts:`.
   */
  sendText(text: string): void
  /**
   * WebKitGTK delivers 1012, 1013 and 1014 as 1006 without a reason. To name a wait, close with 4503 and a reason such as
   * `unavailable;retry_after_ms=5000`.
   *
   * @default code 1000, reason `done`
   */
  close(code?: number, reason?: string): void
  /** Drops the connection without a close frame. */
  terminate(): void
  /** JSON text frames with a `type`, or the messages that the codec decodes; never the protocol's own frames. */
  onMessage(listener: (message: Message) => void): () => void
  /** The application's text frames as they arrived, before the codec. */
  onText(listener: (text: string) => void): () => void
  /** The same for binary frames. */
  onBinary(listener: (data: Uint8Array) => void): () => void
  /** Frames that are no message. The connection stays: close it here if your wire has no such frames. */
  onInvalidMessage(listener: (invalid: ReceivedInvalid) => void): () => void
  onClose(listener: (code: number, reason: string) => void): () => void
}

/** The ticket that opened a connection, as far as the application sees it. */
export interface ConnectionTicket {
  /** As the client sent it with its request, at most 4 KiB as JSON. Do not trust it: the user may have made it up. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A frame of the application that is no message. */
export interface ReceivedInvalid {
  reason: InvalidFrame
  /** As the user sent it. Do not log it. */
  frame: string | Uint8Array
  /** With the reason `codec`: the error of `decode`, or a `TypeError` that names the problem with its result. */
  error: unknown
}

/** A transport reports its events here. */
export interface SessionHandle {
  receive(data: string | Uint8Array): void
  /** A ping or a pong of the WebSocket protocol itself has arrived: the peer is alive. */
  alive(): void
  closed(code: number, reason: string): void
}
