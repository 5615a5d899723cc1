// The URL that the app gives: absolute, or resolved against the page; `http(s):` stands for `ws(s):`.

import { absoluteUrl } from '../platform/option-checks.ts'
import { parseUrl } from '../platform/parse-url.ts'
import { systemBaseUrl } from '../platform/system-platform.ts'

/**
 * Where to connect: an absolute URL, or a path such as `/ws`, which is resolved against the page. A function is called for
 * each attempt, and may answer with a promise.
 */
export type SocketUrl = string | URL | UrlCallback

export type UrlCallback = () => string | URL | Promise<string | URL>

/** `api.example.com/ws` is not one: its scheme was forgotten. */
const isRelative = (text: unknown): text is string => typeof text === 'string' && /^[/.?]/.test(text)

/** Whether the URL can be resolved here. On a server a relative one cannot. */
export const isResolvable = (given: string | URL): boolean => !isRelative(given) || systemBaseUrl() !== undefined

const RULE = 'a URL such as wss://api.example.com/ws, or a path such as /ws'

/** The URL to dial. Throws a `TypeError` that names the rule, and for a relative one without a page. */
export function parseAppUrl(given: string | URL, allowInsecure: boolean): string {
  const text: unknown = typeof given === 'object' && given !== null ? String(given) : given
  const absolute = isRelative(text) ? onPage(text) : text
  const url = typeof absolute === 'string' ? absolute.replace(/^http(?=s?:)/i, 'ws') : absolute
  return absoluteUrl('url', url as string, { schemes: ['wss:', 'ws:'], allowInsecure, rule: RULE }).href
}

function onPage(path: string): string {
  const base = systemBaseUrl()
  // The page may be a file, or an app's own scheme: nothing listens there.
  const url = base !== undefined && /^https?:/.test(base) && parseUrl(path, base)
  if (url) return url.href
  throw new TypeError(
    'url must be absolute, such as wss://api.example.com/ws: there is no page with http: or https: to resolve it against',
  )
}
