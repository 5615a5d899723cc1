import * as z from 'zod'
import { TICKET_FORM } from '../contract/wire.ts'
import type { RateLimiter } from './rate-limiter.ts'

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
  /** End of the JWT that bought the ticket; `null` when it has none. */
  sessionExpiresAtMs: number | null
  /** When that JWT was issued; `null` when nobody knows. */
  tokenIssuedAtMs: number | null
  metadata: Record<string, unknown>
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
   * Keeps the claims for `ttlMs`. A handle that exists already MUST NOT be overwritten: reject.
   *
   * When the user holds `maxPerUser` unspent tickets already, MUST reject with a `TicketSocketError('too_many_tickets')`,
   * also for calls at the same moment. `retryAfterMs` says when the first of them expires.
   */
  put(handle: string, claims: TicketClaims, ttlMs: number, maxPerUser?: number): Promise<void>
  /** Looks. MUST NOT change anything. */
  peek(handle: string): Promise<TicketClaims | null>
  consume(handle: string): Promise<TicketClaims | null>
  /** Deletes the ticket if it is this user's. Ownership check and deletion MUST be one atomic step. */
  revoke(handle: string, userId: string): Promise<'revoked' | 'not_found' | 'not_owner'>
  /**
   * Deletes the user's unspent tickets and tells how many there were. MUST record the store's time as `notBefore` first,
   * so that a ticket which slips in between is refused by it. When `notBeforeMs` is later than the store's time, it MUST
   * record that instead. What was recorded before MUST NOT move back.
   */
  revokeAll(userId: string, notBeforeMs?: number): Promise<number>
  /** What the user's last `revokeAll` recorded, in milliseconds since 1970, or `null`. */
  notBefore(userId: string): Promise<number | null>
  /** Rejects when the store cannot be reached. MUST really ask it. */
  ping(): Promise<void>
}

/**
 * How long the time of a revoke-all is kept by default: 30 days. A JWT that lives longer than this comes back to life
 * after it, so whoever issues such JWTs raises it.
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
  metadata: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<TicketClaims>

/** The text that a store keeps. */
export const encodeClaims = (claims: TicketClaims): string => JSON.stringify(claims)

/**
 * The claims that a store kept, or `null` for anything else. Strict: whatever somebody else wrote into the store opens
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
