// Why a JWT was refused, for the operators of the server. No client learns it.

import { redact } from '../platform/redact.ts'
import { textFromBase64url } from './ticket-value.ts'

export const JWT_REFUSAL_REASONS = [
  /** No signed JWT, or one with parts that cannot be read. */
  'malformed',
  /** `alg` is not among `algorithms`. */
  'algorithm',
  /** The header's `typ` is not the required one. */
  'type',
  /** The key set has no key for its `kid` and `alg`. */
  'key',
  'signature',
  'issuer',
  'audience',
  /** `exp` has passed, the tolerance included. */
  'expired',
  /** `nbf` is still to come. */
  'not_yet_valid',
  /** A required claim is missing or has the wrong type; `expected` names it. */
  'claim',
  /** The function `identity`, or the app's own verifier, returned no identity. */
  'identity',
  /** Issued before its user signed out of all sessions. */
  'revoked',
  /** The app's own verifier returned null. */
  'unspecified',
] as const
export type JwtRefusalReason = (typeof JWT_REFUSAL_REASONS)[number]

export interface JwtRefusal {
  reason: JwtRefusalReason
  /** The requirement of the options, such as the configured issuer. Nothing of the JWT. */
  expected: string | null
  /** The key that the JWT names. Cut to 12 characters when it has more than 31. */
  kid: string | null
}

export type OnRefused = (refusal: JwtRefusal) => void

export const jwtRefusal = (reason: JwtRefusalReason, expected: string | null = null, jwt = ''): JwtRefusal => ({
  reason,
  expected,
  kid: kidOf(jwt),
})

/** A refusal reported by the app's own verifier. Its reason becomes a label of a metric, so it must be one of the closed set. */
export function knownRefusal(reported: JwtRefusal | undefined, jwt: string): JwtRefusal {
  const reason = JWT_REFUSAL_REASONS.find((known) => known === reported?.reason) ?? 'unspecified'
  return jwtRefusal(reason, typeof reported?.expected === 'string' ? reported.expected : null, jwt)
}

const LONGEST_WHOLE_KID = 31
const SHOWN_OF_A_LONGER_KID = 12

/** A `kid` may hold any text, also a credential. A few characters distinguish keys, and open nothing. */
function kidOf(jwt: string): string | null {
  try {
    const header: unknown = JSON.parse(textFromBase64url(jwt.split('.')[0] ?? '') ?? 'null')
    const kid = (header as { kid?: unknown } | null)?.kid
    if (typeof kid !== 'string' || kid === '') return null
    return kid.length > LONGEST_WHOLE_KID ? `${redact(kid.slice(0, SHOWN_OF_A_LONGER_KID))}…` : redact(kid)
  } catch {
    return null
  }
}
