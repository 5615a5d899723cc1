// The claims of a new ticket: no permission that its user lacks, no life beyond the JWT it is issued for. Nothing here touches
// the clock or the store.

import { TicketSocketError } from '../contract/errors.ts'
import { type TicketGenerationRequest, TTL_SECONDS } from '../contract/wire.ts'
import type { Identity } from './identity.ts'
import { show } from './options.ts'
import type { TicketPolicy } from './ticket-policy.ts'
import type { TicketClaims } from './ticket-store.ts'

/** The claims of a new ticket. Throws `invalid_request`, `forbidden`, or `unauthenticated` when the JWT has expired. */
export function grantTicket(
  identity: Identity,
  request: TicketGenerationRequest,
  policy: TicketPolicy,
  nowMs: number,
): TicketClaims {
  const { userId, email } = identity
  if (typeof userId !== 'string' || userId === '') throw new TypeError(`userId must name a user, got ${show(userId)}`)
  const ttlSeconds = grantedTtl(identity, request.ttl_seconds ?? policy.defaultTtlSeconds, policy, nowMs)
  return {
    userId,
    ...(email !== undefined && { email }),
    permissions: grantedPermissions(identity, request.permissions),
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + ttlSeconds * 1_000,
    ttlSeconds,
    singleUse: !(policy.allowReusable && request.single_use === false),
    sessionExpiresAtMs: identity.expiresAt ?? null,
    tokenIssuedAtMs: identity.issuedAt ?? null,
    afterRevocationMs: null,
    metadata: request.metadata ?? {},
  }
}

function grantedTtl({ expiresAt }: Identity, asked: number, { maxTtlSeconds }: TicketPolicy, nowMs: number): number {
  const { min, max } = TTL_SECONDS
  if (!Number.isInteger(asked) || asked < min || asked > max) {
    throw new TicketSocketError('invalid_request', `ttl_seconds must be an integer from ${min} to ${max}.`)
  }
  const leftSeconds = Math.floor(((expiresAt ?? Number.POSITIVE_INFINITY) - nowMs) / 1_000)
  // Written so that an end which is no number is one that has passed.
  if (!(leftSeconds >= 1)) throw new TicketSocketError('unauthenticated', 'The JWT has expired. Refresh it.')
  return Math.min(asked, maxTtlSeconds, leftSeconds)
}

function grantedPermissions({ permissions: held = [] }: Identity, given: readonly string[] | null = null): string[] {
  const asked = given ?? held
  if (asked.every((permission) => held.includes(permission))) return [...asked]
  throw new TicketSocketError('forbidden', 'A ticket cannot carry permissions that its user does not hold.')
}
