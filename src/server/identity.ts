/**
 * Who a JWT or a ticket speaks for. Times are milliseconds since 1970.
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
  /** When the JWT ends (`exp`). No ticket and no session outlives it. */
  expiresAt?: number | undefined
}

/**
 * Checks a JWT and says whose it is.
 *
 * Resolves to `null` when the JWT is refused. Throwing means "cannot be checked now" (a key server is down): the client
 * is told to come back later, and does not ask its user to log in again.
 */
export type VerifyToken = (jwt: string) => Identity | null | Promise<Identity | null>
