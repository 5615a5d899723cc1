import { show } from './options.ts'

/** What the client sends, and what tracing libraries add to each request of a page. */
const ALWAYS_ALLOWED = ['Authorization', 'Content-Type', 'traceparent', 'tracestate', 'baggage', 'sentry-trace']

/** Names of headers; no asterisk, which would not stand for `Authorization`. */
export function checkHeaderNames(name: string, value: readonly string[]): readonly string[] {
  const names: readonly unknown[] | null = Array.isArray(value) ? value : null
  const wrong = names?.find((header) => typeof header !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(header))
  if (names && wrong === undefined) return value
  throw new TypeError(
    `${name} must be an array of header names such as x-request-id, got ${show(names ? wrong : value)}`,
  )
}

/** The headers of an answer to a preflight. */
export const preflight = (allow: string, allowedHeaders: readonly string[]): Record<string, string> => ({
  'access-control-allow-methods': allow,
  'access-control-allow-headers': [...ALWAYS_ALLOWED, ...allowedHeaders].join(', '),
  'access-control-max-age': '600',
})

/** Every answer depends on the origin, also one to a request without it: a cache must not give one page's answer to another. */
export function addCors(headers: Headers, origin: string | null, isAllowedOrigin: (origin: string) => boolean): void {
  headers.set('vary', 'Origin')
  if (origin === null || !isAllowedOrigin(origin)) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', 'Retry-After, WWW-Authenticate')
}
