import * as z from 'zod'
import { TICKET_FORM } from '../contract/wire.ts'
import type { RateLimit } from './limits.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { RevocationMarks } from './revocation.ts'

/** What a ticket stands for; what a store keeps under the ticket's handle. Times are milliseconds since 1970. */
export interface TicketClaims {
  userId: string
  email?: string | undefined
  permissions: string[]
  issuedAtMs: number
  /** End of the ticket itself. Whether it has passed is the store's to decide, by its own clock. */
  expiresAtMs: number
  ttlSeconds: number
  singleUse: boolean
  /** End of the JWT that the ticket was issued for; `null` when it has none. */
  sessionExpiresAtMs: number | null
  /** When that JWT was issued; `null` when it is unknown. */
  tokenIssuedAtMs: number | null
  /** The user's last revoke-all when the ticket was stored (`RevocationMarks.atMs`); `null`: none. The store sets it. */
  afterRevocationMs: number | null
  metadata: Record<string, unknown>
}

/** What a `put` is refused by. */
export interface PutLimits {
  /** Unspent tickets that the user may hold. @default no limit */
  maxPerUser?: number
  /** How often the user may get one; counted by the store, for all servers that share it. @default no limit */
  rate?: RateLimit | undefined
  /**
   * The user's last revoke-all when the JWT was checked (`RevocationMarks.atMs`); `null`: none. For a JWT that does not say when it
   * was issued, which a revoke-all since then refuses.
   *
   * @default nothing is compared
   */
  afterRevocationMs?: number | null | undefined
}

/** A ticket that has left the store, and the user's last revoke-all as it was read after that. */
export interface ConsumedClaims {
  claims: TicketClaims
  revocation: RevocationMarks | null
}

/**
 * Where unspent tickets are kept. `testTicketStore` of `ticket-socket/server/conformance` holds an implementation to these
 * rules.
 *
 * - `handle` is the SHA-256 of a ticket. A store MUST NOT be given the ticket itself.
 * - `consume` MUST read and delete in one atomic step: of any number of callers at the same moment, exactly one gets
 *   the claims. It MUST resolve to `null` for a ticket that is unknown, expired or already consumed, and MUST NOT say
 *   which.
 * - A store that cannot answer MUST reject with a `TicketSocketError('store_unavailable')` within its own deadline. It
 *   MUST NOT resolve to `null` instead: "unknown" is a statement about the ticket.
 * - Expiry MUST be decided by the store's clock, not by `expiresAtMs`. Nothing may be left behind once a TTL ended.
 * - A value that does not decode MUST be treated as unknown.
 */
export interface TicketStore {
  readonly kind: 'memory' | 'redis' | (string & {})
  /** What stands before a handle in the store's keys. Shown by the status endpoint. */
  readonly prefix: string
  /** Counts for every server that shares this store. Left out, each server counts for itself. */
  readonly rateLimiter?: RateLimiter
  /**
   * Keeps the claims for `ttlMs`, with `afterRevocationMs` set. A handle that exists already MUST NOT be overwritten: reject.
   *
   * In this order, and in one step for calls at the same moment: a JWT that the user's last revoke-all refuses (by
   * `tokenIssuedAtMs`, or by `limits.afterRevocationMs`) MUST be rejected with a `TicketSocketError('unauthenticated')`; one ticket more than `rate` allows with
   * `rate_limited`; one more than `maxPerUser` with `too_many_tickets`. `retryAfterMs` says how long to wait: for `maxPerUser`,
   * until the first of the unspent tickets expires.
   */
  put(handle: string, claims: TicketClaims, ttlMs: number, limits?: PutLimits): Promise<void>
  /** Looks. MUST NOT change anything. */
  peek(handle: string): Promise<TicketClaims | null>
  /** MUST read the user's last revoke-all after the ticket is deleted, or one at the same moment would be missed. */
  consume(handle: string): Promise<ConsumedClaims | null>
  /** Deletes the ticket if it is this user's. Ownership check and deletion MUST be one atomic step. */
  revoke(handle: string, userId: string): Promise<'revoked' | 'not_found' | 'not_owner'>
  /**
   * Deletes the user's unspent tickets and resolves to their number. MUST record both marks first, so that a ticket which
   * slips in between is refused: `atMs` is the store's time, but later than the mark before; `tokensUntilMs` is `atMs`, or
   * what is asked for where that is later. Neither MUST move back.
   *
   * The marks decide: once they are recorded it MUST resolve, whatever becomes of a deletion. Once it has rejected it MUST NOT
   * record them any more, also where a command of its waits in a queue: they would refuse tickets and JWTs of a newer sign-in.
   */
  revokeAll(userId: string, tokensUntilMs?: number): Promise<{ tickets: number; revocation: RevocationMarks }>
  /** What the user's last `revokeAll` recorded, or `null`. */
  revocation(userId: string): Promise<RevocationMarks | null>
  /**
   * Rejects when the store cannot be reached or cannot do its work, with words that name the part that fails and hold no
   * address: they are shown by the status endpoint, which is public. MUST really try it: write, consume, count.
   */
  ping(): Promise<void>
}

/**
 * How long the time of a revoke-all is kept by default: 30 days. A JWT that lives longer than this comes back to life
 * after it, so raise it for such JWTs.
 */
export const DEFAULT_REVOCATION_TTL_MS = 30 * 24 * 60 * 60_000

const ticketClaims = z.strictObject({
  userId: z.string().min(1),
  email: z.string().optional(),
  permissions: z.array(z.string()),
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
  ttlSeconds: z.number(),
  singleUse: z.boolean(),
  sessionExpiresAtMs: z.number().nullable(),
  tokenIssuedAtMs: z.number().nullable(),
  afterRevocationMs: z.number().nullable(),
  metadata: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<TicketClaims>

/** The text that a store keeps. */
export const encodeClaims = (claims: TicketClaims): string => JSON.stringify(claims)

/**
 * The claims that a store kept, or `null` for anything else. Strict: a value that another program wrote into the store opens
 * nothing and throws nothing.
 */
export function decodeClaims(stored: unknown): TicketClaims | null {
  if (typeof stored !== 'string') return null
  try {
    return ticketClaims.safeParse(JSON.parse(stored)).data ?? null
  } catch {
    return null
  }
}

/** Handles and tickets look alike: 256 bits in base64url. Anything else is refused without asking a store. */
export const hasTicketForm = (value: unknown): value is string => typeof value === 'string' && TICKET_FORM.test(value)
