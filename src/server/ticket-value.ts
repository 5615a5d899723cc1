// A ticket's two faces: the value, which is the secret, and the handle, which names it and opens nothing.

import { sha256 } from '@noble/hashes/sha2.js'

const TICKET_BYTES = 32

export type RandomBytes = (length: number) => Uint8Array

export function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The text that was encoded, or `null` when this is not the unpadded base64url of UTF-8. */
export function textFromBase64url(encoded: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) return null
  try {
    const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)))
  } catch {
    return null
  }
}

/** Random bytes as base64url. A source that returns fewer bytes than asked for would make guessable secrets. */
export function randomName(randomBytes: RandomBytes, length: number): string {
  const bytes = randomBytes(length)
  if (bytes.length !== length) throw new TypeError(`randomBytes must return ${length} bytes, got ${bytes.length}`)
  return toBase64url(bytes)
}

/** At least 0 and less than 1, in steps fine enough to spread timers. */
export function randomFraction(randomBytes: RandomBytes): number {
  const [high = 0, low = 0] = randomBytes(2)
  return (high * 256 + low) / 65_536
}

export const createTicketValue = (randomBytes: RandomBytes): string => randomName(randomBytes, TICKET_BYTES)

/** SHA-256 in base64url. Synchronous: `crypto.subtle` is missing on insecure origins, where the mock may run. */
export const handleOf = (ticket: string): string => toBase64url(sha256(new TextEncoder().encode(ticket)))
