// Bad options are refused when the object is made, by name and value. Values of secrets are never shown.

import type { Check } from '../platform/option-checks.ts'

interface Range {
  min: number
  max?: number
  integer?: boolean
}

export function checkNumber(name: string, value: unknown, { min, max, integer }: Range): number {
  const isRight =
    typeof value === 'number' &&
    (integer ? Number.isInteger(value) : Number.isFinite(value)) &&
    value >= min &&
    value <= (max ?? Number.POSITIVE_INFINITY)
  if (isRight) return value
  const what = integer ? 'an integer' : 'a number'
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
  throw new TypeError(`${name} must be ${what} ${range}, got ${show(value)}`)
}

export const numberIn =
  (range: Range): Check<number> =>
  (name, value) =>
    checkNumber(name, value, range)

/** Left out, or a function: a listener, an observer. */
export const optionalFunction = <T>(name: string, value: T): T =>
  value === undefined ? value : checkFunction(name, value)

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${name} must be true or false, got ${show(value)}`)
}

export function checkFunction<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  throw new TypeError(`${name} must be a function, got ${show(value)}`)
}

export function checkMethods<T>(name: string, value: T, methods: readonly string[]): T {
  const object = value as Record<string, unknown> | null | undefined
  const missing = methods.filter((method) => typeof object?.[method] !== 'function')
  if (missing.length === 0) return value
  throw new TypeError(`${name} must have the method ${missing.join(', ')}, got ${show(value)}`)
}

/** What has these methods may be a double of a test's, or wrap an object of this library. */
export const withMethods =
  <T>(...methods: (keyof T & string)[]): Check<T> =>
  (name, value) =>
    checkMethods(name, value, methods)

/** A path that begins with a slash and does not end with one: `/websocket`. */
export function checkPath(name: string, value: unknown): string {
  if (typeof value === 'string' && /^(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/.test(value)) return value
  throw new TypeError(`${name} must be a path such as /websocket, got ${show(value)}`)
}

/** One path or several, each also with a slash at its end; `/` as well. */
export function checkPaths(name: string, value: string | readonly string[]): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (paths.length === 0) throw new TypeError(`${name} must be a path such as /ws or several, got an empty array`)
  return paths.map((path) => {
    if (path === '/') return path
    return checkPath(name, typeof path === 'string' && path.endsWith('/') ? path.slice(0, -1) : path)
  })
}

/** `URL.parse` for runtimes that do not have it yet. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
