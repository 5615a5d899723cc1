// Refuses wrong options when the object is created, by name and value. A programming mistake is a TypeError.

import { nearestName, unknownName } from './known-names.ts'

/** Checks one option: its name for the error, and its value as given. Returns the value to use. */
export type Check<Given, Used = Given> = (name: string, value: Given) => Used

const show = (value: unknown) => {
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

const refuse = (name: string, rule: string, value: unknown) =>
  new TypeError(`${name} must be ${rule}, got ${show(value)}`)

export function positiveNumber(name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  throw refuse(name, 'a positive number', value)
}

export const wholeFrom =
  (min: number, max = Number.POSITIVE_INFINITY): Check<number> =>
  (name, value) => {
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value
    const range = max < Number.POSITIVE_INFINITY ? `from ${min} to ${max}` : `of at least ${min}`
    throw refuse(name, `a whole number ${range}`, value)
  }

export const countingNumber: Check<number> = (name, value) => wholeFrom(0)(name, value)

export const wholeNumber: Check<number> = (name, value) => wholeFrom(1)(name, value)

/** By how much something grows: 1 keeps it, less would shrink it. */
export function factor(name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 1) return value
  throw refuse(name, 'a number of at least 1', value)
}

const orInfinite =
  (check: Check<number>): Check<number> =>
  (name, value) =>
    value === Number.POSITIVE_INFINITY ? value : check(name, value)
export const countingOrInfinite = /* @__PURE__ */ orInfinite(countingNumber)
export const positiveOrInfinite = /* @__PURE__ */ orInfinite(positiveNumber)

export function bool(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw refuse(name, 'true or false', value)
}

export function callback<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  // Only its type: an app may pass the credential itself in place of a function.
  throw new TypeError(`${name} must be a function, got ${value === null ? 'null' : typeof value}`)
}

export const oneOf =
  <T extends string>(allowed: readonly T[]): Check<T> =>
  (name, value) => {
    if (allowed.includes(value)) return value
    throw refuse(name, `one of ${allowed.join(', ')}`, value)
  }

export function record<T extends object>(name: string, value: T): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  // A string in place of the options may be a credential.
  throw typeof value === 'string'
    ? new TypeError(`${name} must be an object, got a string`)
    : refuse(name, 'an object', value)
}

/** A copy, with the checked items. */
export const listOf =
  <Item>(check: Check<Item>): Check<readonly Item[], Item[]> =>
  (name, value) => {
    if (!Array.isArray(value)) throw refuse(name, 'an array', value)
    // Not `map`, which skips the holes of an array.
    return Array.from(value, (item: Item, index) => check(`${name}[${index}]`, item))
  }

export function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw refuse(name, 'a non-empty string', value)
}

/** The signal may be of another realm, as in jsdom. A controller in its place is a frequent mistake. */
export function abortSignal(name: string, value: AbortSignal): AbortSignal {
  if (typeof value?.aborted === 'boolean') return value
  throw refuse(name, 'an AbortSignal', value)
}

/** No check here: the value is checked elsewhere, or not at all. */
export const asGiven = <T>(_name: string, value: T): T => value

/** Undefined or checked: null and the empty string are checked as well. */
export const optional =
  <Given, Used>(check: Check<Given, Used>): Check<Given | undefined, Used | undefined> =>
  (name, value) =>
    value === undefined ? undefined : check(name, value)

export const or =
  <Given, Used>(byDefault: NoInfer<Given>, check: Check<Given, Used>): Check<Given | undefined, Used> =>
  (name, value = byDefault) =>
    check(name, value)

/** Every option of an object with its check: the compiler finds a name that is missing. */
export type Table<Given, Used = { [Name in keyof Given]: unknown }> = {
  readonly [Name in keyof Given & keyof Used]-?: Check<Given[Name], Used[Name]>
}

/** `never` for a table with a name that is no option. */
export type Resolved<Given, T> = [Exclude<keyof T, keyof Given>] extends [never]
  ? { [Name in keyof T]: T[Name] extends Check<never, infer Used> ? Used : never }
  : never

/**
 * The checked options. A name that is not in the table is a `TypeError`, unless its value is undefined. Only the object's own
 * enumerable names count.
 */
export function resolve<Given extends object, T extends Table<Given>>(
  owner: string,
  given: Given,
  table: T,
  prefix = '',
): Resolved<Given, T> {
  record(prefix ? owner : 'options', given)
  const names = Object.keys(table)
  for (const name of Object.keys(given)) {
    if (!names.includes(name) && given[name as never] !== undefined) throw unknownName('option', owner, names, name)
  }
  const checks = Object.entries<Check<unknown, unknown>>(table as never)
  return Object.fromEntries(checks.map(([name, check]) => [name, check(prefix + name, given[name as never])])) as never
}

/**
 * Parts of a larger object, which an app may pass whole: of its other names only a misspelt name of a part is refused.
 */
export const partsOf =
  <Given extends object, Used extends { [Name in keyof Given]: unknown } = Required<Given>>(
    table: Table<Given, Used>,
  ): Check<Given, Used> =>
  (name, given) => {
    const parts = Object.keys(table)
    const others = Object.keys(record(name, given)).filter((other) => !parts.includes(other))
    const misspelt = others.find((other) => given[other as never] !== undefined && nearestName(parts, other))
    if (misspelt !== undefined) throw unknownName('option', name, parts, misspelt)
    const own = Object.fromEntries(parts.map((part) => [part, given[part as never]])) as Given
    return resolve(name, own, table as Table<Given>, `${name}.`) as never
  }

/** Options within options. */
export const group =
  <Given extends object, Used extends { [Name in keyof Given]: unknown } = Required<Given>>(
    table: Table<Given, Used>,
  ): Check<Given | undefined, Used> =>
  (name, given = {} as Given) =>
    resolve(name, given, table as Table<Given>, `${name}.`) as never

const LOCAL_HOST = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

export interface UrlRule {
  /** The encrypted scheme and its plain form, such as `['https:', 'http:']`. */
  schemes: readonly [secure: string, plain: string]
  /** Whether the plain form is allowed beyond this machine. */
  allowInsecure?: boolean
  /** What the value must be, for the error. @default an absolute URL */
  rule?: string
}

/** A wrong URL may contain a user, a password or a query. */
const withoutSecrets = (value: unknown) =>
  typeof value === 'string' ? value.replace(/[?#].*$/s, '').replace(/(^|\/)[^/]*@/g, '$1…@') : value

/** An absolute URL without credentials or fragment; encrypted, unless it names this machine. */
export function absoluteUrl(name: string, value: string, { schemes, allowInsecure = false, ...words }: UrlRule): URL {
  const [secure, plain] = schemes
  const { rule = `an absolute URL such as ${secure}//api.example.com` } = words
  let url: URL
  try {
    url = new URL(value)
  } catch {
    throw refuse(name, rule, withoutSecrets(value))
  }
  if (url.protocol !== secure && url.protocol !== plain) throw refuse(name, rule, withoutSecrets(value))
  // `hash` is empty for a URL that ends in '#', and a ticket behind it would reach no server.
  if (url.username || url.password || url.href.includes('#'))
    throw new TypeError(`${name} must not hold a user, password or fragment`)
  if (url.protocol === plain && !allowInsecure && !LOCAL_HOST.test(url.hostname)) {
    throw new TypeError(
      `${name} must use ${secure} for ${url.hostname}: ${plain} would send credentials in the clear. ` +
        'Set allowInsecure: true if the network is trusted',
    )
  }
  return url
}
