// Turns frames into messages, and back. JSON unless the app has a codec. Client and server use it.

import { isMessage, type Message, type MessageLike } from './wire.ts'

/**
 * Turns any text or binary frame into messages, and messages into frames: for formats other than JSON with a `type`.
 *
 * Both functions are synchronous. Frames of the protocol itself (`ts:…`) never reach `decode` where `ticket-socket.v1` was
 * negotiated, and no codec can send one.
 *
 * @example
 * ```ts
 * import type { Codec } from 'ticket-socket'
 *
 * // Each frame is an array: ["chat", "hello"].
 * const arrays: Codec<{ type: string; data: unknown }> = {
 *   decode(frame) {
 *     if (typeof frame !== 'string') return null
 *     const [type, data] = JSON.parse(frame) as [string, unknown]
 *     return { type, data }
 *   },
 *   encode: ({ type, data }) => JSON.stringify([type, data]),
 * }
 * ```
 */
export interface Codec<Incoming extends MessageLike = Message, Outgoing extends object = Message> {
  /**
   * One message with a `type`, or several. With `null` a binary frame is a `binary` event, and a text frame is ignored. An empty
   * array is a frame without a message. An exception makes the frame an `invalidMessage`. A Promise is refused like a message
   * without a `type`.
   *
   * The bytes may be a part of a larger buffer, and on a Node server they are a `Buffer`: read them by their `byteOffset` and
   * `byteLength`, and leave `frame.buffer`, `slice()` and `toString()` alone.
   */
  decode(frame: string | Uint8Array): Incoming | readonly Incoming[] | null
  /**
   * A string becomes a text frame, bytes become a binary frame. After an exception, and for a Promise, `send()` refuses the
   * message.
   */
  encode(message: Outgoing): string | ArrayBuffer | ArrayBufferView
}

/** A codec for messages of any type. */
export type AnyCodec = Codec<MessageLike, object>

export type InvalidFrame =
  | 'not_json'
  /** JSON, but no object with a `type` that is a string. */
  | 'no_type'
  /** The codec's `decode` threw, or did not return messages. */
  | 'codec'

export type Decoded =
  | { kind: 'messages'; messages: readonly Message[] }
  /** The app's frame, and no message: binary without a codec, or a frame for which the codec returned `null`. */
  | { kind: 'raw' }
  | { kind: 'invalid'; reason: InvalidFrame; error?: unknown }

export type Decode = (frame: string | Uint8Array) => Decoded

function decodeJson(frame: string | Uint8Array): Decoded {
  if (typeof frame !== 'string') return { kind: 'raw' }
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    return { kind: 'invalid', reason: 'not_json' }
  }
  return isMessage(value) ? { kind: 'messages', messages: [value] } : { kind: 'invalid', reason: 'no_type' }
}

const invalid = (error: unknown): Decoded => ({ kind: 'invalid', reason: 'codec', error })

/** A promise is refused here, so no other code handles its rejection. An async `map()` returns an array of promises. */
function ignoreRejection(value: unknown) {
  for (const item of Array.isArray(value) ? value : [value]) if (item instanceof Promise) item.catch(() => {})
}

function decodeBy(codec: AnyCodec, frame: string | Uint8Array): Decoded {
  try {
    const decoded: unknown = codec.decode(frame)
    if (decoded === null) return { kind: 'raw' }
    const messages: unknown[] = Array.isArray(decoded) ? decoded : [decoded]
    // A message that decodes itself when it is read may throw here, as of bytes that were cut off.
    if (messages.every(isMessage)) return { kind: 'messages', messages }
    ignoreRejection(decoded)
    return invalid(new TypeError('decode() must return a message with a type, an array of them, or null; no Promise.'))
  } catch (error) {
    return invalid(error)
  }
}

export const decoderOf = (codec: AnyCodec | undefined): Decode =>
  codec ? (frame) => decodeBy(codec, frame) : decodeJson

/** Only an object is a message. A string was most likely encoded before, and would be encoded twice. */
function encodeJson(message: unknown): unknown {
  if (typeof message === 'object' && message !== null) return JSON.stringify(message)
  throw new TypeError('A message must be an object such as { type: "chat" }. It is encoded as JSON by itself.')
}

/** Throws the exception of `encode` or `JSON.stringify`. The caller refuses a result that is neither a string nor bytes. */
export const encoderOf =
  (codec: AnyCodec | undefined) =>
  (message: object): unknown => {
    const encoded: unknown = codec ? codec.encode(message) : encodeJson(message)
    ignoreRejection(encoded)
    return encoded
  }
