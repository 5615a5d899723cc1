// Binary data for WebSockets: buffers, views on them, and Blobs. Recognised by their tags and not by `instanceof`, since the page
// and this module have different realms in jsdom.

import { utf8Length } from './utf8.ts'

export type Bytes = ArrayBuffer | ArrayBufferView

const tagOf = (value: unknown) => Object.prototype.toString.call(value)
const isShared = (value: unknown) => tagOf(value) === '[object SharedArrayBuffer]'

/** Includes shared memory, which `copyOf` refuses with an error. */
export const isBytes = (value: unknown): value is Bytes =>
  ArrayBuffer.isView(value) || tagOf(value) === '[object ArrayBuffer]' || isShared(value)

/** React Native's Blobs have no tag. */
export const isBlob = (value: unknown): value is Blob =>
  /^\[object (Blob|File)\]$/.test(tagOf(value)) || (typeof Blob === 'function' && value instanceof Blob)

/** The bytes themselves, not a copy. Throws a `TypeError` for shared memory and for a buffer that was transferred. */
export function viewOf(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const isView = ArrayBuffer.isView(bytes)
  const buffer = (isView ? bytes.buffer : bytes) as ArrayBuffer
  if (isShared(buffer)) throw new TypeError('Shared memory cannot be sent. Copy it into an ArrayBuffer first.')
  return isView ? new Uint8Array(buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(buffer)
}

/** A copy, as a browser's socket takes one: the caller may use its buffer again. Throws as `viewOf` does. */
export const copyOf = (bytes: Bytes): ArrayBuffer => viewOf(bytes).slice().buffer

/** Bytes on the wire. */
export const sizeOf = (data: string | Bytes | Blob): number =>
  typeof data === 'string' ? utf8Length(data) : isBlob(data) ? data.size : data.byteLength
