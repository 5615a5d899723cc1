// Bad options are refused when the object is made, by name and value. A programming mistake is a TypeError.

const show = (value: unknown) => {
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`
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

export function callback<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  // Only its type: where a function belongs, somebody may have put the credential itself.
  throw new TypeError(`${name} must be a function, got ${value === null ? 'null' : typeof value}`)
}

export function oneOf<T extends string>(name: string, allowed: readonly T[], value: T): T {
  if (allowed.includes(value)) return value
  throw refuse(name, `one of ${allowed.join(', ')}`, value)
}

const LOCAL_HOST = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

export interface UrlRule {
  /** The encrypted scheme and its plain form, such as `['https:', 'http:']`. */
  schemes: readonly [secure: string, plain: string]
  /** Whether the plain form is allowed beyond this machine. */
  allowInsecure?: boolean
}

/** An absolute URL without credentials or fragment; encrypted, unless it names this machine. */
export function absoluteUrl(name: string, value: string, { schemes, allowInsecure = false }: UrlRule): URL {
  const [secure, plain] = schemes
  const example = `an absolute URL such as ${secure}//api.example.com`
  let url: URL
  try {
    url = new URL(value)
  } catch {
    throw refuse(name, example, value)
  }
  if (url.protocol !== secure && url.protocol !== plain) throw refuse(name, example, value)
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
