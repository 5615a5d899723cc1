import { TicketSocketError } from '../contract/errors.ts'
import { DEFAULT_TICKET_PREFIX } from '../contract/wire.ts'
import { or, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, isClusterWorker, systemClock, warnDevelopers } from '../platform/system-platform.ts'
import { warnOnce } from '../platform/warn-once.ts'
import { numberIn } from './options.ts'
import { tokenRefused, tooManyTickets, tooOften } from './put-refusals.ts'
import { isTokenRevoked, isWithdrawn, type RevocationMarks } from './revocation.ts'
import { DEFAULT_REVOCATION_TTL_MS, decodeClaims, encodeClaims, type TicketStore } from './ticket-store.ts'
import { createTokenBuckets } from './token-buckets.ts'

export interface MemoryTicketStoreOptions {
  clock?: Clock
  /** Tickets that are kept at most. One more is refused as `store_unavailable`; none is thrown out. @default 100_000 */
  maxTickets?: number
  /** How long the time of a revoke-all is kept, in milliseconds. Longer than any JWT lives. @default 30 days */
  revocationTtlMs?: number
}

interface Entry {
  userId: string
  /** Encoded, as in Redis: what a caller does to its claims changes nothing here, and both stores lose the same. */
  stored: string
  dueMs: number
}

const warn = warnOnce({ warn: warnDevelopers })

/**
 * Tickets in this process: for one server, for tests, and for the mock. Does not survive a restart and does not know
 * other servers; `ticket-socket/server/redis` does. In a worker of Node's `cluster` it warns once: the other workers do not know its
 * tickets either.
 *
 * Expiry is by `clock.now()`, looked at when a ticket is touched. There is no timer, so nothing keeps a process alive.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore } from 'ticket-socket/server'
 *
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore({ maxTickets: 10_000 }) })
 * ```
 */
export function createMemoryTicketStore(options: MemoryTicketStoreOptions = {}): TicketStore {
  const { clock, maxTickets, revocationTtlMs } = resolve('createMemoryTicketStore', options, {
    clock: or(systemClock, clockOf),
    maxTickets: or(100_000, numberIn({ min: 1, integer: true })),
    revocationTtlMs: or(DEFAULT_REVOCATION_TTL_MS, numberIn({ min: 1 })),
  })
  if (isClusterWorker()) {
    warn(
      'createMemoryTicketStore() is used in a cluster worker: a ticket opens a connection on the worker that issued it, and on no ' +
        'other one. Use createRedisTicketStore() of ticket-socket/server/redis.',
    )
  }
  const entries = new Map<string, Entry>()
  const handlesOf = new Map<string, Set<string>>()
  const revocations = new Map<string, { marks: RevocationMarks; dueMs: number }>()
  const rates = createTokenBuckets(clock)

  function forget(handle: string, { userId }: Entry) {
    entries.delete(handle)
    const handles = handlesOf.get(userId)
    handles?.delete(handle)
    if (handles?.size === 0) handlesOf.delete(userId)
  }

  function live(handle: string): Entry | null {
    const entry = entries.get(handle)
    if (!entry) return null
    if (entry.dueMs > clock.now()) return entry
    forget(handle, entry)
    return null
  }

  // The oldest come first, so in the steady state this looks at one entry; a full store is looked through whole.
  function forgetExpired() {
    for (const [handle, entry] of entries) {
      if (entry.dueMs <= clock.now()) forget(handle, entry)
      else if (entries.size < maxTickets) break
    }
    for (const [userId, { dueMs }] of revocations) {
      if (dueMs > clock.now()) break
      revocations.delete(userId)
    }
  }

  function revocationOf(userId: string): RevocationMarks | null {
    const revocation = revocations.get(userId)
    return revocation && revocation.dueMs > clock.now() ? revocation.marks : null
  }

  const unspentOf = (userId: string) =>
    [...(handlesOf.get(userId) ?? [])].flatMap((handle) => {
      const entry = live(handle)
      return entry ? [{ handle, entry }] : []
    })

  return {
    kind: 'memory',
    prefix: DEFAULT_TICKET_PREFIX,
    async put(handle, claims, ttlMs, { maxPerUser = Number.POSITIVE_INFINITY, rate, afterRevocationMs } = {}) {
      forgetExpired()
      const { userId, tokenIssuedAtMs } = claims
      const revocation = revocationOf(userId)
      if (tokenIssuedAtMs !== null && isTokenRevoked(tokenIssuedAtMs, revocation)) throw tokenRefused()
      if (afterRevocationMs !== undefined && isWithdrawn({ afterRevocationMs }, revocation)) throw tokenRefused()
      const waitMs = rate ? rates.take(userId, rate) : 0
      if (waitMs > 0) throw tooOften(waitMs)
      const unspent = unspentOf(userId)
      if (unspent.length >= maxPerUser) {
        throw tooManyTickets(Math.min(...unspent.map(({ entry }) => entry.dueMs)) - clock.now())
      }
      if (entries.has(handle) || entries.size >= maxTickets) {
        throw new TicketSocketError('store_unavailable', 'The ticket store is full. Raise maxTickets or use Redis.')
      }
      const stored = encodeClaims({ ...claims, afterRevocationMs: revocation?.atMs ?? null })
      entries.set(handle, { userId, stored, dueMs: clock.now() + ttlMs })
      handlesOf.set(userId, (handlesOf.get(userId) ?? new Set()).add(handle))
    },
    async peek(handle) {
      return decodeClaims(live(handle)?.stored)
    },
    async consume(handle) {
      const entry = live(handle)
      if (entry) forget(handle, entry)
      const claims = decodeClaims(entry?.stored)
      return claims && { claims, revocation: revocationOf(claims.userId) }
    },
    async revoke(handle, userId) {
      const entry = live(handle)
      if (!entry) return 'not_found'
      if (entry.userId !== userId) return 'not_owner'
      forget(handle, entry)
      return 'revoked'
    },
    async revokeAll(userId, askedMs = 0) {
      const before = revocationOf(userId)
      const atMs = Math.max(clock.wallNow(), (before?.atMs ?? 0) + 1)
      const marks = { atMs, tokensUntilMs: Math.max(atMs, before?.tokensUntilMs ?? 0, askedMs) }
      revocations.delete(userId) // so that the newest stands last
      revocations.set(userId, { marks, dueMs: clock.now() + revocationTtlMs })
      const unspent = unspentOf(userId)
      for (const { handle, entry } of unspent) forget(handle, entry)
      return { tickets: unspent.length, revocation: marks }
    },
    async revocation(userId) {
      return revocationOf(userId)
    },
    async ping() {},
  }
}
