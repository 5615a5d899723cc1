// A client reads its own JWT to learn whose it is. It never verifies and never trusts it: that is the server's work.

export interface JwtClaims {
  /** `sub`; some issuers make it a number. */
  userId: string | null
  email: string | null
  /** `exp` in milliseconds since 1970. */
  expiresAt: number | null
}

/** The claims of a JWT, or null for a token of another kind (which is fine: it is opaque then). */
export function readJwt(token: string): JwtClaims | null {
  const payload = token.split('.')[1]
  if (!payload) return null
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof claims !== 'object' || claims === null) return null
    const { sub, email, exp } = claims as Record<string, unknown>
    return {
      userId: typeof sub === 'string' || typeof sub === 'number' ? String(sub) : null,
      email: typeof email === 'string' ? email : null,
      expiresAt: typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : null,
    }
  } catch {
    return null
  }
}

/** base64url without padding: padding is not allowed in a subprotocol. */
export function base64url(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
