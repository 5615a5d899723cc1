// Stores that are wrong on purpose, each with the rule that it breaks. Each is the memory store but for one thing.

import { TicketSocketError } from '../../../../src/contract/errors.ts'
import type { TicketClaims, TicketStore } from '../../../../src/server/ticket-store.ts'

type Spoil = (store: TicketStore) => Partial<TicketStore>
interface WrongStore {
  mistake: string
  breaks: string
  spoil: Spoil
}

const moment = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Counts by reading, and writes what it read, plus one. */
function countThenPut(store: TicketStore): Partial<TicketStore> {
  const counts = new Map<string, number>()
  return {
    async put(handle, claims, ttlMs, maxPerUser = Number.POSITIVE_INFINITY) {
      const count = counts.get(claims.userId) ?? 0
      await moment()
      if (count >= maxPerUser) throw new TicketSocketError('too_many_tickets', 'Too many.', { retryAfterMs: 1 })
      counts.set(claims.userId, count + 1)
      await store.put(handle, claims, ttlMs)
    },
  }
}

function keepObjects(store: TicketStore): Partial<TicketStore> {
  const objects = new Map<string, TicketClaims>()
  const objectOf = async (handle: string, found: Promise<TicketClaims | null>) =>
    (await found) === null ? null : (objects.get(handle) ?? null)
  return {
    async put(handle, claims, ...rest) {
      await store.put(handle, claims, ...rest)
      objects.set(handle, claims)
    },
    peek: (handle) => objectOf(handle, store.peek(handle)),
    consume: (handle) => objectOf(handle, store.consume(handle)),
  }
}

function revokeEverybody(store: TicketStore): Partial<TicketStore> {
  const users = new Set<string>()
  return {
    put(handle, claims, ...rest) {
      users.add(claims.userId)
      return store.put(handle, claims, ...rest)
    },
    async revokeAll(userId, notBeforeMs) {
      const count = await store.revokeAll(userId, notBeforeMs)
      for (const other of users) await store.revokeAll(other)
      return count
    },
  }
}

function keepFirstRevocation(store: TicketStore): Partial<TicketStore> {
  const first = new Map<string, number | null>()
  return {
    async notBefore(userId) {
      if (!first.get(userId)) first.set(userId, await store.notBefore(userId))
      return first.get(userId) ?? null
    },
  }
}

function moveTimeBack(store: TicketStore): Partial<TicketStore> {
  const last = new Map<string, number>()
  return {
    revokeAll(userId, notBeforeMs = 0) {
      last.set(userId, Math.max(Date.now(), notBeforeMs))
      return store.revokeAll(userId)
    },
    notBefore: async (userId) => last.get(userId) ?? null,
  }
}

export const WRONG_STORES: readonly WrongStore[] = [
  {
    mistake: 'keeps what was consumed',
    breaks: 'gives back what was put, once',
    spoil: (store) => ({ consume: store.peek }),
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
        return claims
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
    spoil: (store) => ({ peek: store.consume }),
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
        return claims && claims.expiresAtMs > 1 ? claims : null
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
    spoil: (store) => ({ put: (handle, claims, ttlMs) => store.put(handle, claims, ttlMs) }),
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
    spoil: () => ({ notBefore: async () => null }),
  },
  {
    mistake: 'revokes everybody',
    breaks: 'revokes all tickets of a user and of nobody else, and remembers when',
    spoil: revokeEverybody,
  },
  {
    mistake: 'revokes nothing',
    breaks: 'revokes all tickets of a user and of nobody else, and remembers when',
    spoil: () => ({ revokeAll: async () => 0 }),
  },
  {
    mistake: 'remembers the first revoke-all',
    breaks: 'works on after a revoke-all: new tickets, and a later time the next time',
    spoil: keepFirstRevocation,
  },
  {
    mistake: 'does not heed the time that a revoke-all asks for',
    breaks: 'records the time that a revoke-all asks for where that is later, and never moves it back',
    spoil: (store) => ({ revokeAll: (userId) => store.revokeAll(userId) }),
  },
  {
    mistake: 'moves the time of a revoke-all back',
    breaks: 'records the time that a revoke-all asks for where that is later, and never moves it back',
    spoil: moveTimeBack,
  },
  {
    mistake: 'cuts the id of a user',
    breaks: 'takes any user id, also one that looks like a key, a path or a prototype',
    spoil: (store) => ({ revokeAll: (userId, notBeforeMs) => store.revokeAll(userId.slice(0, 255), notBeforeMs) }),
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
