import type { OnRefused } from './jwt-refusal.ts'

/**
 * The user of a JWT or a ticket. Times are milliseconds since 1970.
 *
 * @example
 * ```ts
 * import type { Identity } from 'ticket-socket/server'
 *
 * const alice: Identity = { userId: 'alice', permissions: ['chat'], issuedAt: Date.now() }
 * ```
 */
export interface Identity {
  userId: string
  email?: string | undefined
  /** What the user may do. A ticket may carry less, never more. Left out = nothing. */
  permissions?: readonly string[] | undefined
  /** When the JWT was issued (`iat`). Left out, the JWT counts as issued before every revoke-all of its user. */
  issuedAt?: number | undefined
  /** When the JWT ends (`exp`, plus the verifier's clock tolerance). No ticket and no session outlives it. */
  expiresAt?: number | undefined
}

/**
 * Checks a JWT and resolves to its user.
 *
 * Resolves to `null` when the JWT is refused. Throwing means "cannot be checked now" (a key server is down): the client
 * tries again later, and does not ask its user to sign in.
 *
 * `onRefused` reports the reason to metrics and logs; no client learns it. A function around `jwtVerifier` passes it on.
 * A refusal without a reason is counted as `unspecified`.
 */
export type VerifyToken = (jwt: string, onRefused?: OnRefused) => Identity | null | Promise<Identity | null>

const isTime = (value: unknown) => value === undefined || Number.isFinite(value)

/** A verifier is the app's code: its result is checked like everything that decides about access. */
export function isIdentity(value: unknown): value is Identity {
  if (typeof value !== 'object' || value === null) return false
  const { userId, email, permissions, issuedAt, expiresAt } = value as Record<string, unknown>
  return (
    typeof userId === 'string' &&
    userId !== '' &&
    (email === undefined || typeof email === 'string') &&
    (permissions === undefined || (Array.isArray(permissions) && permissions.every((p) => typeof p === 'string'))) &&
    isTime(issuedAt) &&
    isTime(expiresAt)
  )
}
