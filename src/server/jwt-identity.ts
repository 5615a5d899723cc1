// From the claims of a verified JWT to its user. The times are the verifier's: no mapping changes them.

import { redactedCause } from '../platform/redact.ts'
import { type Identity, isIdentity } from './identity.ts'

/** The claims of a JWT whose signature, times, issuer and audience have been checked. */
export interface JwtClaims {
  readonly [name: string]: unknown
}

/** The part of an identity that an app reads from claims. */
export type ClaimedIdentity = Pick<Identity, 'userId' | 'email' | 'permissions'>

/** Synchronous: it reads claims, and looks nothing up. `null` refuses the JWT. */
export type IdentityOf = (claims: JwtClaims) => ClaimedIdentity | null

/** `sub`, `email`, and `permissions` (a list) or else `scope` (words). */
export const standardIdentity: IdentityOf = ({ sub, email, permissions, scope }) => ({
  userId: sub as string,
  ...(typeof email === 'string' && { email }),
  permissions: Array.isArray(permissions)
    ? permissions.filter((permission) => typeof permission === 'string')
    : (typeof scope === 'string' ? scope : '').split(' ').filter(Boolean),
})

const NEEDED = 'identity(claims) must return { userId, email?, permissions? }'

type Outcome = { kind: 'identity'; identity: ClaimedIdentity } | { kind: 'refused'; expected: string }

/** Whatever an app's mapping does, the outcome is an identity or a refusal: it never throws and never waits. */
export function identityFrom(claims: JwtClaims, identityOf: IdentityOf): Outcome {
  const refused = (fact: string): Outcome => ({ kind: 'refused', expected: `${NEEDED}, and ${fact}` })
  try {
    const outcome: unknown = identityOf(claims)
    if (outcome instanceof Promise) {
      // Without a listener its rejection would end the process.
      outcome.catch(() => {})
      return refused('returned a promise')
    }
    if (outcome === null) return refused('returned null')
    if (!isIdentity(outcome)) return refused('returned something else')
    const { userId, email, permissions } = outcome
    return {
      kind: 'identity',
      identity: {
        userId,
        ...(email !== undefined && { email }),
        ...(permissions && { permissions: [...permissions] }),
      },
    }
  } catch (error) {
    const { name, message } = redactedCause(error)
    return refused(`threw ${name}: ${message}`)
  }
}
