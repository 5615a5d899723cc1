// The reason for a refusal behind an error of jose. The reasons have a file of their own: the mock uses them and must not load jose.

import { errors } from 'jose'
import { type JwtRefusalReason, jwtRefusal } from './jwt-refusal.ts'

/** The requirements of the options, as they are shown. */
export interface JwtExpectations {
  algorithms: readonly string[]
  typ: string | undefined
  issuer: string | string[] | undefined
  audience: string | string[] | undefined
}

/** The reason behind an error of jose. */
export function refusalOf(error: unknown, { algorithms, typ, issuer, audience }: JwtExpectations, jwt: string) {
  const because = (reason: JwtRefusalReason, expected: string | readonly string[] = []) =>
    jwtRefusal(reason, [expected].flat().join(', ') || null, jwt)
  if (error instanceof errors.JWTExpired) return because('expired')
  if (error instanceof errors.JOSEAlgNotAllowed) return because('algorithm', algorithms)
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return because('key')
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return because('signature')
  if (!(error instanceof errors.JWTClaimValidationFailed)) return because('malformed')
  switch (error.claim) {
    case 'typ':
      return because('type', typ)
    case 'iss':
      return because('issuer', issuer)
    case 'aud':
      return because('audience', audience)
    case 'nbf':
      return error.reason === 'check_failed' ? because('not_yet_valid') : because('claim', 'nbf')
    default:
      return because('claim', error.claim)
  }
}
