// Bad options are refused when the object is made, by name and value. A programming mistake is a TypeError.

const show = (value: unknown) => {
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

const refuse = (name: string, rule: string, value: unknown) =>
  new TypeError(`${name} must be ${rule}, got ${show(value)}`)

export function positiveNumber(name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  throw refuse(name, 'a positive number', value)
}

export function countingNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw refuse(name, 'a whole number of at least 0', value)
}

export function bool(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw refuse(name, 'true or false', value)
}

export function callback<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  // Only its type: where a function belongs, somebody may have put the credential itself.
  throw new TypeError(`${name} must be a function, got ${value === null ? 'null' : typeof value}`)
}

export function oneOf<T extends string>(name: string, allowed: readonly T[], value: T): T {
  if (allowed.includes(value)) return value
  throw refuse(name, `one of ${allowed.join(', ')}`, value)
}

export function record<T extends object>(name: string, value: T): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw refuse(name, 'an object', value)
}

export function list<T>(name: string, value: readonly T[], check: (name: string, item: T) => void): readonly T[] {
  if (!Array.isArray(value)) throw refuse(name, 'a list', value)
  value.forEach((item: T, index) => check(`${name}[${index}]`, item))
  return value
}

export function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw refuse(name, 'a text', value)
}

/** Left out, or as the check wants it: null and the empty text are not left out. */
export const optional = <T>(name: string, value: T | undefined, check: (name: string, value: T) => T): T | undefined =>
  value === undefined ? undefined : check(name, value)

/** Checks one field: its name for messages, and what was given. */
type Check<T> = (name: string, value: T | undefined) => T

export const or =
  <T>(byDefault: T, check: (name: string, value: T) => T): Check<T> =>
  (name, value = byDefault) =>
    check(name, value)

/** A group of options, each by its check; what was left out has its default. */
export function group<T extends object>(
  name: string,
  given: Partial<T> = {},
  checks: { [K in keyof T]: Check<T[K]> },
): T {
  record(name, given)
  const fields = Object.entries<Check<unknown>>(checks as never)
  return Object.fromEntries(fields.map(([key, check]) => [key, check(`${name}.${key}`, given[key as never])])) as T
}

const LOCAL_HOST = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

export interface UrlRule {
  /** The encrypted scheme and its plain form, such as `['https:', 'http:']`. */
  schemes: readonly [secure: string, plain: string]
  /** Whether the plain form is allowed beyond this machine. */
  allowInsecure?: boolean
}

/** A user, a password or a query may stand in what was meant to be a URL. */
const withoutSecrets = (value: unknown) =>
  typeof value === 'string' ? value.replace(/[?#].*$/s, '').replace(/(^|\/)[^/]*@/g, '$1…@') : value

/** An absolute URL without credentials or fragment; encrypted, unless it names this machine. */
export function absoluteUrl(name: string, value: string, { schemes, allowInsecure = false }: UrlRule): URL {
  const [secure, plain] = schemes
  const example = `an absolute URL such as ${secure}//api.example.com`
  let url: URL
  try {
    url = new URL(value)
  } catch {
    throw refuse(name, example, withoutSecrets(value))
  }
  if (url.protocol !== secure && url.protocol !== plain) throw refuse(name, example, withoutSecrets(value))
  if (url.username || url.password || url.hash)
    throw new TypeError(`${name} must not hold a user, password or fragment`)
  if (url.protocol === plain && !allowInsecure && !LOCAL_HOST.test(url.hostname)) {
    throw new TypeError(
      `${name} must use ${secure} for ${url.hostname}: ${plain} would send credentials in the clear. ` +
        'Set allowInsecure: true if the network is trusted',
    )
  }
  return url
}
