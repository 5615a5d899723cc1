// The users of the mock and their JWTs. A JWT is any text here.

import { asGiven, resolve, type Table } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import type { Identity, VerifyToken } from '../server/identity.ts'
import type { OnRefused } from '../server/jwt-refusal.ts'
import { show } from '../server/options.ts'

export interface MockUser {
  /** The JWT of this user, or several that are valid at the same time. */
  token: string | readonly string[]
  email?: string
  /** What the user may do. @default [] */
  permissions?: readonly string[]
  /** When the JWT expires, in milliseconds since 1970. Without it the JWT never expires. */
  tokenExpiresAtMs?: number
}

export interface MockUsers {
  all(): Readonly<Record<string, MockUser>>
  /** Adds or replaces a user; `null` removes the user. New tokens count as issued now. */
  set(userId: string, user: MockUser | null): void
  /** Gives the user another JWT, issued now; the ones before are refused from then on. Returns the new one. */
  rotateToken(userId: string, token?: string): string
  /** The user of this JWT, if it is a known one. */
  whose(jwt: string): string | undefined
  verify: VerifyToken
  /** Records a revoke-all, so that the user's next JWT is newer. */
  revoked(userId: string, tokensUntilMs: number): void
  /** When the newest JWT of this user was issued. */
  lastIssuedAt(userId: string): number | undefined
  /** All JWTs count as issued now, as if every user had signed in again. */
  reissue(): void
  /** Every JWT issued until now counts as expired. Returns the function that undoes it. */
  expireTokens(): () => void
}

export interface MockUsersOptions {
  users: Readonly<Record<string, MockUser>>
  clock: Clock
  /** Verifies JWTs instead of the users' tokens: for real JWTs. */
  verifyToken?: VerifyToken | undefined
}

interface Account {
  user: MockUser
  issuedAt: ReadonlyMap<string, number>
}

/** Real JWTs whose user the journal can name. */
const MAX_REMEMBERED = 1_000

const tokensOf = (user: MockUser): readonly string[] => (typeof user.token === 'string' ? [user.token] : user.token)

/** The users of one backend. Refuses a wrong user with a `TypeError` that names it and shows no token. */
export function createMockUsers({ users, clock, verifyToken }: MockUsersOptions): MockUsers {
  const accounts = new Map<string, Account>()
  const verified = new Map<string, string>()
  /** A JWT issued at or before one of these has expired. */
  const expiries = new Set<{ untilMs: number }>()
  const revokedUntilMs = new Map<string, number>()
  let lastExpiryMs = 0
  let rotations = 0

  // Later than what has been revoked or expired, also within the same millisecond of a clock that a test moves.
  const issueTime = (userId: string) =>
    Math.max(clock.wallNow(), lastExpiryMs + 1, (revokedUntilMs.get(userId) ?? 0) + 1)
  const ownerOf = (jwt: string) => [...accounts].find(([, { issuedAt }]) => issuedAt.has(jwt))

  function set(userId: string, user: MockUser | null) {
    if (user === null) return void accounts.delete(userId)
    checkUser(userId, user)
    for (const token of tokensOf(user)) {
      const owner = ownerOf(token)?.[0]
      if (owner !== undefined && owner !== userId) {
        throw new TypeError(`users.${userId}.token must be the user's own, got the token of ${show(owner)}`)
      }
    }
    const before = accounts.get(userId)?.issuedAt
    const nowMs = issueTime(userId)
    accounts.set(userId, {
      user,
      issuedAt: new Map(tokensOf(user).map((token) => [token, before?.get(token) ?? nowMs])),
    })
  }

  async function identityOf(jwt: string, onRefused?: OnRefused): Promise<Identity | null> {
    if (verifyToken) return verifyToken(jwt, onRefused)
    const [userId, account] = ownerOf(jwt) ?? []
    if (userId === undefined || !account) return null
    const { email, permissions = [], tokenExpiresAtMs } = account.user
    return { userId, email, permissions, issuedAt: account.issuedAt.get(jwt), expiresAt: tokenExpiresAtMs }
  }

  function remember(jwt: string, userId: string) {
    if (verified.size >= MAX_REMEMBERED) verified.clear()
    verified.set(jwt, userId)
  }

  for (const [userId, user] of Object.entries(users)) set(userId, user)

  return {
    all: () => Object.fromEntries([...accounts].map(([userId, { user }]) => [userId, user])),
    set,
    rotateToken(userId, token = `mock-jwt-${userId}-${++rotations}`) {
      const user = accounts.get(userId)?.user
      if (!user) throw new TypeError(`userId must be one of the users, got ${show(userId)}`)
      set(userId, { ...user, token })
      return token
    },
    whose: (jwt) => (verifyToken ? verified.get(jwt) : ownerOf(jwt)?.[0]),
    async verify(jwt, onRefused) {
      const identity = await identityOf(jwt, onRefused)
      if (!identity) return null
      if (verifyToken) remember(jwt, identity.userId)
      const isExpired = [...expiries].some(({ untilMs }) => (identity.issuedAt ?? 0) <= untilMs)
      return isExpired ? { ...identity, expiresAt: clock.wallNow() - 1 } : identity
    },
    revoked: (userId, tokensUntilMs) => void revokedUntilMs.set(userId, tokensUntilMs),
    lastIssuedAt(userId) {
      const times = [...(accounts.get(userId)?.issuedAt.values() ?? [])]
      return times.length === 0 ? undefined : Math.max(...times)
    },
    reissue() {
      for (const [userId, { user, issuedAt }] of accounts) {
        const nowMs = issueTime(userId)
        accounts.set(userId, { user, issuedAt: new Map([...issuedAt.keys()].map((token) => [token, nowMs])) })
      }
    },
    expireTokens() {
      lastExpiryMs = clock.wallNow()
      const expiry = { untilMs: lastExpiryMs }
      expiries.add(expiry)
      return () => void expiries.delete(expiry)
    },
  }
}

function checkUser(userId: string, user: MockUser) {
  if (typeof user !== 'object' || user === null) {
    // A string is not shown: it may be the token itself.
    const got = typeof user === 'string' ? 'a string' : show(user)
    throw new TypeError(`users.${userId} must be an object with a token, got ${got}`)
  }
  const name = `users.${userId}`
  resolve<MockUser, Table<MockUser>>(
    name,
    user,
    { token: asGiven, email: asGiven, permissions: asGiven, tokenExpiresAtMs: asGiven },
    `${name}.`,
  )
  const tokens: unknown[] = Array.isArray(user.token) ? user.token : [user.token]
  // The value is not shown: it may be a real JWT.
  if (tokens.length === 0 || !tokens.every((token) => typeof token === 'string' && /^\S+$/.test(token))) {
    throw new TypeError(`users.${userId}.token must be one or more strings without spaces, got something else`)
  }
  const { permissions = [] } = user
  if (!Array.isArray(permissions) || !permissions.every((permission) => typeof permission === 'string')) {
    throw new TypeError(`users.${userId}.permissions must be an array of strings, got ${show(permissions)}`)
  }
}
