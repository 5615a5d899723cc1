import type { Identity } from './identity.ts'
import type { ConsumedClaims } from './ticket-store.ts'

/** The user of a consumed ticket, and the latest end of its session (`null`: the JWT it was issued for has no end). */
export interface ConsumedTicket extends Identity {
  userId: string
  permissions: readonly string[]
  issuedAt: number
  sessionExpiresAtMs: number | null
  /** The user's last revoke-all when the ticket was checked (`RevocationMarks.atMs`); `null`: none. */
  afterRevocationMs: number | null
  metadata: Record<string, unknown>
}

export function consumedTicket({ claims, revocation }: ConsumedClaims): ConsumedTicket {
  return {
    userId: claims.userId,
    ...(claims.email !== undefined && { email: claims.email }),
    permissions: claims.permissions,
    issuedAt: claims.tokenIssuedAtMs ?? claims.issuedAtMs,
    ...(claims.sessionExpiresAtMs !== null && { expiresAt: claims.sessionExpiresAtMs }),
    sessionExpiresAtMs: claims.sessionExpiresAtMs,
    afterRevocationMs: revocation?.atMs ?? null,
    metadata: claims.metadata,
  }
}
