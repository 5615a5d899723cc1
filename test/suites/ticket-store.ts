// What every ticket store must do, as cases that can be run one by one: as tests against a store that should pass, and by
// hand against one that is wrong on purpose and must not.

import { describe, expect, test } from 'vitest'
import { isTicketSocketError } from '../../src/contract/errors.ts'
import type { TicketClaims, TicketStore } from '../../src/server/ticket-store.ts'

export interface StoreUnderTest {
  store: TicketStore
  /** Lets time pass for the store. */
  elapse(ms: number): Promise<void>
  /** The store's own time, in milliseconds since 1970. */
  wallNow(): number | Promise<number>
}

interface StoreCase {
  name: string
  run(subject: StoreUnderTest): Promise<void>
}

let lastId = 0
/** Handles and users nobody used before, so that cases can share one Redis. */
const fresh = () => {
  const id = String(++lastId).padStart(6, '0')
  return { handle: `case_${id}_${'h'.repeat(31)}`, other: `case_${id}_${'o'.repeat(31)}`, userId: `user-${id}` }
}

export const someClaims = (userId: string, changes: Partial<TicketClaims> = {}): TicketClaims => ({
  userId,
  email: 'somebody@example.com',
  permissions: ['chat', 'read'],
  issuedAtMs: 1_763_800_000_250,
  expiresAtMs: 1_763_800_060_250,
  ttlSeconds: 60,
  singleUse: true,
  sessionExpiresAtMs: 1_763_803_600_000,
  tokenIssuedAtMs: null,
  metadata: { device: 'Gerät', nested: { deep: [1, 2, null] } },
  ...changes,
})

const MINUTE = 60_000
/** Long enough to be stored and looked at on a busy machine, short enough to be waited for. */
const SHORT = 120

const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  return isTicketSocketError(error) ? error.code : error
}

const ticketStoreCases: readonly StoreCase[] = [
  {
    name: 'gives back what was put, once',
    async run({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, someClaims(userId), MINUTE)
      expect(await store.consume(handle)).toEqual(someClaims(userId))
      expect(await store.consume(handle)).toBeNull()
    },
  },
  {
    name: 'gives a ticket to exactly one of a hundred consumers at the same moment',
    async run({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, someClaims(userId), MINUTE)
      const answers = await Promise.all(Array.from({ length: 100 }, () => store.consume(handle)))
      expect(answers.filter((claims) => claims !== null)).toEqual([someClaims(userId)])
    },
  },
  {
    name: 'knows nothing about a handle that was never put',
    async run({ store }) {
      const { handle, userId } = fresh()
      expect(await store.consume(handle)).toBeNull()
      expect(await store.peek(handle)).toBeNull()
      expect(await store.revoke(handle, userId)).toBe('not_found')
      expect(await store.notBefore(userId)).toBeNull()
      expect(await store.revokeAll(userId)).toBe(0)
    },
  },
  {
    name: 'looks without consuming',
    async run({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, someClaims(userId), MINUTE)
      expect(await store.peek(handle)).toEqual(someClaims(userId))
      expect(await store.peek(handle)).toEqual(someClaims(userId))
      expect(await store.consume(handle)).toEqual(someClaims(userId))
      expect(await store.peek(handle)).toBeNull()
    },
  },
  {
    name: 'keeps a ticket for its time and not longer, whatever its claims say about it',
    async run({ store, elapse }) {
      const { handle, other, userId } = fresh()
      await store.put(handle, someClaims(userId, { expiresAtMs: Number.MAX_SAFE_INTEGER }), SHORT)
      await store.put(other, someClaims(userId, { expiresAtMs: 0 }), MINUTE)
      await elapse(SHORT + 1)
      expect(await store.peek(handle)).toBeNull()
      expect(await store.consume(handle)).toBeNull()
      expect(await store.revoke(handle, userId)).toBe('not_found')
      expect(await store.consume(other)).toEqual(someClaims(userId, { expiresAtMs: 0 }))
    },
  },
  {
    name: 'never overwrites a handle',
    async run({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, someClaims(userId), MINUTE)
      expect(await codeOf(store.put(handle, someClaims('somebody-else'), MINUTE))).toBe('store_unavailable')
      expect(await store.consume(handle)).toEqual(someClaims(userId))
    },
  },
  {
    name: 'is not changed by what a caller does to claims it put or got',
    async run({ store }) {
      const { handle, userId } = fresh()
      const put = someClaims(userId)
      await store.put(handle, put, MINUTE)
      put.permissions.push('admin')
      ;(await store.peek(handle))?.permissions.push('admin')
      expect((await store.consume(handle))?.permissions).toEqual(['chat', 'read'])
    },
  },
  {
    name: 'revokes a ticket for its owner only',
    async run({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, someClaims(userId), MINUTE)
      expect(await store.revoke(handle, 'somebody-else')).toBe('not_owner')
      expect(await store.peek(handle)).toEqual(someClaims(userId))
      expect(await store.revoke(handle, userId)).toBe('revoked')
      expect(await store.consume(handle)).toBeNull()
      expect(await store.revoke(handle, userId)).toBe('not_found')
    },
  },
  {
    name: 'lets exactly one win when a ticket is revoked and consumed at the same moment',
    async run({ store }) {
      for (let round = 0; round < 20; round++) {
        const { handle, userId } = fresh()
        await store.put(handle, someClaims(userId), MINUTE)
        const [first, claims, second] = await Promise.all([
          store.revoke(handle, userId),
          store.consume(handle),
          store.revoke(handle, userId),
        ])
        const wins = [first === 'revoked', claims !== null, second === 'revoked']
        expect(wins.filter(Boolean)).toHaveLength(1)
      }
    },
  },
  {
    name: 'refuses one ticket too many, says when there is room, and counts what is unspent',
    async run({ store, elapse }) {
      const { userId } = fresh()
      const handles = Array.from({ length: 4 }, () => fresh().handle) as [string, string, string, string]
      await store.put(handles[0], someClaims(userId), MINUTE, 3)
      await store.put(handles[1], someClaims(userId), MINUTE, 3)
      await store.put(handles[2], someClaims(userId), SHORT * 3, 3)
      const refused = await store.put(handles[3], someClaims(userId), MINUTE, 3).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'too_many_tickets', retryable: true })
      const { retryAfterMs } = refused as { retryAfterMs: number }
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(retryAfterMs).toBeLessThanOrEqual(SHORT * 3)
      expect(await store.peek(handles[3])).toBeNull()
      await elapse(SHORT * 3 + 1) // one expires
      await store.put(handles[3], someClaims(userId), MINUTE, 3)
      await store.consume(handles[0]) // one is consumed
      await store.put(fresh().handle, someClaims(userId), MINUTE, 3)
      await store.revoke(handles[1], userId) // one is revoked
      await store.put(fresh().handle, someClaims(userId), MINUTE, 3)
      expect(await codeOf(store.put(fresh().handle, someClaims(userId), MINUTE, 3))).toBe('too_many_tickets')
      await store.put(fresh().handle, someClaims('somebody-else'), SHORT, 3)
    },
  },
  {
    name: 'holds the limit per user also for a crowd at the same moment',
    async run({ store }) {
      const { userId } = fresh()
      const puts = Array.from({ length: 30 }, () => store.put(fresh().handle, someClaims(userId), MINUTE, 5))
      const outcomes = await Promise.allSettled(puts)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    },
  },
  {
    name: 'revokes all tickets of a user and of nobody else, and remembers when',
    async run({ store, wallNow }) {
      const { handle, other, userId } = fresh()
      const foreign = fresh()
      const used = fresh().handle
      await store.put(handle, someClaims(userId), MINUTE)
      await store.put(other, someClaims(userId), MINUTE)
      await store.put(used, someClaims(userId), MINUTE)
      await store.put(foreign.handle, someClaims(foreign.userId), MINUTE)
      await store.consume(used)
      const beforeMs = await wallNow()
      expect(await store.revokeAll(userId)).toBe(2)
      const notBeforeMs = await store.notBefore(userId)
      expect(notBeforeMs).toBeGreaterThanOrEqual(beforeMs)
      expect(notBeforeMs).toBeLessThanOrEqual(await wallNow())
      expect(await store.consume(handle)).toBeNull()
      expect(await store.consume(other)).toBeNull()
      expect(await store.consume(foreign.handle)).toEqual(someClaims(foreign.userId))
      expect(await store.notBefore(foreign.userId)).toBeNull()
    },
  },
  {
    name: 'works on after a revoke-all: new tickets, and a later time the next time',
    async run({ store, elapse }) {
      const { handle, userId } = fresh()
      await store.revokeAll(userId)
      const firstMs = (await store.notBefore(userId)) ?? Number.NaN
      await elapse(5)
      await store.put(handle, someClaims(userId), MINUTE, 1)
      expect(await store.revokeAll(userId)).toBe(1)
      expect(await store.notBefore(userId)).toBeGreaterThan(firstMs)
    },
  },
  {
    name: 'takes any user id, also one that looks like a key, a path or a prototype',
    async run({ store }) {
      for (const userId of ['auth:user:x:index', '__proto__', 'a b\n\r\0c', '💥', '*', 'x'.repeat(5_000), '../..']) {
        const { handle } = fresh()
        await store.put(handle, someClaims(userId), MINUTE)
        expect(await store.revoke(handle, 'constructor')).toBe('not_owner')
        expect(await store.revokeAll(userId)).toBe(1)
        expect(await store.peek(handle)).toBeNull()
      }
    },
  },
  {
    name: 'answers a ping',
    async run({ store }) {
      expect(await store.ping()).toBeUndefined()
    },
  },
]

/** Registers every case as a test. `arrange` is called once per case. */
export function ticketStoreContract(name: string, arrange: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`the ticket store on ${name}`, () => {
    for (const { name: rule, run } of ticketStoreCases) {
      test(rule, async () => {
        expect.hasAssertions()
        await run(await arrange())
      })
    }
  })
}

/** The names of the cases that a store breaks. */
export async function brokenRules(arrange: () => StoreUnderTest | Promise<StoreUnderTest>): Promise<string[]> {
  const broken: string[] = []
  for (const { name, run } of ticketStoreCases) {
    await run(await arrange()).catch(() => broken.push(name))
  }
  return broken
}
