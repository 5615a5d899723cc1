import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redact, redactedCause } from '../platform/redact.ts'
import { type Identity, isIdentity, type VerifyToken } from './identity.ts'
import { type JwtRefusal, jwtRefusal, knownRefusal, type OnRefused } from './jwt-refusal.ts'
import { isTokenRevoked } from './revocation.ts'
import type { Emit } from './server-events.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { textFromBase64url } from './ticket-value.ts'

export type TokenVerdict =
  /** `afterRevocationMs`: the user's last revoke-all when the JWT was checked; `null`: none. */
  { kind: 'accepted'; identity: Identity; afterRevocationMs: number | null } | Refused

interface Refused {
  kind: 'refused'
  reason: 'jwt_invalid' | 'jwt_expired'
}

export interface TokenCheckDeps {
  verifyToken: VerifyToken
  tickets: Pick<AuthTicketManager, 'revocationOf'>
  clock: Clock
  emit: Emit
}

/** Printable ASCII. What a JWT looks like beyond that is the verifier's business: an app may use opaque tokens. */
const TOKEN_FORM = /^[\x21-\x7e]{1,16384}$/

export interface TokenCheck {
  (jwt: string | null): Promise<TokenVerdict>
  /**
   * The same, where a ticket is asked for next: the store compares `issuedAt` with the last revoke-all itself, in the step in
   * which it stores the ticket. A JWT that does not say when it was issued is compared here; the store is given
   * `afterRevocationMs`, and refuses it where there was a revoke-all since.
   */
  forTicket(jwt: string | null): Promise<Identified>
  /** The same, without asking the store: the JWT may be from before its user's last revoke-all. Opens nothing, and issues nothing. */
  identify(jwt: string | null): Promise<Identified>
  /** To be called with the error of a ticket: where the store has refused the JWT, that is a refusal like the others. */
  noteTicketError(error: unknown, jwt: string): void
}

/** Without `afterRevocationMs` the user's last revoke-all was not asked for. */
type Identified = Refused | { kind: 'accepted'; identity: Identity; afterRevocationMs?: number | null }

/**
 * The one way in which a JWT is judged, for the HTTP endpoints and for upgrades: form, the app's verifier, its end, and
 * whether it was issued before its user's last revoke-all. `null` is one that could not be read. Rejects when the verifier
 * or the store cannot say.
 *
 * Each refusal is one event with its reason. The verdict does not have it: a client would learn which check failed.
 */
export function createTokenCheck({ verifyToken, tickets, clock, emit }: TokenCheckDeps): TokenCheck {
  function refuse(reason: 'jwt_invalid' | 'jwt_expired', refusal: JwtRefusal): Refused {
    emit(() => ({ kind: 'jwt_refused', ...refusal }))
    return { kind: 'refused', reason }
  }

  async function identify(jwt: string | null): Promise<Identified> {
    if (jwt === null || !TOKEN_FORM.test(jwt)) return refuse('jwt_invalid', jwtRefusal('malformed'))
    let reported: JwtRefusal | undefined
    const identity = await ask(verifyToken, jwt, (refusal) => {
      reported ??= refusal
    })
    if (!isIdentity(identity)) {
      const refusal = identity === null ? knownRefusal(reported, jwt) : jwtRefusal('identity', NEEDED, jwt)
      return refuse(saysExpired(jwt, clock.wallNow()) ? 'jwt_expired' : 'jwt_invalid', refusal)
    }
    if (identity.expiresAt !== undefined && identity.expiresAt <= clock.wallNow()) {
      return refuse('jwt_expired', jwtRefusal('expired', null, jwt))
    }
    return { kind: 'accepted', identity }
  }

  async function check(jwt: string | null): Promise<TokenVerdict> {
    const identified = await identify(jwt)
    if (identified.kind === 'refused') return identified
    const { identity } = identified
    const revocation = await tickets.revocationOf(identity.userId)
    if (isTokenRevoked(identity.issuedAt, revocation)) {
      return refuse('jwt_invalid', jwtRefusal('revoked', null, jwt ?? ''))
    }
    return { kind: 'accepted', identity, afterRevocationMs: revocation?.atMs ?? null }
  }

  async function forTicket(jwt: string | null): Promise<Identified> {
    const identified = await identify(jwt)
    const needsMarks = identified.kind === 'accepted' && identified.identity.issuedAt === undefined
    return needsMarks ? check(jwt) : identified
  }

  function noteTicketError(error: unknown, jwt: string) {
    const isRefused = isTicketSocketError(error) && error.code === 'unauthenticated'
    if (isRefused)
      refuse('jwt_invalid', jwtRefusal(saysExpired(jwt, clock.wallNow()) ? 'expired' : 'revoked', null, jwt))
  }

  return Object.assign(check, { forTicket, identify, noteTicketError })
}

const NEEDED = 'verifyToken must return an identity or null'

async function ask(verifyToken: VerifyToken, jwt: string, onRefused: OnRefused): Promise<unknown> {
  try {
    return await verifyToken(jwt, onRefused)
  } catch (error) {
    // The app's words may quote the token.
    if (isTicketSocketError(error)) {
      throw new TicketSocketError(error.code, redact(error.message), { cause: redactedCause(error.cause) })
    }
    throw new TicketSocketError('server_unavailable', 'The JWT cannot be checked now. See the cause.', {
      cause: redactedCause(error),
    })
  }
}

// Chooses between two words for a token that is refused either way. Nothing is ever accepted by an unverified claim.
function saysExpired(jwt: string | null, nowMs: number): boolean {
  try {
    const claims: unknown = JSON.parse(textFromBase64url(jwt?.split('.')[1] ?? '') ?? 'null')
    const exp = (claims as { exp?: unknown } | null)?.exp
    return typeof exp === 'number' && exp * 1_000 <= nowMs
  } catch {
    return false
  }
}
