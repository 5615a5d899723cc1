import {
  createLocalJWKSet,
  decodeJwt,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { asGiven, type Check, listOf, optional, or, resolve, type Table, text } from '../platform/option-checks.ts'
import { systemClock } from '../platform/system-platform.ts'
import type { Identity, VerifyToken } from './identity.ts'
import { numberIn, parseUrl, show } from './options.ts'
import { areKeysUnavailable, createRemoteKeys } from './remote-keys.ts'

interface CommonOptions {
  /** What `iss` must be. Left out, it is not looked at: name it wherever one key set serves several issuers. */
  issuer?: string | string[]
  /** What `aud` must hold. Left out, it is not looked at: name it wherever the issuer serves several apps. */
  audience?: string | string[]
  /** How far the issuer's clock may be off for `nbf` and `exp`, in seconds, at most 30. @default 5 */
  clockToleranceSeconds?: number
}

/** A JSON Web Key Set (RFC 7517 §5). Not jose's own type: a CommonJS consumer could not resolve it. */
export interface KeySet {
  keys: Record<string, unknown>[]
}

export type JwtVerifierOptions = CommonOptions &
  (
    | {
        /** The shared secret: as long as the algorithm's hash at least, 32 bytes for HS256. */
        secret: string | Uint8Array
        /** @default ['HS256'] */
        algorithms?: readonly string[]
      }
    | {
        /** Where the issuer publishes its keys (`https:`, or `http:` on this machine), or the keys themselves. */
        jwks: URL | string | KeySet
        /** @default ['RS256', 'PS256', 'ES256', 'EdDSA'] */
        algorithms?: readonly string[]
      }
  )

interface AllOptions extends CommonOptions {
  secret?: string | Uint8Array
  jwks?: URL | string | KeySet
  algorithms?: readonly string[]
}

interface ResolvedOptions {
  secret: string | Uint8Array | undefined
  jwks: URL | string | KeySet | undefined
  algorithms: readonly string[] | undefined
  issuer: string | string[] | undefined
  audience: string | string[] | undefined
  clockToleranceSeconds: number
}

const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }
const KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/**
 * A `VerifyToken` for signed JWTs, on `jose`. `exp` and `sub` are required, the algorithms are an allow-list.
 *
 * The identity is `sub`, `email`, and `permissions` (a list) or else `scope` (words). Keys are fetched from the configured
 * address only, never from one that a token names. Another mapping is a function around this one.
 *
 * With several issuers, hand in a list of options, each with its `issuer`: a JWT is judged by those of the issuer that it
 * names, and by no other's keys.
 *
 * @example
 * ```ts
 * import { jwtVerifier } from 'ticket-socket/server'
 *
 * const verifyToken = jwtVerifier({
 *   jwks: 'https://login.example.com/.well-known/jwks.json',
 *   issuer: 'https://login.example.com/',
 *   audience: 'chat',
 * })
 * ```
 */
export function jwtVerifier(options: JwtVerifierOptions | readonly JwtVerifierOptions[]): VerifyToken {
  return Array.isArray(options) ? anyIssuer(options) : oneIssuer(options as JwtVerifierOptions)
}

function anyIssuer(options: readonly JwtVerifierOptions[]): VerifyToken {
  const byIssuer = new Map<string, VerifyToken>()
  for (const one of options) {
    const verify = oneIssuer(one)
    const issuers = [one.issuer ?? []].flat()
    if (issuers.length === 0) throw new TypeError('issuer must be named for each of several issuers, got undefined')
    for (const issuer of issuers) {
      if (byIssuer.has(issuer)) throw new TypeError(`issuer must be named once, got ${show(issuer)} twice`)
      byIssuer.set(issuer, verify)
    }
  }
  if (byIssuer.size === 0) throw new TypeError('options must name an issuer, got an empty array')
  // What the JWT says of itself chooses among the configured issuers, each of which then looks at `iss` once more.
  return (jwt) => byIssuer.get(unverifiedClaims(jwt).iss ?? '')?.(jwt) ?? null
}

function oneIssuer(given: JwtVerifierOptions): VerifyToken {
  const options = resolve<AllOptions, Table<AllOptions, ResolvedOptions>>('jwtVerifier', given, {
    secret: asGiven,
    jwks: asGiven,
    algorithms: asGiven,
    issuer: optional(names),
    audience: optional(names),
    clockToleranceSeconds: or(5, numberIn({ min: 0, max: 30 })),
  })
  const { issuer, audience, clockToleranceSeconds: clockTolerance } = options
  if (options.secret !== undefined && options.jwks !== undefined) {
    throw new TypeError('secret and jwks must not be given together: a JWT is checked by one of them')
  }
  // An empty environment variable is a missing secret, not a wish for `jwks`.
  const isSecret = 'secret' in given && options.jwks === undefined
  const algorithms = algorithmsOf(options.algorithms, isSecret)
  const keyOf = isSecret ? secretSource(options.secret, algorithms) : keySetSource(options.jwks)
  const rules = {
    algorithms,
    clockTolerance,
    requiredClaims: ['exp', 'sub'],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  }
  return async (jwt) => {
    try {
      const { payload } = await jwtVerify(jwt, keyOf, rules)
      return identityOf(payload)
    } catch (error) {
      // What says of itself that it is over needs no key to be refused.
      if (!areKeysUnavailable(error) || isOver(jwt, clockTolerance)) return null
      throw error
    }
  }
}

function unverifiedClaims(jwt: string): JWTPayload {
  try {
    return decodeJwt(jwt)
  } catch {
    return {}
  }
}

function isOver(jwt: string, toleranceSeconds: number): boolean {
  const { exp } = unverifiedClaims(jwt)
  return typeof exp === 'number' && exp + toleranceSeconds < systemClock.wallNow() / 1_000
}

function identityOf({ sub, email, permissions, scope, iat, exp }: JWTPayload): Identity | null {
  if (!sub) return null
  return {
    userId: sub,
    ...(typeof email === 'string' && { email }),
    permissions: Array.isArray(permissions)
      ? permissions.filter((permission) => typeof permission === 'string')
      : (typeof scope === 'string' ? scope : '').split(' ').filter(Boolean),
    ...(iat !== undefined && { issuedAt: iat * 1_000 }),
    ...(exp !== undefined && { expiresAt: exp * 1_000 }),
  }
}

/** An empty name would be no check at all. */
const names: Check<string | string[]> = (name, value) =>
  Array.isArray(value) ? listOf(text)(name, value) : text(name, value)

function algorithmsOf(given: readonly string[] | undefined, isSecret: boolean): string[] {
  const known = isSecret ? Object.keys(SECRET_BYTES) : KEY_ALGORITHMS
  const algorithms = given ?? (isSecret ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'])
  const wrong = algorithms.find((algorithm) => !known.includes(algorithm))
  // A public key must never be taken for a shared secret, nor `none` for an algorithm.
  if (wrong === undefined && algorithms.length > 0) return [...algorithms]
  throw new TypeError(`algorithms must be some of ${known.join(', ')}, got ${show(wrong ?? algorithms)}`)
}

function secretSource(secret: unknown, algorithms: string[]): JWTVerifyGetKey {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError(`secret must be a string or bytes, got ${show(secret)}`)
  }
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret.slice()
  const needed = Math.max(...algorithms.map((algorithm) => SECRET_BYTES[algorithm] ?? 0))
  if (key.length < needed) throw new TypeError(`secret must be at least ${needed} bytes long, got ${key.length} bytes`)
  return async () => key
}

function keySetSource(jwks: URL | string | KeySet | undefined): JWTVerifyGetKey {
  if (typeof jwks === 'object' && !(jwks instanceof URL)) {
    if (!Array.isArray(jwks?.keys)) throw new TypeError(`jwks must be an address or a key set, got ${show(jwks)}`)
    return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  }
  const url = parseUrl(String(jwks))
  const isLocal = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (!url || !(url.protocol === 'https:' || isLocal))
    throw new TypeError(`jwks must be an https: address, got ${show(String(jwks))}`)
  return createRemoteKeys(url, systemClock)
}
