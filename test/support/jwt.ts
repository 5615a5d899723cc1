import { base64url } from '../../src/auth/jwt.ts'

const part = (value: unknown) => base64url(JSON.stringify(value))

let number = 0

/** A JWT as a client sees it: readable claims, a signature that nobody here checks, and never the same twice. */
export const jwtFor = (sub: string, claims: Record<string, unknown> = {}) =>
  `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, jti: ++number, ...claims })}.c2lnbmF0dXJl${number}`
