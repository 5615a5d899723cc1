// Credentials that can be recognised wherever they come out.

import { base64url } from '../../src/auth/jwt.ts'

export type User = 'alice' | 'bob' | 'carol'
export const USERS: readonly User[] = ['alice', 'bob', 'carol']

export interface Jwt {
  value: string
  user: User
  /** Unix seconds; null: it does not tell. */
  exp: number | null
}

const HEADER = base64url('{"alg":"HS256"}')
const TICKET_LENGTH = 43

/** `exp` in Unix seconds, or null. */
export function jwtOf(user: User, number: number, exp: number | null): Jwt {
  const claims = { sub: user, jti: number, ...(exp !== null && { exp }) }
  return { user, exp, value: `${HEADER}.${base64url(JSON.stringify(claims))}.CANARYJ${number}` }
}

/** 43 characters, as a ticket of this library's own server. */
export const ticketValue = (number: number) => `CANARYT${number}`.padEnd(TICKET_LENGTH, '_')

export const ticketHandle = (number: number) => `handle-${number}`.padEnd(TICKET_LENGTH, '_')

/** Whether the text holds a ticket or (the signature of) a JWT. */
export const holdsCredential = (text: string) => /CANARY[JT]/.test(text)
