// A client reads its own JWT to learn whose it is. It never verifies and never trusts it: that is the server's work.

import { fromUtf8, toUtf8 } from '../platform/utf8.ts'

export interface JwtClaims {
  /** `sub`; some issuers make it a number. */
  userId: string | null
  email: string | null
  /** `exp` in milliseconds since 1970. */
  expiresAt: number | null
}

/** The JSON object in one part of a JWT; null for what is none. */
function decode(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(fromUtf8(atob(part.replace(/-/g, '+').replace(/_/g, '/'))))
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

/** The claims of a JWT, or null for a token of another kind (which is fine: it is opaque then). */
export function readJwt(token: string): JwtClaims | null {
  const claims = decode(token.split('.')[1] ?? '')
  if (!claims) return null
  const { sub, email, exp } = claims
  return {
    userId: typeof sub === 'string' || typeof sub === 'number' ? String(sub) : null,
    email: typeof email === 'string' ? email : null,
    expiresAt: typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : null,
  }
}

/** When it ends by its `exp`, in milliseconds since 1970. Infinity: it names no end. */
export const endOf = ({ claims }: { claims: JwtClaims | null }): number => claims?.expiresAt ?? Number.POSITIVE_INFINITY

/** Whether the token names a user, and another one than this. */
export function isOfAnother(token: string, userId: string | null): boolean {
  const named = readJwt(token)?.userId ?? null
  return named !== null && userId !== null && named !== userId
}

/**
 * Whether a JWT stands in the text, alone or behind a name such as `Bearer `: two neighbouring parts that decode to JSON
 * objects. Whether anybody signed it does not matter.
 */
export const holdsJwt = (text: string): boolean =>
  text.split(/[^\w.-]+/).some((word) => {
    const parts = word.split('.')
    return parts.some((part, index) => decode(part) !== null && decode(parts[index + 1] ?? '') !== null)
  })

/** base64url without padding: padding is not allowed in a subprotocol. */
export function base64url(text: string): string {
  return btoa(toUtf8(text)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
