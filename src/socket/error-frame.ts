// What servers without a protocol for it send before they close a connection that they refuse (PR-02).

import type { AppFrame } from './frames.ts'

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
