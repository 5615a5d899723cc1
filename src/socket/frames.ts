// What a frame is, judged once. Types that begin with `ts:` are the protocol's where the server selected
// `ticket-socket.v1`; every other frame is the application's, and its codec says what messages are in it.

import type { Decode, InvalidFrame } from '../contract/codec.ts'
import {
  type AuthRefreshed,
  type ConnectionEstablished,
  type ErrorFrame,
  isAuthRefreshed,
  isConnectionEstablished,
  isErrorFrame as isControlError,
  isGoingAway,
  isPing,
  isPong,
  type Message,
  reservedFrameIn,
} from '../contract/wire.ts'
import { isBlob, sizeOf } from '../platform/binary.ts'
import { redact } from '../platform/redact.ts'

/** A frame as the socket gives it. Binary ones are buffers, unless a runtime ignores `binaryType`. */
export type ReceivedFrame = string | ArrayBuffer | Blob

export type Frame = ControlEvent | AppFrame

export type AppFrame =
  | { kind: 'messages'; messages: readonly Message[] }
  /** The app's, and no message. */
  | { kind: 'raw' }
  | { kind: 'invalid'; reason: InvalidFrame | 'too_long' | 'too_early'; error?: unknown }

export type ControlEvent =
  | { kind: 'established'; frame: ConnectionEstablished }
  | { kind: 'ping'; timestamp: number }
  | { kind: 'pong'; timestamp: number }
  | { kind: 'renewed'; frame: AuthRefreshed }
  | { kind: 'going_away'; withinMs: number }
  /** `replyTo`: the id of the frame that was refused, where it had one. */
  | { kind: 'refused'; code: string; message: string; replyTo: unknown }
  /** The protocol's, of a version after this one. */
  | { kind: 'unknown' }
  /** The protocol's, and not as the protocol has it. */
  | { kind: 'malformed'; replyTo: unknown }

export const isOfApp = (frame: Frame): frame is AppFrame =>
  frame.kind === 'messages' || frame.kind === 'raw' || frame.kind === 'invalid'

/** What this version knows of the reserved types (PR-70). */
const KNOWN = /^ts:(connection_established|ping|pong|auth_refresh|auth_refreshed|going_away|error)$/

/** The app's limit is for the app's frames: without the protocol's own the connection would never open. Characters. */
const LONGEST_CONTROL_FRAME = 4_096

export interface Reading {
  /** `ticket-socket.v1` was negotiated. */
  negotiated: boolean
  /** The server has accepted the credential. Who sends before that is not known, and no codec sees it. */
  isAccepted: boolean
  /** Of a text its characters, of binary its bytes. */
  maxLength: number
  decode: Decode
}

export function decodeFrame(data: ReceivedFrame, { negotiated, isAccepted, maxLength, decode }: Reading): Frame {
  const isText = typeof data === 'string'
  const length = isText ? data.length : sizeOf(data)
  if (length > Math.max(maxLength, LONGEST_CONTROL_FRAME)) return { kind: 'invalid', reason: 'too_long' }
  const control = negotiated && isText ? reservedFrameIn(data) : null
  if (control) return controlFrame(control)
  if (length > maxLength) return { kind: 'invalid', reason: 'too_long' }
  if (negotiated && !isAccepted) return { kind: 'invalid', reason: 'too_early' }
  // A Blob's bytes come later, and a codec answers at once.
  if (isBlob(data)) return { kind: 'raw' }
  return decode(isText ? data : new Uint8Array(data))
}

function controlFrame(value: Message): ControlEvent {
  if (isConnectionEstablished(value)) return { kind: 'established', frame: value }
  if (isPing(value)) return { kind: 'ping', timestamp: value.timestamp }
  if (isPong(value)) return { kind: 'pong', timestamp: value.timestamp }
  if (isAuthRefreshed(value)) return { kind: 'renewed', frame: value }
  if (isGoingAway(value)) return { kind: 'going_away', withinMs: Math.max(0, value.deadline_ms) }
  if (isControlError(value)) {
    const { code, message, reply_to: replyTo } = value as ErrorFrame & { reply_to?: unknown }
    // Foreign words: they may hold a credential, or a line of somebody's log.
    return { kind: 'refused', code: redact(code), message: redact(message), replyTo: replyTo ?? undefined }
  }
  return KNOWN.test(value.type) ? { kind: 'malformed', replyTo: value.reply_to } : { kind: 'unknown' }
}

/** A longer text is no word of refusal, and costs time to parse. Characters. */
const MAX_LENGTH = 64 * 1024

/**
 * An object with `type: "error"`, or with an `error` and no `type`. An `error` of null, false, 0 or "" is none: JSON-RPC 1.0
 * writes `"error": null` into good answers.
 */
export function isErrorText(data: unknown): boolean {
  if (typeof data !== 'string' || data.length > MAX_LENGTH || !data.includes('error')) return false
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return false
  }
  if (typeof value !== 'object' || value === null) return false
  const { type = null, error } = value as { type?: unknown; error?: unknown }
  return type === null ? Boolean(error) : type === 'error'
}

/** The same, or messages of the type `error` in a frame that is no JSON. */
export const isErrorFrame = (data: unknown, frame: AppFrame): boolean =>
  isErrorText(data) ||
  (frame.kind === 'messages' && frame.messages.length > 0 && frame.messages.every(({ type }) => type === 'error'))

/** What an error frame says, for a person: its text, or as JSON the message that a codec read in it. */
export function wordsOfErrorFrame(data: unknown, frame: AppFrame): string {
  if (typeof data === 'string') return data
  if (frame.kind !== 'messages') return ''
  const { messages } = frame
  try {
    return JSON.stringify(messages.length === 1 ? messages[0] : messages)
  } catch {
    // A bigint, or a circular reference: a codec may read what JSON cannot say.
    return 'an error frame that is not JSON-serializable'
  }
}
