import { DEFAULT_TICKET_PREFIX } from '../../contract/wire.ts'
import { or, resolve, text } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { numberIn } from '../options.ts'
import { tokenRefused, tooManyTickets, tooOften } from '../put-refusals.ts'
import type { RevocationMarks } from '../revocation.ts'
import {
  DEFAULT_REVOCATION_TTL_MS,
  decodeClaims,
  encodeClaims,
  type PutLimits,
  type TicketClaims,
  type TicketStore,
} from '../ticket-store.ts'
import { handleOf } from '../ticket-value.ts'
import { textOf, unavailable } from './ask.ts'
import { probe } from './probe.ts'
import { type Ask, askInTime, createQuestion } from './question.ts'
import { commandsOf, hasOneConnection, type RedisClient } from './redis-commands.ts'
import { createRedisRateLimiter } from './redis-rate-limiter.ts'
import { DELETE_IF_EQUAL, RELEASE, RESERVE, REVOKE_ALL } from './scripts.ts'

export interface RedisTicketStoreOptions {
  /** What stands before a handle. @default 'auth:ticket:' */
  prefix?: string
  /** What stands before the hash of a user's id: for the index, the marks of the last revoke-all, the limit. @default 'auth:user:' */
  userPrefix?: string
  /** What stands before the hash of what is counted by `rateLimiter` (addresses). @default 'auth:limit:' */
  limitPrefix?: string
  /**
   * A question to the store that takes longer has failed, in milliseconds, however many commands it takes. After a command that
   * took all of it the others share 100 ms more, since it may have passed while this process was held up. The clients' own
   * defaults wait for minutes.
   *
   * @default 500
   */
  deadlineMs?: number
  /**
   * Replicas that must know of a consumption before it counts. With 0, a replica that is promoted before it received it
   * knows the ticket again. With more, a consumption that is not acknowledged in time is refused and its ticket is lost; WAIT
   * also holds up the other commands of this connection, so give the store a separate client. It must have one connection: not a
   * cluster, a pool, or node-redis' `createSentinel`.
   *
   * @default 0
   */
  consumeReplicas?: number
  /** How long the marks of a revoke-all are kept, in milliseconds. Longer than any JWT lives. @default 30 days */
  revocationTtlMs?: number
  clock?: Clock
}

/**
 * Tickets in Redis (5 or newer, or Valkey), for more than one server. Takes a connected ioredis or node-redis client and
 * neither connects nor closes it. A reader of that Redis learns no ticket: the keys are hashes.
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
  // Hashed, so that a user's id (an e-mail address, anything at all) is no part of a key; in braces, so that a cluster keeps
  // the keys of a user on one node.
  const userKey = (userId: string, name: string) => `${userPrefix}{${handleOf(userId)}}:${name}`
  const indexKey = (userId: string) => userKey(userId, 'index')
  const marksKey = (userId: string) => userKey(userId, 'not_before')
  const bucketKey = (userId: string) => userKey(userId, 'limit')

  const question = () => createQuestion(clock, deadlineMs)

  /** Resolves to the user's marks, as they are kept. */
  const release = (ask: Ask, userId: string, handle: string) =>
    ask(() => redis.run(RELEASE, [indexKey(userId), marksKey(userId)], handle))

  // The index only counts. An entry that stays behind is gone when its ticket would be.
  const releaseLater = (userId: string, handle: string) => void release(question(), userId, handle).catch(() => {})

  // No client has received this ticket.
  function discardLater(handle: string) {
    const ask = question()
    void ask(() => redis.del(ticketKey(handle))).catch(() => {})
  }

  async function reserve(ask: Ask, handle: string, claims: TicketClaims, ttlMs: number, limits: PutLimits) {
    const { userId, tokenIssuedAtMs } = claims
    const { maxPerUser = Number.MAX_SAFE_INTEGER, rate, afterRevocationMs } = limits
    const issued = tokenIssuedAtMs === null ? '' : String(tokenIssuedAtMs)
    const bucket = rate ? [String(rate.burst), String(rate.perMinute / 60_000)] : ['', '']
    const keys = [marksKey(userId), bucketKey(userId), indexKey(userId)]
    const known = afterRevocationMs === undefined ? '' : String(afterRevocationMs ?? -1)
    const args = [issued, known, ...bucket, handle, String(ttlMs), String(maxPerUser)]
    const answer = await ask(
      () => redis.run(RESERVE, keys, ...args),
      () => releaseLater(userId, handle),
    )
    const [outcome, value] = Array.isArray(answer) ? answer.map((part) => String(textOf(part))) : []
    switch (outcome) {
      case 'stored':
        return marksIn(value || null)
      case 'revoked':
        marksIn(value)
        throw tokenRefused()
      case 'too_often':
        throw tooOften(Number(value))
      case 'too_many':
        throw tooManyTickets(Number(value))
      default:
        throw unavailable(new Error('the script answered something else'))
    }
  }

  async function awaitReplicas(ask: Ask, handle: string) {
    // A little less than what is left, so that the count arrives in time.
    const wait = (leftMs: number) => redis.wait(consumeReplicas, Math.max(1, Math.floor(leftMs * 0.8)))
    const acknowledged = Number(await ask(wait))
    if (!(acknowledged >= consumeReplicas))
      throw unavailable(new Error('too few replicas acknowledged the consumption'))
    // The client may have been connected to another primary meanwhile, whose replicas acknowledged something else.
    if ((await ask(() => redis.get(ticketKey(handle)))) !== null)
      throw unavailable(new Error('a promoted replica has not received the consumption'))
  }

  return {
    kind: 'redis',
    prefix,
    rateLimiter: createRedisRateLimiter(client, { prefix: limitPrefix, clock }),

    async put(handle, claims, ttlMs, limits = {}) {
      const wholeMs = Math.max(1, Math.floor(ttlMs))
      const ask = question()
      const revocation = await reserve(ask, handle, claims, wholeMs, limits)
      const value = encodeClaims({ ...claims, afterRevocationMs: revocation?.atMs ?? null })
      try {
        const stored = await ask(
          () => redis.setNew(ticketKey(handle), value, wholeMs),
          () => discardLater(handle),
        )
        if (stored !== 'OK') throw unavailable(new Error('the handle exists already'))
      } catch (error) {
        releaseLater(claims.userId, handle)
        throw error
      }
    },

    async peek(handle) {
      const ask = question()
      return decodeClaims(await ask(() => redis.get(ticketKey(handle))))
    },

    async consume(handle) {
      const ask = question()
      const stored = await ask(() => redis.take(ticketKey(handle)))
      if (stored !== null && consumeReplicas > 0) await awaitReplicas(ask, handle)
      const claims = decodeClaims(stored)
      if (!claims) return null
      return { claims, revocation: marksIn(await release(ask, claims.userId, handle)) }
    },

    async revoke(handle, userId) {
      const ask = question()
      const stored = await ask(() => redis.get(ticketKey(handle)))
      const claims: TicketClaims | null = decodeClaims(stored)
      if (!claims) return 'not_found'
      if (claims.userId !== userId) return 'not_owner'
      // The value names its owner and is never changed, so "delete if it is this value" is "delete if it is this user's".
      const deleted = Number(await ask(() => redis.run(DELETE_IF_EQUAL, [ticketKey(handle)], String(stored))))
      if (deleted !== 1) return 'not_found'
      releaseLater(userId, handle)
      return 'revoked'
    },

    async revokeAll(userId, tokensUntilMs = 0) {
      const ask = question()
      const keys = [marksKey(userId), indexKey(userId)]
      const args = [String(revocationTtlMs), String(Math.max(0, Math.ceil(tokensUntilMs)))]
      const answer = await askInTime(ask, redis, REVOKE_ALL, keys, ...args)
      const [marks, ...handles] = Array.isArray(answer) ? answer.map(textOf) : []
      const revocation = marksIn(marks)
      if (!revocation) throw unavailable(new Error('the script came too late, and recorded nothing'))
      // The marks refuse these tickets, whatever becomes of their deletion.
      const deletion = (handle: unknown) => ask(() => redis.del(ticketKey(String(handle)))).catch(() => 1)
      const deleted = await Promise.all(handles.map(deletion))
      return { tickets: deleted.filter((count) => Number(count) === 1).length, revocation }
    },

    async revocation(userId) {
      const ask = question()
      return marksIn(await ask(() => redis.get(marksKey(userId))))
    },

    ping: () => probe(question(), redis, { ticketKey, marksKey, indexKey }),
  }
}

/** The marks as they are kept; `null` where there are none. Anything else is not "none": that would let in who is kept out. */
function marksIn(kept: unknown): RevocationMarks | null {
  if (kept === null || kept === undefined) return null
  const [, atMs, tokensUntilMs] = /^(\d{1,15}) (\d{1,15})$/.exec(String(kept)) ?? []
  if (atMs === undefined) throw unavailable(new Error('the marks of a revoke-all do not decode'))
  return { atMs: Number(atMs), tokensUntilMs: Number(tokensUntilMs) }
}
