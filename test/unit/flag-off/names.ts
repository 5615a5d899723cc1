// Names instead of credentials and ids, so that a record is the same on each run and opens nothing.

import { base64url } from '../../../src/auth/jwt.ts'

const part = (value: unknown) => base64url(JSON.stringify(value))

export interface Names {
  /** A JWT with these claims; the record shows it by this name. */
  jwt(name: string, claims: Record<string, unknown>): string
  /** From now on the record shows the value by this name. */
  add(value: string, name: string): void
  /** The text with every known value replaced by its name. */
  in(text: string): string
}

export function createNames(): Names {
  const names = new Map<string, string>()
  return {
    jwt(name, claims) {
      const value = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${base64url(`signature of ${name}`)}`
      names.set(value, `<${name}>`)
      names.set(base64url(value), `<base64url of ${name}>`)
      return value
    },
    add: (value, name) => void names.set(value, `<${name}>`),
    in: (text) => [...names].reduce((named, [value, name]) => named.replaceAll(value, name), text),
  }
}
