// A message of the app as a frame: text, bytes, or a Blob whose bytes are read later.

import { type AnyCodec, encoderOf } from '../contract/codec.ts'
import { hasReservedPrefix, reservedFrameIn } from '../contract/wire.ts'
import { type Bytes, copyOf, isBlob, isBytes } from '../platform/binary.ts'
import { redactedCause } from '../platform/redact.ts'
import type { DropReason, MessageIssue } from './validator.ts'

/** Sent as a binary frame, past codec and schemas, which know messages only. */
export type BinaryMessage = Bytes | Blob

export type OutgoingFrame = string | ArrayBuffer | Blob

export interface Refusal {
  reason: DropReason
  issues: readonly MessageIssue[]
}

export type FrameOf = (message: object) => OutgoingFrame | Refusal

export const isRefusal = (frame: OutgoingFrame | Refusal): frame is Refusal =>
  typeof frame === 'object' && 'reason' in frame

export const isBinary = (message: unknown): message is BinaryMessage => isBytes(message) || isBlob(message)

const RESERVED: Refusal = { reason: 'reserved_type', issues: [] }

/** Whether the app may not send it, whatever a schema or a codec makes of it. Never throws. */
export function hasReservedType(message: object): boolean {
  try {
    return !isBinary(message) && hasReservedPrefix(String((message as { type?: unknown }).type))
  } catch {
    return false
  }
}

/** The app's text, unless it is a frame of the protocol. */
export const textFrame = (text: string): string | Refusal => (reservedFrameIn(text) ? RESERVED : text)

/** Never throws: an error of `encode` or `JSON.stringify` becomes the refusal's issue. */
export function frameMaker(codec: AnyCodec | undefined): FrameOf {
  const encode = encoderOf(codec)
  return (message) => {
    try {
      if (isBlob(message)) return message
      const encoded = isBytes(message) ? message : encode(message)
      if (isBytes(encoded)) return copyOf(encoded)
      if (typeof encoded !== 'string') throw new TypeError('A message must become a string or bytes, and at once.')
      // A schema, a codec or a toJSON() may have changed the type.
      return textFrame(encoded)
    } catch (error) {
      return { reason: 'invalid', issues: [{ message: redactedCause(error).message, path: [] }] }
    }
  }
}

/** Rejects where `arrayBuffer()` throws. */
export const bytesOf = async (blob: Blob) => blob.arrayBuffer()

/** React Native's Blobs give no bytes; its sockets take them as they are. */
export const isUnread = (data: OutgoingFrame): data is Blob => isBlob(data) && 'arrayBuffer' in data
