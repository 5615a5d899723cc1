// The algorithms and keys by which a JWT is checked: a shared secret, or the public keys of its issuer.

import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { systemClock } from '../platform/system-platform.ts'
import { parseUrl, show } from './options.ts'
import { createRemoteKeys } from './remote-keys.ts'

/** A JSON Web Key Set (RFC 7517 §5). Not jose's own type: a CommonJS consumer could not resolve it. */
export interface KeySet {
  keys: Record<string, unknown>[]
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

export function algorithmsOf(given: readonly string[] | undefined, isSecret: boolean): string[] {
  const known = isSecret ? Object.keys(SECRET_BYTES) : KEY_ALGORITHMS
  const algorithms = given ?? (isSecret ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'])
  const wrong = algorithms.find((algorithm) => !known.includes(algorithm))
  // A public key must never be taken for a shared secret, nor `none` for an algorithm.
  if (wrong === undefined && algorithms.length > 0) return [...algorithms]
  throw new TypeError(`algorithms must be some of ${known.join(', ')}, got ${show(wrong ?? algorithms)}`)
}

export function secretSource(secret: unknown, algorithms: string[]): JWTVerifyGetKey {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError(`secret must be a string or bytes, got ${show(secret)}`)
  }
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret.slice()
  const needed = Math.max(...algorithms.map((algorithm) => SECRET_BYTES[algorithm] ?? 0))
  if (key.length < needed) throw new TypeError(`secret must be at least ${needed} bytes long, got ${key.length} bytes`)
  return async () => key
}

export function keySetSource(jwks: URL | string | KeySet | undefined, allowInsecure: boolean): JWTVerifyGetKey {
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
