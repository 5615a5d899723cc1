// What a frame is, judged once. Types that begin with `ts:` are the protocol's where the server selected
// `ticket-socket.v1`; every other frame is the application's, whatever its type and fields.

import {
  type AuthRefreshed,
  type ConnectionEstablished,
  type ErrorFrame,
  isAuthRefreshed,
  isConnectionEstablished,
  isErrorFrame,
  isGoingAway,
  isMessage,
  isPing,
  isPong,
  isReserved,
  type Message,
} from '../contract/wire.ts'
import { redact } from '../platform/redact.ts'

export type Frame =
  | { kind: 'established'; frame: ConnectionEstablished }
  | { kind: 'ping'; timestamp: number }
  | { kind: 'pong' }
  | { kind: 'renewed'; frame: AuthRefreshed }
  | { kind: 'going_away'; withinMs: number }
  /** `replyTo`: the id of the frame that was refused, where it had one. */
  | { kind: 'refused'; code: string; message: string; replyTo: unknown }
  | { kind: 'message'; message: Message }
  | { kind: 'binary'; data: ArrayBuffer | Blob }
  /** The protocol's, of a version after this one. */
  | { kind: 'unknown' }
  | { kind: 'invalid'; reason: 'not_json' | 'no_type' | 'too_long' | 'protocol'; replyTo?: unknown }

/** What this version knows of the reserved types (PR-70). */
const KNOWN = /^ts:(connection_established|ping|pong|auth_refresh|auth_refreshed|going_away|error)$/

export function decodeFrame(data: unknown, spoken: boolean, maxLength: number): Frame {
  if (typeof data !== 'string') {
    const binary = data as ArrayBuffer | Blob
    const size = binary instanceof ArrayBuffer ? binary.byteLength : binary.size
    return size > maxLength ? { kind: 'invalid', reason: 'too_long' } : { kind: 'binary', data: binary }
  }
  if (data.length > maxLength) return { kind: 'invalid', reason: 'too_long' }
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return { kind: 'invalid', reason: 'not_json' }
  }
  if (!isMessage(value)) return { kind: 'invalid', reason: 'no_type' }
  return spoken && isReserved(value.type) ? controlFrame(value) : { kind: 'message', message: value }
}

function controlFrame(value: Message): Frame {
  if (isConnectionEstablished(value)) return { kind: 'established', frame: value }
  if (isPing(value)) return { kind: 'ping', timestamp: value.timestamp }
  if (isPong(value)) return { kind: 'pong' }
  if (isAuthRefreshed(value)) return { kind: 'renewed', frame: value }
  if (isGoingAway(value)) return { kind: 'going_away', withinMs: Math.max(0, value.deadline_ms) }
  if (isErrorFrame(value)) {
    const { code, message, reply_to: replyTo } = value as ErrorFrame & { reply_to?: unknown }
    // Foreign words: they may hold a credential, or a line of somebody's log.
    return { kind: 'refused', code: redact(code), message: redact(message), replyTo }
  }
  return KNOWN.test(value.type) ? { kind: 'invalid', reason: 'protocol', replyTo: value.reply_to } : { kind: 'unknown' }
}
