import { TicketSocketError } from '../contract/errors.ts'
import type {
  TicketGenerationRequest,
  TicketGenerationResponse,
  TicketSystemStatus,
  TicketValidationResponse,
} from '../contract/wire.ts'
import { asGiven, optional, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { type ConsumedTicket, consumedTicket } from './consumed-ticket.ts'
import { guardStore } from './guarded-store.ts'
import type { Identity } from './identity.ts'
import { checkRateLimit, type RateLimit } from './limits.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { isWithdrawn, type RevocationMarks, tokensUntilOf } from './revocation.ts'
import { createRevocationHub, type Revocation, type RevocationHub } from './revocation-channel.ts'
import { type Emit, emitTo } from './server-events.ts'
import { createStoreHealth } from './store-health.ts'
import { grantTicket } from './ticket-grant.ts'
import { type AuthTicketManagerOptions, resolveManagerOptions } from './ticket-manager-options.ts'
import type { TicketPolicy } from './ticket-policy.ts'
import { type ConsumedClaims, hasTicketForm, type TicketStore } from './ticket-store.ts'
import { createTicketValue, handleOf, type RandomBytes } from './ticket-value.ts'

/** A ticket as the manager issues it; the HTTP handler adds the address for its connection. Times are Unix seconds. */
export type GeneratedTicket = Omit<TicketGenerationResponse, 'websocket_url' | 'subprotocol' | 'ticket_handle'> & {
  ticket_handle: string
}

type RevokeOutcome = Awaited<ReturnType<TicketStore['revoke']>>

const NOT_VALID = { valid: false, error: 'The ticket is unknown, expired or already used.' } as const

/**
 * Issues, validates, consumes and withdraws tickets. Knows no HTTP and no WebSocket.
 *
 * Methods reject with a `TicketSocketError`; `store_unavailable` when the store cannot answer. The caller has checked the user
 * before: `generate` trusts the identity that it is given.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore } from 'ticket-socket/server'
 *
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
 * const ticket = await tickets.generate({ userId: 'alice', permissions: ['chat'] }, { ttl_seconds: 60 })
 * await tickets.consume(ticket.ticket_id) // its user, once
 * await tickets.consume(ticket.ticket_id) // null
 * ```
 */
export class AuthTicketManager {
  readonly #store: TicketStore
  readonly #clock: Clock
  readonly #randomBytes: RandomBytes
  readonly #policy: TicketPolicy
  readonly #maxTicketsPerUser: number
  readonly #isEnabled: () => boolean
  readonly #revocations: RevocationHub
  readonly #emit: Emit
  readonly #problem: () => Promise<string | null>

  constructor(options: AuthTicketManagerOptions) {
    const { store, revocations, observe, clock, randomBytes, ttl, maxTicketsPerUser, allowReusable, enabled } =
      resolveManagerOptions(options)
    this.#clock = clock
    this.#emit = emitTo(observe)
    this.#store = guardStore(store, clock, this.#emit)
    this.#problem = createStoreHealth(this.#store, clock, this.#emit)
    // At start, so that the log names a command that Redis refuses at once, and not with the first ticket.
    if (store.kind !== 'memory') void this.#problem()
    this.#revocations = createRevocationHub(revocations)
    this.#randomBytes = randomBytes
    this.#policy = { ...ttl, allowReusable }
    this.#maxTicketsPerUser = maxTicketsPerUser
    this.#isEnabled = enabled
  }

  /**
   * A new ticket for this user.
   *
   * Its lifetime is the requested one, shortened to `ttl.max` and to the end of the user's JWT. Permissions that the user lacks are
   * an error (`forbidden`), not left out silently. An identity whose `issuedAt` the user's last revoke-all refuses is
   * `unauthenticated`; one without `issuedAt` is accepted.
   *
   * `rate` is how often the user may get one, counted by the store: one more is `rate_limited`. `afterRevocationMs` is the user's last
   * revoke-all (`RevocationMarks.atMs`, or `null`) when the identity was checked: after a later one it is `unauthenticated`.
   */
  async generate(
    identity: Identity,
    request: TicketGenerationRequest = {},
    limits: { rate?: RateLimit | false | undefined; afterRevocationMs?: number | null | undefined } = {},
  ): Promise<GeneratedTicket> {
    resolve('generate', request, { ttl_seconds: asGiven, single_use: asGiven, permissions: asGiven, metadata: asGiven })
    const startedAtMs = this.#clock.now()
    const { rate, afterRevocationMs } = resolve('generate', limits, {
      rate: optional(checkRateLimit),
      afterRevocationMs: asGiven,
    })
    if (!this.#isEnabled()) throw new TicketSocketError('tickets_unsupported', 'Tickets are off. Connect with the JWT.')
    const claims = grantTicket(identity, request, this.#policy, this.#clock.wallNow())
    const ticket = createTicketValue(this.#randomBytes)
    const handle = handleOf(ticket)
    await this.#store.put(handle, claims, claims.ttlSeconds * 1_000, {
      maxPerUser: this.#maxTicketsPerUser,
      rate: rate || undefined,
      afterRevocationMs,
    })
    const { ttlSeconds, singleUse } = claims
    const user = handleOf(claims.userId)
    const durationMs = this.#clock.now() - startedAtMs
    this.#emit(() => ({ kind: 'ticket_generated', ticket: handle, user, ttlSeconds, singleUse, durationMs }))
    return {
      ticket_id: ticket,
      ticket_handle: handle,
      created_at: claims.issuedAtMs / 1_000,
      expires_at: claims.expiresAtMs / 1_000,
      ttl_seconds: claims.ttlSeconds,
      single_use: claims.singleUse,
    }
  }

  /**
   * The user of the ticket, once; `null` when it is unknown, expired, used or revoked, without a difference.
   *
   * The user's last revoke-all is read after the ticket has left the store: a revoke-all at the same moment has either deleted the
   * ticket or left its marks there.
   */
  async consume(ticket: string): Promise<ConsumedTicket | null> {
    // A value that cannot be a ticket causes no question to the store: otherwise a stranger could load it at no cost.
    if (!hasTicketForm(ticket)) return this.#refuse(null, 'malformed')
    const handle = handleOf(ticket)
    const consumed = await this.#spend(handle)
    if (!consumed) return this.#refuse(handle, 'unknown')
    const { claims, revocation } = consumed
    if (isWithdrawn(claims, revocation)) return this.#refuse(handle, 'withdrawn')
    this.#emit(() => ({ kind: 'ticket_consumed', ticket: handle, user: handleOf(claims.userId) }))
    return consumedTicket(consumed)
  }

  /** Looks without consuming. The answer for another user's ticket is the same as for an unknown one. */
  async validate(handleOrTicket: string, userId: string): Promise<TicketValidationResponse> {
    if (!hasTicketForm(handleOrTicket)) return { ...NOT_VALID }
    // In parallel: while the store is slow, the caller waits for one question, not three.
    const [asHandle, asTicket, revocation] = await Promise.all([
      this.#store.peek(handleOrTicket),
      this.#store.peek(handleOf(handleOrTicket)),
      this.#store.revocation(userId),
    ])
    const claims = asHandle ?? asTicket
    if (claims?.userId !== userId || isWithdrawn(claims, revocation)) return { ...NOT_VALID }
    return {
      valid: true,
      user_id: claims.userId,
      email: claims.email ?? null,
      permissions: claims.permissions,
      expires_at: claims.expiresAtMs / 1_000,
    }
  }

  /** Withdraws one unspent ticket of this user. A connection that it has opened stays. */
  async revoke(handleOrTicket: string, userId: string): Promise<RevokeOutcome> {
    if (!hasTicketForm(handleOrTicket)) return 'not_found'
    const [asHandle, asTicket] = await Promise.all([
      this.#withdraw(handleOrTicket, userId),
      this.#withdraw(handleOf(handleOrTicket), userId),
    ])
    return asHandle === 'not_found' ? asTicket : asHandle
  }

  /**
   * Withdraws every unspent ticket of this user and every JWT issued until now, those of this very second included. Resolves to the
   * number of tickets. Live connections of this process end before it resolves, those of other servers when `revocations` has carried
   * it there.
   *
   * When the store cannot record it, it closes the user's connections all the same, here and as far as `revocations` carries it, and
   * then rejects: tickets and JWTs of before are still good, and nothing is recorded later. Call it again.
   *
   * `by` is the identity of the JWT that asks for it: that JWT is refused from then on, also when its issuer's clock is ahead.
   */
  async revokeAll(userId: string, by: Pick<Identity, 'issuedAt'> = {}): Promise<number> {
    const asked = this.#store.revokeAll(userId, tokensUntilOf(by.issuedAt, this.#clock.wallNow()))
    await this.#endConnections(userId, await asked.catch(() => null))
    return (await asked).tickets
  }

  /** Calls the listener for every revoke-all, here or on another server. Returns the function that unsubscribes. */
  onRevokeAll(listener: (revocation: Revocation) => void): () => void {
    return this.#revocations.on(listener)
  }

  /** The user's last revoke-all: which JWTs it refuses, and which tickets and connections are over. `null`: none. */
  revocationOf(userId: string): Promise<RevocationMarks | null> {
    return this.#store.revocation(userId)
  }

  /** The limiter of the store, shared by its servers; the HTTP handler counts with it. */
  get rateLimiter(): RateLimiter | undefined {
    return this.#store.rateLimiter
  }

  /** The body of the public status endpoint. Asks the store at most once a second. */
  async status(): Promise<TicketSystemStatus> {
    const isMemory = this.#store.kind === 'memory'
    const problem = await this.#problem()
    return {
      ticket_system_enabled: this.#isEnabled(),
      redis_available: !isMemory && problem === null,
      redis_status: isMemory ? 'not_available' : problem === null ? 'connected' : 'error',
      ...(problem !== null && { redis_error: problem }),
      default_ttl_seconds: this.#policy.defaultTtlSeconds,
      max_ttl_seconds: this.#policy.maxTtlSeconds,
      ticket_prefix: this.#store.prefix,
    }
  }

  /** `revoked`: the marks that the store has recorded; `null`: none. */
  async #endConnections(userId: string, revoked: Awaited<ReturnType<TicketStore['revokeAll']>> | null) {
    const isPublished = await this.#revocations.notify({ userId, marks: revoked?.revocation ?? null })
    const { tickets } = revoked ?? { tickets: 0 }
    this.#emit(() => ({
      kind: 'user_revoked',
      user: handleOf(userId),
      tickets,
      isRecorded: revoked !== null,
      isPublished,
    }))
  }

  #refuse(ticket: string | null, reason: 'malformed' | 'unknown' | 'withdrawn'): null {
    this.#emit(() => ({ kind: 'ticket_refused', ticket, reason }))
    return null
  }

  async #spend(handle: string): Promise<ConsumedClaims | null> {
    // A ticket never changes between single-use and reusable, so that looking first opens no gap: a single-use ticket is still
    // consumed in one atomic step, and only the result of that step counts.
    if (this.#policy.allowReusable) {
      const seen = await this.#store.peek(handle)
      if (!seen) return null
      if (!seen.singleUse) return { claims: seen, revocation: await this.#store.revocation(seen.userId) }
    }
    return this.#store.consume(handle)
  }

  async #withdraw(ticket: string, userId: string): Promise<RevokeOutcome> {
    const outcome = await this.#store.revoke(ticket, userId)
    if (outcome === 'revoked') this.#emit(() => ({ kind: 'ticket_revoked', ticket, user: handleOf(userId) }))
    return outcome
  }
}
