import { redact } from '../platform/redact.ts'
import { show } from './options.ts'

/** `https://app.example.com`, also `capacitor://localhost`: as a browser writes it, so that comparing is exact. */
const ORIGIN_FORM = /^[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const DEFAULT_PORT = /^(?:http:.*:80|https:.*:443)$/

/**
 * An entry that no browser could send (a slash at the end, a capital letter, the default port) is a `TypeError`: it would
 * look like protection or permission and be neither.
 */
export function checkOrigins(name: string, origins: readonly string[]): readonly string[] {
  if (!Array.isArray(origins)) throw new TypeError(`${name} must be an array, got ${show(origins)}`)
  for (const origin of origins) {
    if (typeof origin !== 'string' || !ORIGIN_FORM.test(origin) || DEFAULT_PORT.test(origin)) {
      throw new TypeError(`${name} must hold origins such as https://app.example.com, got ${show(origin)}`)
    }
  }
  return origins
}

/**
 * The question whether a browser's `Origin` is on the list: equal, character by character. No wildcard, no substring,
 * and never `null`, which every sandboxed frame sends.
 */
export function originCheck(allowedOrigins: readonly string[]): (origin: string) => boolean {
  const allowed = new Set(allowedOrigins)
  return (origin) => allowed.has(origin)
}

/** As an event holds it: a page may send anything as its origin. */
export const redactedOrigin = (origin: string | null): string | null => origin && redact(origin)
