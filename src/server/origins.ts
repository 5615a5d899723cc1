import { redact } from '../platform/redact.ts'
import { reportUncaught, warnDevelopers } from '../platform/system-platform.ts'
import { show } from './options.ts'
import { sharedHostOf } from './shared-hosts.ts'

/**
 * Origins of pages: `https://app.example.com`, compared exactly, or `https://*.preview.example.com`, where `*` is exactly one label of
 * the host. Or a synchronous function: only `true` allows, and an error refuses. It is called for origins as a browser writes
 * them, and never for `null`.
 */
export type AllowedOrigins = readonly string[] | ((origin: string) => boolean)

/** `https://app.example.com`, also `capacitor://localhost`: as a browser writes it, so that comparing is exact. */
const ORIGIN_FORM = /^[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const DEFAULT_PORT = /^(?:http:.*:80|https:.*:443)$/
/** `*`, then at least two labels. The last one begins with a letter: an address has no subdomains. */
const PATTERN_FORM = /^([a-z][a-z0-9+.-]*:\/\/)\*((?:\.[a-z0-9_-]+)+\.[a-z][a-z0-9-]*)((?::\d{1,5})?)$/

const isOrigin = (text: string) => ORIGIN_FORM.test(text) && !DEFAULT_PORT.test(text)

/**
 * An entry that no browser sends (a slash at the end, a capital letter, the default port) is a `TypeError`: it would look like
 * protection or permission and be neither. So is a pattern for names that strangers can have.
 */
export function checkOrigins(name: string, origins: AllowedOrigins): AllowedOrigins {
  if (typeof origins === 'function') return checkPredicate(name, origins)
  if (!Array.isArray(origins)) throw new TypeError(`${name} must be an array or a function, got ${show(origins)}`)
  for (const origin of origins as readonly unknown[]) checkEntry(name, origin)
  return origins
}

function checkPredicate(name: string, predicate: (origin: string) => boolean): (origin: string) => boolean {
  if (predicate.constructor.name !== 'AsyncFunction') return predicate
  throw new TypeError(
    `${name} must be a synchronous function: its promise would allow no origin. Keep the list in memory`,
  )
}

function checkEntry(name: string, origin: unknown) {
  if (typeof origin === 'string') {
    if (isOrigin(origin)) return
    const [, , host] = PATTERN_FORM.exec(origin) ?? []
    const isPattern = host !== undefined && !DEFAULT_PORT.test(origin)
    const shared = host === undefined ? undefined : sharedHostOf(host.slice(1))
    if (isPattern && shared === undefined) return
    if (isPattern) {
      throw new TypeError(
        `${name} must not hold ${show(origin)}: anybody can have a name below ${shared}. List the origins, or use a function`,
      )
    }
  }
  throw new TypeError(
    `${name} must hold origins such as https://app.example.com or https://*.preview.example.com, got ${show(origin)}`,
  )
}

/** The question whether a browser's `Origin` is allowed. Never `null`, which every sandboxed frame sends. */
export function originCheck(allowed: AllowedOrigins): (origin: string) => boolean {
  if (typeof allowed === 'function') return (origin) => isOrigin(origin) && askPredicate(allowed, origin)
  const exact = new Set(allowed.filter(isOrigin))
  const patterns = allowed.flatMap((entry) => {
    const [, before = '', after, port] = PATTERN_FORM.exec(entry) ?? []
    const literal = (text: string) => text.replace(/[.+]/g, '\\$&')
    return after === undefined ? [] : [new RegExp(`^${literal(before)}[a-z0-9_-]{1,63}${literal(after)}${port}$`)]
  })
  return (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin))
}

let hasWarned = false

function askPredicate(predicate: (origin: string) => unknown, origin: string): boolean {
  try {
    const verdict = predicate(origin)
    if (verdict instanceof Promise) {
      verdict.catch(reportUncaught)
      if (!hasWarned)
        warnDevelopers('allowedOrigins returned a promise, which allows no origin. Use a synchronous function.')
      hasWarned = true
    }
    return verdict === true
  } catch (error) {
    reportUncaught(error)
    return false
  }
}

/** For events: a page may send anything as its origin. */
export const redactedOrigin = (origin: string | null): string | null => origin && redact(origin)
