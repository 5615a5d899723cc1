// What the application sends, as it goes out: text, or bytes.

import { type AnyCodec, encoderOf } from '../contract/codec.ts'
import { reservedFrameIn } from '../contract/wire.ts'
import { isBlob, isBytes, viewOf } from '../platform/binary.ts'

const BLOB = 'A Blob must be read first: send(await blob.arrayBuffer()).'

/** The bytes themselves. Throws a `TypeError` for everything else: a text would be sent as a text, whatever stands in it. */
export function binaryFrame(data: unknown): Uint8Array {
  if (isBytes(data)) return viewOf(data)
  throw new TypeError(
    isBlob(data) ? BLOB : 'sendBinary() takes a Uint8Array or an ArrayBuffer. For messages there is send().',
  )
}

/** The text itself. Throws a `TypeError` for everything else, and for a frame of the protocol. */
export function textFrame(text: unknown): string {
  if (typeof text !== 'string') throw new TypeError('sendText() takes a string. For messages there is send().')
  return notReserved(text)
}

function notReserved(text: string): string {
  if (reservedFrameIn(text)) throw new TypeError("Types that begin with ts: are the protocol's. Use another type.")
  return text
}

/**
 * Throws what the codec throws, and a `TypeError` for what cannot be sent. The type is looked at in the encoded frame: a codec or
 * a toJSON() may have changed it.
 */
export function frameMaker(codec: AnyCodec | undefined): (message: object) => string | Uint8Array {
  const encode = encoderOf(codec)
  return (message) => {
    if (isBlob(message)) throw new TypeError(BLOB)
    const encoded = isBytes(message) ? message : encode(message)
    if (isBytes(encoded)) return viewOf(encoded)
    if (typeof encoded !== 'string') throw new TypeError('A message must become a string or bytes, and at once.')
    return notReserved(encoded)
  }
}
