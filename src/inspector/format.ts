// Numbers and names as people read them.

import type { AuthMethod } from '../contract/wire.ts'

/** 75_000 → `1:15`. Never negative. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** How long ago, in as few characters as possible. */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 2) return 'now'
  if (seconds < 60) return `${seconds} s`
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`
}

/** 4_230 → `4.2 s`, 180_000 → `3 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

/** The first characters of a handle: enough to tell a few tickets or sessions apart. */
export const shortHandle = (handle: string) => (handle.length > 12 ? `${handle.slice(0, 8)}…` : handle)

export const METHOD_NAME: Readonly<Record<AuthMethod, string>> = { ticket: 'Ticket', jwt: 'JWT', none: 'No credential' }

export const METHOD_WORDS: Readonly<Record<AuthMethod, string>> = {
  ticket: 'with a ticket',
  jwt: 'with the JWT',
  none: 'without a credential',
}

/** `ticketEndpointDown` → `Ticket endpoint down`. */
export function inWords(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
