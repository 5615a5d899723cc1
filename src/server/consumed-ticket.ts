import type { Identity } from './identity.ts'
import type { ConsumedClaims } from './ticket-store.ts'

/** Whom a consumed ticket stood for, and until when its session may last (`null`: the JWT that bought it had no end). */
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
