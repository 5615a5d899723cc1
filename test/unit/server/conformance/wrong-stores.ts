// Stores that are wrong on purpose, each with the rule that it breaks. Each is the memory store but for one thing.

import { TicketSocketError } from '../../../../src/contract/errors.ts'
import type { RevocationMarks } from '../../../../src/server/revocation.ts'
import type { ConsumedClaims, TicketClaims, TicketStore } from '../../../../src/server/ticket-store.ts'

type Spoil = (store: TicketStore) => Partial<TicketStore>
interface WrongStore {
  mistake: string
  breaks: string
  spoil: Spoil
}

const consumed = (claims: TicketClaims | null): ConsumedClaims | null => claims && { claims, revocation: null }
const moment = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Counts by reading, and writes what it read, plus one. */
function countThenPut(store: TicketStore): Partial<TicketStore> {
  const counts = new Map<string, number>()
  return {
    async put(handle, claims, ttlMs, { maxPerUser = Number.POSITIVE_INFINITY, ...limits } = {}) {
      const count = counts.get(claims.userId) ?? 0
      await moment()
      if (count >= maxPerUser) throw new TicketSocketError('too_many_tickets', 'Too many.', { retryAfterMs: 1 })
      counts.set(claims.userId, count + 1)
      await store.put(handle, claims, ttlMs, limits)
    },
  }
}

function keepObjects(store: TicketStore): Partial<TicketStore> {
  const objects = new Map<string, TicketClaims>()
  return {
    async put(handle, claims, ...rest) {
      await store.put(handle, claims, ...rest)
      objects.set(handle, claims)
    },
    peek: async (handle) => ((await store.peek(handle)) ? (objects.get(handle) ?? null) : null),
    async consume(handle) {
      const consumed = await store.consume(handle)
      return consumed && { ...consumed, claims: objects.get(handle) ?? consumed.claims }
    },
  }
}

function revokeEverybody(store: TicketStore): Partial<TicketStore> {
  const users = new Set<string>()
  return {
    put(handle, claims, ...rest) {
      users.add(claims.userId)
      return store.put(handle, claims, ...rest)
    },
    async revokeAll(userId, tokensUntilMs) {
      const revoked = await store.revokeAll(userId, tokensUntilMs)
      for (const other of users) await store.revokeAll(other)
      return { ...revoked, revocation: (await store.revocation(userId)) ?? revoked.revocation }
    },
  }
}

function keepFirstRevocation(store: TicketStore): Partial<TicketStore> {
  const first = new Map<string, RevocationMarks>()
  return {
    async revokeAll(userId, tokensUntilMs) {
      const revoked = await store.revokeAll(userId, tokensUntilMs)
      const revocation = first.get(userId) ?? revoked.revocation
      first.set(userId, revocation)
      return { ...revoked, revocation }
    },
    revocation: async (userId) => first.get(userId) ?? null,
  }
}

/** The second mark is what was asked for last, or the first mark. */
function moveTimeBack(store: TicketStore): Partial<TicketStore> {
  const last = new Map<string, RevocationMarks>()
  return {
    async revokeAll(userId, tokensUntilMs = 0) {
      const { tickets, revocation } = await store.revokeAll(userId)
      const marks = { ...revocation, tokensUntilMs: Math.max(revocation.atMs, tokensUntilMs) }
      last.set(userId, marks)
      return { tickets, revocation: marks }
    },
    revocation: async (userId) => last.get(userId) ?? null,
  }
}

export const WRONG_STORES: readonly WrongStore[] = [
  {
    mistake: 'keeps what was consumed',
    breaks: 'gives back what was put, once',
    spoil: (store) => ({ consume: async (handle) => consumed(await store.peek(handle)) }),
  },
  {
    mistake: 'cuts long metadata',
    breaks: 'gives back the longest claims that the contract allows',
    spoil: (store) => ({
      put: (handle, claims, ...rest) =>
        store.put(
          handle,
          { ...claims, metadata: JSON.stringify(claims.metadata).length > 255 ? {} : claims.metadata },
          ...rest,
        ),
    }),
  },
  {
    mistake: 'reads a ticket and then deletes it',
    breaks: 'gives a ticket to exactly one of a hundred consumers at the same moment',
    spoil: (store) => ({
      async consume(handle) {
        const claims = await store.peek(handle)
        await moment()
        await store.consume(handle)
        return consumed(claims)
      },
    }),
  },
  {
    mistake: 'throws for an unknown ticket',
    breaks: 'knows nothing about a handle that was never put',
    spoil: (store) => ({
      async consume(handle) {
        const claims = await store.consume(handle)
        if (claims) return claims
        throw new TicketSocketError('ticket_rejected', 'Unknown.')
      },
    }),
  },
  {
    mistake: 'says nothing at all of an unknown ticket',
    breaks: 'knows nothing about a handle that was never put',
    spoil: (store) => ({ peek: async (handle) => (await store.peek(handle)) ?? (undefined as never) }),
  },
  {
    mistake: 'consumes what it looks at',
    breaks: 'looks without consuming',
    spoil: (store) => ({ peek: async (handle) => (await store.consume(handle))?.claims ?? null }),
  },
  {
    mistake: 'keeps a ticket for ever',
    breaks: 'keeps a ticket for its time and not longer, whatever its claims say about it',
    spoil: (store) => ({ put: (handle, claims, _ttlMs, max) => store.put(handle, claims, 1e9, max) }),
  },
  {
    mistake: 'believes the claims about when a ticket ends',
    breaks: 'keeps a ticket for its time and not longer, whatever its claims say about it',
    spoil: (store) => ({
      async consume(handle) {
        const claims = await store.consume(handle)
        return claims && claims.claims.expiresAtMs > 1 ? claims : null
      },
    }),
  },
  {
    mistake: 'overwrites',
    breaks: 'never overwrites a handle',
    spoil: (store) => ({
      async put(handle, ...rest) {
        await store.consume(handle)
        await store.put(handle, ...rest)
      },
    }),
  },
  {
    mistake: 'gives out the object that it keeps',
    breaks: 'is not changed by what a caller does to claims it put or got',
    spoil: keepObjects,
  },
  {
    mistake: 'counts nothing',
    breaks: 'refuses one ticket too many, says when there is room, and counts what is unspent',
    spoil: (store) => ({ put: (handle, claims, ttlMs, { rate } = {}) => store.put(handle, claims, ttlMs, { rate }) }),
  },
  {
    mistake: 'counts what is spent, too',
    breaks: 'refuses one ticket too many, says when there is room, and counts what is unspent',
    spoil: countThenPut,
  },
  {
    mistake: 'counts, and puts a moment later',
    breaks: 'holds the limit per user also for a crowd at the same moment',
    spoil: countThenPut,
  },
  {
    mistake: 'revokes for anybody',
    breaks: 'revokes a ticket for its owner only',
    spoil: (store) => ({
      revoke: async (handle) => ((await store.consume(handle)) ? 'revoked' : 'not_found'),
    }),
  },
  {
    mistake: 'checks the owner, and deletes a moment later',
    breaks: 'lets exactly one win when a ticket is revoked and consumed at the same moment',
    spoil: (store) => ({
      async revoke(handle, userId) {
        const claims = await store.peek(handle)
        await moment()
        if (claims?.userId === userId) await store.consume(handle)
        return !claims ? 'not_found' : claims.userId === userId ? 'revoked' : 'not_owner'
      },
    }),
  },
  {
    mistake: 'does not remember a revoke-all',
    breaks: 'revokes all tickets of a user and of nobody else, and remembers when',
    spoil: () => ({ revocation: async () => null }),
  },
  {
    mistake: 'revokes everybody',
    breaks: 'revokes all tickets of a user and of nobody else, and remembers when',
    spoil: revokeEverybody,
  },
  {
    mistake: 'revokes nothing',
    breaks: 'revokes all tickets of a user and of nobody else, and remembers when',
    spoil: () => ({
      revokeAll: async () => ({ tickets: 0, revocation: { atMs: Date.now(), tokensUntilMs: Date.now() } }),
    }),
  },
  {
    mistake: 'remembers the first revoke-all',
    breaks: 'works on after a revoke-all: new tickets, and a later mark the next time, also at once',
    spoil: keepFirstRevocation,
  },
  {
    mistake: 'does not heed the time that a revoke-all asks for',
    breaks: 'refuses JWTs until the time that a revoke-all asks for where that is later, and never moves it back',
    spoil: (store) => ({ revokeAll: (userId) => store.revokeAll(userId) }),
  },
  {
    mistake: 'moves the time of a revoke-all back',
    breaks: 'refuses JWTs until the time that a revoke-all asks for where that is later, and never moves it back',
    spoil: moveTimeBack,
  },
  {
    mistake: 'records one time for both marks',
    breaks: 'refuses JWTs until the time that a revoke-all asks for where that is later, and never moves it back',
    spoil: (store) => ({
      async revokeAll(userId, tokensUntilMs) {
        const { tickets, revocation } = await store.revokeAll(userId, tokensUntilMs)
        return { tickets, revocation: { ...revocation, atMs: revocation.tokensUntilMs } }
      },
    }),
  },
  {
    mistake: 'does not keep with a ticket what it came after',
    breaks: 'keeps with a ticket the revoke-all that it came after, and answers with the last one when it is consumed',
    spoil: (store) => ({
      async consume(handle) {
        const found = await store.consume(handle)
        return found && { ...found, claims: { ...found.claims, afterRevocationMs: null } }
      },
    }),
  },
  {
    mistake: 'answers with no revoke-all when a ticket is consumed',
    breaks: 'keeps with a ticket the revoke-all that it came after, and answers with the last one when it is consumed',
    spoil: (store) => ({ consume: async (handle) => consumed((await store.consume(handle))?.claims ?? null) }),
  },
  {
    mistake: 'takes a JWT of the very moment',
    breaks: 'refuses a JWT that the last revoke-all refuses, one of its very moment included, and takes a later one',
    spoil: (store) => ({
      put: (handle, claims, ...rest) =>
        store.put(
          handle,
          { ...claims, tokenIssuedAtMs: claims.tokenIssuedAtMs === null ? null : claims.tokenIssuedAtMs + 1 },
          ...rest,
        ),
    }),
  },
  {
    mistake: 'believes a JWT that was checked before a revoke-all',
    breaks:
      'refuses a JWT that was checked before the last revoke-all, where that is said, and takes one that was checked after it',
    spoil: (store) => ({
      put: (handle, claims, ttlMs, limits) =>
        store.put(handle, claims, ttlMs, { ...limits, afterRevocationMs: undefined }),
    }),
  },
  {
    mistake: 'counts no rate',
    breaks: 'counts how often a user gets a ticket, also for a crowd, and says how long to wait',
    spoil: (store) => ({
      put: (handle, claims, ttlMs, limits = {}) => store.put(handle, claims, ttlMs, { ...limits, rate: undefined }),
    }),
  },
  {
    mistake: 'cuts the id of a user',
    breaks: 'takes any user id, also one that looks like a key, a path or a prototype',
    spoil: (store) => ({ revokeAll: (userId, ...rest) => store.revokeAll(userId.slice(0, 255), ...rest) }),
  },
  {
    mistake: 'fails to answer a ping',
    breaks: 'answers a ping',
    spoil: () => ({
      async ping() {
        throw new Error('unknown command')
      },
    }),
  },
]
