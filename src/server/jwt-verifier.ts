import {
  createLocalJWKSet,
  decodeJwt,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { asGiven, type Check, listOf, optional, or, resolve, type Table, text } from '../platform/option-checks.ts'
import { reportUncaught, systemClock } from '../platform/system-platform.ts'
import type { VerifyToken } from './identity.ts'
import { refusalOf } from './jose-refusal.ts'
import { type IdentityOf, identityFrom, standardIdentity } from './jwt-identity.ts'
import { type JwtRefusal, jwtRefusal, type OnRefused } from './jwt-refusal.ts'
import { checkBoolean, checkFunction, numberIn, optionalFunction, parseUrl, show } from './options.ts'
import { areKeysUnavailable, createRemoteKeys, keysUnavailable } from './remote-keys.ts'

interface CommonOptions {
  /** What `iss` must be. Left out, it is not looked at: name it wherever one key set serves several issuers. */
  issuer?: string | string[]
  /** What `aud` must hold. Left out, it is not looked at: name it wherever the issuer serves several apps. */
  audience?: string | string[]
  /**
   * How far the issuer's clock may be off for `nbf` and `exp`, in seconds, at most 30. A JWT is valid for so long after its
   * `exp`; its tickets and its session end then.
   *
   * @default 5
   */
  clockToleranceSeconds?: number
  /**
   * What the header's `typ` must be, such as `at+jwt` for access tokens (RFC 9068 §2.1): an ID token of the same issuer is
   * then refused. Left out, it is not looked at.
   */
  typ?: string
  /**
   * Whom the claims speak for, for issuers that put it elsewhere: a numeric `sub`, `user_id`, `scp`, a list of scopes, roles.
   * Called after every other check. `null` refuses the JWT; so does a function that throws, returns anything else, or
   * returns a promise. It cannot change when the JWT was issued and ends.
   *
   * @default `sub`, `email`, and `permissions` (a list) or else `scope` (words)
   */
  identity?: IdentityOf
  /**
   * Called with the reason for each refused JWT. It holds nothing of the JWT but its `kid`. Metrics count the reasons also
   * without it; a client gets the same answer for every reason.
   */
  onRefused?: OnRefused
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
        /**
         * Allows `http:` beyond this machine, for an issuer in the same cluster. Whoever can change what is sent between
         * them can sign in as anybody.
         *
         * @default false
         */
        allowInsecureJwks?: boolean
        /** @default ['RS256', 'PS256', 'ES256', 'EdDSA'] */
        algorithms?: readonly string[]
      }
  )

interface AllOptions extends CommonOptions {
  secret?: string | Uint8Array
  jwks?: URL | string | KeySet
  allowInsecureJwks?: boolean
  algorithms?: readonly string[]
}

interface ResolvedOptions {
  secret: string | Uint8Array | undefined
  jwks: URL | string | KeySet | undefined
  algorithms: readonly string[] | undefined
  issuer: string | string[] | undefined
  audience: string | string[] | undefined
  clockToleranceSeconds: number
  typ: string | undefined
  identity: IdentityOf | undefined
  allowInsecureJwks: boolean
  onRefused: OnRefused | undefined
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
 * The identity is `sub`, `email`, and `permissions` (a list) or else `scope` (words); `identity` reads it from other claims,
 * and `sub` is then not required. Keys are fetched from the configured address only, never from one that a token names.
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
  const tellAll = refusing(options.map(({ onRefused }) => onRefused))
  // What the JWT says of itself chooses among the configured issuers, each of which then looks at `iss` once more.
  return (jwt, onRefused) => {
    const claims = unverifiedClaims(jwt)
    const verify = claims && byIssuer.get(claims.iss ?? '')
    if (verify) return verify(jwt, onRefused)
    const issuers = [...byIssuer.keys()].join(', ')
    return tellAll(claims ? jwtRefusal('issuer', issuers, jwt) : jwtRefusal('malformed', null, jwt), onRefused)
  }
}

function oneIssuer(given: JwtVerifierOptions): VerifyToken {
  const options = resolve<AllOptions, Table<AllOptions, ResolvedOptions>>('jwtVerifier', given, {
    secret: asGiven,
    jwks: asGiven,
    algorithms: asGiven,
    issuer: optional(names),
    audience: optional(names),
    clockToleranceSeconds: or(5, numberIn({ min: 0, max: 30 })),
    typ: optional(text),
    identity: optional(checkFunction),
    allowInsecureJwks: or(false, checkBoolean),
    onRefused: optionalFunction,
  })
  const { issuer, audience, typ, identity, clockToleranceSeconds: clockTolerance } = options
  if (options.secret !== undefined && options.jwks !== undefined) {
    throw new TypeError('secret and jwks must not be given together: a JWT is checked by one of them')
  }
  // An empty environment variable is a missing secret, not a wish for `jwks`.
  const isSecret = 'secret' in given && options.jwks === undefined
  const algorithms = algorithmsOf(options.algorithms, isSecret)
  const keyOf = isSecret
    ? secretSource(options.secret, algorithms)
    : keySetSource(options.jwks, options.allowInsecureJwks)
  const rules = {
    algorithms,
    clockTolerance,
    requiredClaims: identity ? ['exp'] : ['exp', 'sub'],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(typ !== undefined && { typ }),
  }
  const refuse = refusing([options.onRefused])

  return async (jwt, onRefused) => {
    let claims: JWTPayload
    try {
      claims = (await jwtVerify(jwt, keyOf, rules)).payload
    } catch (error) {
      if (!areKeysUnavailable(error))
        return refuse(refusalOf(error, { algorithms, typ, issuer, audience }, jwt), onRefused)
      // What says of itself that it is over needs no key to be refused.
      if (isOver(jwt, clockTolerance)) return refuse(jwtRefusal('expired', null, jwt), onRefused)
      throw keysUnavailable(error)
    }
    const outcome = identityFrom(claims, identity ?? standardIdentity)
    if (outcome.kind === 'refused') {
      const refusal = identity ? jwtRefusal('identity', outcome.expected, jwt) : jwtRefusal('claim', 'sub', jwt)
      return refuse(refusal, onRefused)
    }
    const { iat, exp } = claims
    return {
      ...outcome.identity,
      ...(iat !== undefined && { issuedAt: iat * 1_000 }),
      ...(exp !== undefined && { expiresAt: (exp + clockTolerance) * 1_000 }),
    }
  }
}

/** Tells a refusal to the app's own listeners, once each, and to whoever asked for the verdict. */
function refusing(listeners: readonly (OnRefused | undefined)[]) {
  return (refusal: JwtRefusal, asker: OnRefused | undefined): null => {
    for (const listener of new Set([...listeners, asker])) {
      try {
        listener?.(refusal)
      } catch (error) {
        reportUncaught(error)
      }
    }
    return null
  }
}

function unverifiedClaims(jwt: string): JWTPayload | null {
  try {
    return decodeJwt(jwt)
  } catch {
    return null
  }
}

function isOver(jwt: string, toleranceSeconds: number): boolean {
  const exp = unverifiedClaims(jwt)?.exp
  return typeof exp === 'number' && exp + toleranceSeconds < systemClock.wallNow() / 1_000
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

function keySetSource(jwks: URL | string | KeySet | undefined, allowInsecure: boolean): JWTVerifyGetKey {
  if (typeof jwks === 'object' && !(jwks instanceof URL)) {
    if (!Array.isArray(jwks?.keys)) throw new TypeError(`jwks must be an address or a key set, got ${show(jwks)}`)
    return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  }
  const url = parseUrl(String(jwks))
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && (isLocal || allowInsecure))) {
    return createRemoteKeys(url, systemClock)
  }
  const remedy = url?.protocol === 'http:' ? '. Set allowInsecureJwks: true only for an issuer in your own cluster' : ''
  throw new TypeError(`jwks must be an https: address, got ${show(String(jwks))}${remedy}`)
}
