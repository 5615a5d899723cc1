// The demo's own sign-in, which is not part of ticket-socket: a JWT that lives five minutes, and an opaque refresh token.
// There are no passwords: everybody at this machine is both users.

import { SignJWT } from 'jose'
import { systemClock, systemRandomBytes } from '../src/platform/system-platform.ts'
import { jwtVerifier, type VerifyToken } from '../src/server/index.ts'
import { type DemoUser, findUser } from './users.ts'

export interface Tokens {
  access_token: string
  refresh_token: string
}

export interface Accounts {
  /** `null` for somebody unknown. */
  signIn(userId: unknown): Promise<Tokens | null>
  /** A newer JWT; `null` when the refresh token is unknown or was signed out. */
  refresh(refreshToken: unknown): Promise<Tokens | null>
  signOut(refreshToken: unknown): void
  verifyToken: VerifyToken
  /** Every JWT issued until now counts as expired. */
  expireTokens(): void
}

const JWT_SECONDS = 5 * 60
const ISSUER = 'ticket-socket-demo'
/** Sign-ins that are remembered; the oldest is forgotten first. */
const MAX_LOGINS = 1_000

/** A new key with every start: users have to sign in again. */
export function createAccounts({ clock = systemClock, randomBytes = systemRandomBytes } = {}): Accounts {
  const secret = randomBytes(32)
  const verify = jwtVerifier({ secret, issuer: ISSUER })
  const logins = new Map<string, DemoUser>()
  let expiredUntilMs = 0

  async function issue(user: DemoUser, refreshToken: string): Promise<Tokens> {
    // With a fraction: a token must differ from the expired one that it replaces within the same second.
    const issuedAt = Math.max(clock.wallNow(), expiredUntilMs + 1) / 1_000
    const { email, permissions } = user
    const access_token = await new SignJWT({ email, permissions: [...permissions] })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setSubject(user.id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + JWT_SECONDS)
      .sign(secret)
    return { access_token, refresh_token: refreshToken }
  }

  return {
    async signIn(userId) {
      const user = findUser(userId)
      if (!user) return null
      const refreshToken = Buffer.from(randomBytes(32)).toString('base64url')
      logins.set(refreshToken, user)
      for (const oldest of logins.keys()) {
        if (logins.size <= MAX_LOGINS) break
        logins.delete(oldest)
      }
      return issue(user, refreshToken)
    },
    async refresh(refreshToken) {
      const user = logins.get(String(refreshToken))
      return user ? issue(user, String(refreshToken)) : null
    },
    signOut: (refreshToken) => void logins.delete(String(refreshToken)),
    async verifyToken(jwt, onRefused) {
      const identity = await verify(jwt, onRefused)
      if (!identity || (identity.issuedAt ?? 0) > expiredUntilMs) return identity
      return { ...identity, expiresAt: clock.wallNow() }
    },
    expireTokens() {
      expiredUntilMs = clock.wallNow()
    },
  }
}
