import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import { asGiven, type Check, listOf, optional, or, resolve, type Table, text } from '../platform/option-checks.ts'
import { reportUncaught, systemClock } from '../platform/system-platform.ts'
import type { VerifyToken } from './identity.ts'
import { refusalOf } from './jose-refusal.ts'
import { type IdentityOf, identityFrom, standardIdentity } from './jwt-identity.ts'
import { algorithmsOf, type KeySet, keySetSource, secretSource } from './jwt-keys.ts'
import { type JwtRefusal, jwtRefusal, type OnRefused } from './jwt-refusal.ts'
import { checkBoolean, checkFunction, numberIn, optionalFunction, show } from './options.ts'
import { areKeysUnavailable, keysUnavailable } from './remote-keys.ts'

interface CommonOptions {
  /** The `iss` that a JWT must name. Left out, `iss` is not checked: set it wherever one key set serves several issuers. */
  issuer?: string | string[]
  /** The audience that `aud` must hold. Left out, `aud` is not checked: set it wherever the issuer serves several apps. */
  audience?: string | string[]
  /**
   * How far the issuer's clock may be off for `nbf` and `exp`, in seconds, at most 30. A JWT is valid for so long after its
   * `exp`; its tickets and its session end then.
   *
   * @default 5
   */
  clockToleranceSeconds?: number
  /**
   * The `typ` that the header must name, such as `at+jwt` for access tokens (RFC 9068 §2.1): an ID token of the same issuer is
   * then refused. Left out, `typ` is not checked.
   */
  typ?: string
  /**
   * Reads the user from the claims, for issuers with other claims: a numeric `sub`, `user_id`, `scp`, a list of scopes, roles.
   * Called after every other check. `null` refuses the JWT; so does a function that throws, returns anything else, or
   * returns a promise. It cannot change when the JWT was issued and ends.
   *
   * @default `sub`, `email`, and `permissions` (a list) or else `scope` (words)
   */
  identity?: IdentityOf
  /**
   * Called with the reason for each refused JWT. Of the JWT it holds the `kid` alone. Metrics count the reasons without this
   * option, too; a client gets the same answer for every reason.
   */
  onRefused?: OnRefused
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
         * Allows `http:` beyond this machine, for an issuer in the same cluster. An attacker who can change the traffic between
         * the two can sign in as any user.
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
  const report = refusing(options.map(({ onRefused }) => onRefused))
  // The unverified `iss` chooses among the configured issuers. The verifier of that issuer then checks `iss` again.
  return (jwt, onRefused) => {
    const claims = unverifiedClaims(jwt)
    const verify = claims && byIssuer.get(claims.iss ?? '')
    if (verify) return verify(jwt, onRefused)
    const issuers = [...byIssuer.keys()].join(', ')
    return report(claims ? jwtRefusal('issuer', issuers, jwt) : jwtRefusal('malformed', null, jwt), onRefused)
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
      // A JWT whose own `exp` has passed is refused without a key.
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

/** Reports a refusal to the app's listeners, once each, and to the caller that asked for the verdict. */
function refusing(listeners: readonly (OnRefused | undefined)[]) {
  return (refusal: JwtRefusal, caller: OnRefused | undefined): null => {
    for (const listener of new Set([...listeners, caller])) {
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
