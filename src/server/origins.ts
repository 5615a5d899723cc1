import { show } from './options.ts'

/** `https://app.example.com`, also `capacitor://localhost`: as a browser writes it, so that comparing is exact. */
const ORIGIN_FORM = /^[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const DEFAULT_PORT = /^(?:http:.*:80|https:.*:443)$/

/**
 * The question whether a browser's `Origin` is on the list: equal, character by character. No wildcard, no substring,
 * and never `null`, which every sandboxed frame sends.
 *
 * An entry that no browser could send (a slash at the end, a capital letter, the default port) is a `TypeError`: it would
 * look like protection or permission and be neither.
 */
export function createOriginCheck(allowedOrigins: readonly string[]): (origin: string) => boolean {
  if (!Array.isArray(allowedOrigins))
    throw new TypeError(`allowedOrigins must be an array, got ${show(allowedOrigins)}`)
  for (const origin of allowedOrigins) {
    if (typeof origin !== 'string' || !ORIGIN_FORM.test(origin) || DEFAULT_PORT.test(origin)) {
      throw new TypeError(`allowedOrigins must hold origins such as https://app.example.com, got ${show(origin)}`)
    }
  }
  const allowed = new Set(allowedOrigins)
  return (origin) => allowed.has(origin)
}
