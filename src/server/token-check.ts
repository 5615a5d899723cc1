import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redactedCause } from '../platform/redact.ts'
import type { Identity, VerifyToken } from './identity.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { textFromBase64url } from './ticket-value.ts'

export type TokenVerdict =
  | { kind: 'accepted'; identity: Identity }
  | { kind: 'refused'; reason: 'jwt_invalid' | 'jwt_expired' }

export interface TokenCheckDeps {
  verifyToken: VerifyToken
  tickets: Pick<AuthTicketManager, 'isRevoked'>
  clock: Clock
}

/** Printable ASCII. What a JWT looks like beyond that is the verifier's business: an app may use opaque tokens. */
const TOKEN_FORM = /^[\x21-\x7e]{1,16384}$/

/**
 * The one way in which a JWT is judged, for the HTTP endpoints and for upgrades: form, the app's verifier, its end, and
 * whether it was issued before its user's last revoke-all. Rejects when the verifier or the store cannot say.
 */
export function createTokenCheck({
  verifyToken,
  tickets,
  clock,
}: TokenCheckDeps): (jwt: string) => Promise<TokenVerdict> {
  return async (jwt) => {
    const refused = (reason: 'jwt_invalid' | 'jwt_expired'): TokenVerdict => ({ kind: 'refused', reason })
    if (!TOKEN_FORM.test(jwt)) return refused('jwt_invalid')
    const identity = await ask(verifyToken, jwt)
    if (!isIdentity(identity)) return refused(saysExpired(jwt, clock.wallNow()) ? 'jwt_expired' : 'jwt_invalid')
    if (identity.expiresAt !== undefined && identity.expiresAt <= clock.wallNow()) return refused('jwt_expired')
    return (await tickets.isRevoked(identity)) ? refused('jwt_invalid') : { kind: 'accepted', identity }
  }
}

async function ask(verifyToken: VerifyToken, jwt: string): Promise<unknown> {
  try {
    return await verifyToken(jwt)
  } catch (error) {
    if (isTicketSocketError(error)) throw error
    // The app's words may quote the token.
    throw new TicketSocketError('server_unavailable', 'The JWT cannot be checked now. See the cause.', {
      cause: redactedCause(error),
    })
  }
}

const isTime = (value: unknown) => value === undefined || Number.isFinite(value)

// The verifier is the app's code: what it returns is checked like anything else that decides about access.
function isIdentity(value: unknown): value is Identity {
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

// Chooses between two words for a token that is refused either way. Nothing is ever accepted by an unverified claim.
function saysExpired(jwt: string, nowMs: number): boolean {
  try {
    const claims: unknown = JSON.parse(textFromBase64url(jwt.split('.')[1] ?? '') ?? 'null')
    const exp = (claims as { exp?: unknown } | null)?.exp
    return typeof exp === 'number' && exp * 1_000 <= nowMs
  } catch {
    return false
  }
}
