import { TicketSocketError } from '../../contract/errors.ts'
import { DEFAULT_TICKET_PREFIX } from '../../contract/wire.ts'
import { or, resolve, text } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { numberIn } from '../options.ts'
import {
  DEFAULT_REVOCATION_TTL_MS,
  decodeClaims,
  encodeClaims,
  type TicketClaims,
  type TicketStore,
} from '../ticket-store.ts'
import { handleOf } from '../ticket-value.ts'
import { askWithin, textOf, unavailable } from './ask.ts'
import { commandsOf, hasOneConnection, type RedisClient } from './redis-commands.ts'
import { createRedisRateLimiter } from './redis-rate-limiter.ts'
import { DELETE_IF_EQUAL, MARK, RELEASE, RESERVE, TAKE_ALL } from './scripts.ts'

export interface RedisTicketStoreOptions {
  /** What stands before a handle. @default 'auth:ticket:' */
  prefix?: string
  /** What stands before the hash of a user's id, for the index and the time of the last revoke-all. @default 'auth:user:' */
  userPrefix?: string
  /** What stands before the hash of what is counted by `rateLimiter`. @default 'auth:limit:' */
  limitPrefix?: string
  /**
   * A question to the store that takes longer has failed, in milliseconds, however many commands it takes. The clients' own
   * defaults wait for minutes.
   *
   * @default 500
   */
  deadlineMs?: number
  /**
   * Replicas that must know of a consumption before it counts. With 0, a replica that is promoted before it heard of it
   * knows the ticket again. With more, a consumption that is not acknowledged in time is refused and its ticket is lost; WAIT
   * also holds up the other commands of this connection, so give the store a client of its own.
   *
   * @default 0
   */
  consumeReplicas?: number
  /** How long the time of a revoke-all is kept, in milliseconds. Longer than any JWT lives. @default 30 days */
  revocationTtlMs?: number
  clock?: Clock
}

interface Question {
  /** Rejects with `store_unavailable` when the command fails, or when the question has taken too long. */
  ask(command: () => Promise<unknown>): Promise<unknown>
  /** How long the question may still take, in milliseconds. */
  leftMs(): number
}

/**
 * Tickets in Redis (6.2 or newer, or Valkey), for more than one server. Takes a connected ioredis or node-redis client and
 * neither connects nor closes it. Whoever reads that Redis learns no ticket: the keys are hashes.
 *
 * Give it a database whose `maxmemory-policy` is `noeviction`: an evicted ticket is a refused one.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis'
 * import { AuthTicketManager } from 'ticket-socket/server'
 * import { createRedisTicketStore } from 'ticket-socket/server/redis'
 *
 * const tickets = new AuthTicketManager({ store: createRedisTicketStore(new Redis('redis://localhost')) })
 * ```
 */
export function createRedisTicketStore(client: RedisClient, options: RedisTicketStoreOptions = {}): TicketStore {
  const redis = commandsOf(client)
  const { clock, prefix, userPrefix, limitPrefix, deadlineMs, consumeReplicas, revocationTtlMs } = resolve(
    'createRedisTicketStore',
    options,
    {
      prefix: or(DEFAULT_TICKET_PREFIX, text),
      userPrefix: or('auth:user:', text),
      limitPrefix: or('auth:limit:', text),
      deadlineMs: or(500, numberIn({ min: 1 })),
      consumeReplicas: or(0, numberIn({ min: 0, max: 100, integer: true })),
      revocationTtlMs: or(DEFAULT_REVOCATION_TTL_MS, numberIn({ min: 1, integer: true })),
      clock: or(systemClock, clockOf),
    },
  )
  if (consumeReplicas > 0 && !hasOneConnection(client)) {
    throw new TypeError(`consumeReplicas must be 0 with a cluster or a pool of connections, got ${consumeReplicas}`)
  }

  const ticketKey = (handle: string) => prefix + handle
  // Hashed, so that a user's id (an e-mail address, anything at all) is no part of a key.
  const indexKey = (userId: string) => `${userPrefix}${handleOf(userId)}:index`
  const notBeforeKey = (userId: string) => `${userPrefix}${handleOf(userId)}:not_before`

  // One deadline for all that a question takes: a request waits for several, and must not wait for each command of each.
  function question(): Question {
    const endsAtMs = clock.now() + deadlineMs
    const leftMs = () => Math.max(1, endsAtMs - clock.now())
    return { ask: (command) => askWithin(clock, leftMs(), command), leftMs }
  }

  // The index only counts. An entry that stays behind is gone when its ticket would be.
  function release(userId: string, handle: string) {
    const { ask } = question()
    ask(() => redis.eval(RELEASE, indexKey(userId), handle)).catch(() => {})
  }

  async function reserve({ ask }: Question, userId: string, handle: string, ttlMs: number, maxPerUser: number) {
    const waitMs = Number(
      await ask(() => redis.eval(RESERVE, indexKey(userId), handle, String(ttlMs), String(maxPerUser))),
    )
    if (waitMs === 0) return
    throw new TicketSocketError('too_many_tickets', 'The user holds too many unspent tickets. Use one of them.', {
      retryAfterMs: waitMs,
    })
  }

  async function awaitReplicas({ ask, leftMs }: Question) {
    // A little less than what is left, so that the count arrives in time.
    const acknowledged = Number(await ask(() => redis.wait(consumeReplicas, Math.max(1, Math.floor(leftMs() * 0.8)))))
    if (!(acknowledged >= consumeReplicas))
      throw unavailable(new Error('too few replicas acknowledged the consumption'))
  }

  return {
    kind: 'redis',
    prefix,
    rateLimiter: createRedisRateLimiter(client, { prefix: limitPrefix, clock }),

    async put(handle, claims, ttlMs, maxPerUser = Number.MAX_SAFE_INTEGER) {
      const wholeMs = Math.max(1, Math.floor(ttlMs))
      const asked = question()
      await reserve(asked, claims.userId, handle, wholeMs, maxPerUser)
      try {
        const stored = await asked.ask(() => redis.setNew(ticketKey(handle), encodeClaims(claims), wholeMs))
        if (stored !== 'OK') throw unavailable(new Error('the handle exists already'))
      } catch (error) {
        release(claims.userId, handle)
        throw error
      }
    },

    async peek(handle) {
      return decodeClaims(await question().ask(() => redis.get(ticketKey(handle))))
    },

    async consume(handle) {
      const asked = question()
      const stored = await asked.ask(() => redis.getdel(ticketKey(handle)))
      if (stored !== null && consumeReplicas > 0) await awaitReplicas(asked)
      const claims = decodeClaims(stored)
      if (claims) release(claims.userId, handle)
      return claims
    },

    async revoke(handle, userId) {
      const { ask } = question()
      const stored = await ask(() => redis.get(ticketKey(handle)))
      const claims: TicketClaims | null = decodeClaims(stored)
      if (!claims) return 'not_found'
      if (claims.userId !== userId) return 'not_owner'
      // The value names its owner and is never changed, so "delete if it is this value" is "delete if it is this user's".
      const deleted = Number(await ask(() => redis.eval(DELETE_IF_EQUAL, ticketKey(handle), String(stored))))
      if (deleted !== 1) return 'not_found'
      release(userId, handle)
      return 'revoked'
    },

    async revokeAll(userId, notBeforeMs = 0) {
      const { ask } = question()
      const earliest = String(Math.max(0, Math.ceil(notBeforeMs)))
      await ask(() => redis.eval(MARK, notBeforeKey(userId), String(revocationTtlMs), earliest))
      const handles = await ask(() => redis.eval(TAKE_ALL, indexKey(userId)))
      if (!Array.isArray(handles)) return 0
      const deleted = await Promise.all(
        handles.map((handle) => ask(() => redis.del(ticketKey(String(textOf(handle)))))),
      )
      return deleted.filter((count) => Number(count) === 1).length
    },

    async notBefore(userId) {
      const stored = await question().ask(() => redis.get(notBeforeKey(userId)))
      if (stored === null) return null
      // Not "never": that would let everybody in whom it was written to keep out.
      if (typeof stored !== 'string' || !/^\d{1,15}$/.test(stored))
        throw unavailable(new Error('not_before is no number'))
      return Number(stored)
    },

    async ping() {
      await question().ask(() => redis.ping())
    },
  }
}
