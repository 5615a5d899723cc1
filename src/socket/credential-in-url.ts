// Whether the app's own URL holds a credential. With tickets on the attempt would carry two (PR-42), and whatever a URL holds
// ends up in logs, histories and proxies. No message here shows a value: it may be the credential.

import { holdsJwt } from '../auth/jwt.ts'
import { JWT_PARAMETERS, TICKET_PARAMETERS } from '../contract/wire.ts'
import { type Check, listOf, text } from '../platform/option-checks.ts'
import { redact } from '../platform/redact.ts'

/** Parameters that hold a token when their value is as long as one. */
const tokenParameters = (): readonly string[] => [...JWT_PARAMETERS, 'id_token']
/** A shorter value is a page of a list, a version, a flag. */
const MIN_TOKEN_LENGTH = 16

/** Servers compare names in their own ways: some of them know no case. */
const isOneOf = (names: readonly string[], name: string) => names.includes(name.toLowerCase())

/** `true`: whatever the URL holds is meant to be there. A list, in lower case: what these parameters hold is. */
export type AllowedCredentials = boolean | readonly string[]

export const allowedCredentials: Check<boolean | readonly string[], AllowedCredentials> = (name, value) => {
  if (typeof value === 'boolean') return value
  // Only its type: somebody may have put the credential itself.
  if (!Array.isArray(value))
    throw new TypeError(`${name} must be true or an array of names, got ${value === null ? 'null' : typeof value}`)
  const names = listOf(text)(name, value)
  if (names.some((given) => isOneOf(TICKET_PARAMETERS, given))) {
    throw new TypeError(`${name} must not name ${TICKET_PARAMETERS.join(', ')}: the client puts its own ticket there`)
  }
  return names.map((given) => given.toLowerCase())
}

const REMEDY = 'Remove it: the client authenticates the connection by itself.'

/** What is wrong with the URL, and what to do about it; null: it holds no credential, or only what is allowed. */
export function credentialInUrl(url: string, allowed: AllowedCredentials): string | null {
  const { searchParams, pathname } = new URL(url)
  const parameters = [...searchParams]
  for (const [name] of parameters) if (isOneOf(TICKET_PARAMETERS, name)) return aboutTicket(name)
  if (allowed === true) return null
  for (const [name, value] of parameters) {
    if (allowed && isOneOf(allowed, name)) continue
    const isToken = isOneOf(tokenParameters(), name) && value.length >= MIN_TOKEN_LENGTH
    if (isToken || holdsJwt(value) || holdsJwt(name)) return aboutParameter(name)
  }
  return holdsJwt(decoded(pathname)) ? aboutPlace('path') : null
}

const aboutTicket = (name: string) =>
  `url must not have the parameter "${name}": the client puts its own ticket there. Rename the parameter, or remove it.`

function aboutParameter(name: string): string {
  // A JWT may stand there without a name, and then is one.
  if (redact(name) !== name) return aboutPlace('query')
  return `url holds a credential in its parameter "${name}". ${REMEDY} If it is none, set allowCredentialInUrl: ["${name}"].`
}

const aboutPlace = (place: string) =>
  `url holds a JWT in its ${place}. ${REMEDY} If it is meant to be there, set allowCredentialInUrl: true.`

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
