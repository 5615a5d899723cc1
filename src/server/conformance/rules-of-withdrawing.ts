// What a store must do when tickets are withdrawn, one or all of a user's.

import { exampleClaims } from './example-claims.ts'
import { expectEqual, expectTrue } from './expect.ts'
import type { Rule } from './rule.ts'
import { MINUTE_MS, type TicketStoreUnderTest, wallNow } from './store-under-test.ts'
import { elapse, fresh } from './under-test.ts'

const STRANGE_USER_IDS = ['auth:user:x:index', '__proto__', 'a b\n\r\0c', '💥', '*', 'x'.repeat(5_000), '../..']

export const RULES_OF_WITHDRAWING: readonly Rule<TicketStoreUnderTest>[] = [
  {
    name: 'revokes a ticket for its owner only',
    async check({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, exampleClaims(userId), MINUTE_MS)
      expectEqual(await store.revoke(handle, 'somebody-else'), 'not_owner', 'revoke by another')
      expectEqual(await store.peek(handle), exampleClaims(userId), 'the ticket after it')
      expectEqual(await store.revoke(handle, userId), 'revoked', 'revoke by the owner')
      expectEqual(await store.consume(handle), null, 'consume after it')
      expectEqual(await store.revoke(handle, userId), 'not_found', 'the second revoke')
    },
  },
  {
    name: 'lets exactly one win when a ticket is revoked and consumed at the same moment',
    async check({ store }) {
      for (let round = 0; round < 20; round++) {
        const { handle, userId } = fresh()
        await store.put(handle, exampleClaims(userId), MINUTE_MS)
        const [first, claims, second] = await Promise.all([
          store.revoke(handle, userId),
          store.consume(handle),
          store.revoke(handle, userId),
        ])
        const wins = [first === 'revoked', claims !== null, second === 'revoked']
        expectEqual(wins.filter(Boolean).length, 1, 'how many of revoke, consume and revoke won')
      }
    },
  },
  {
    name: 'revokes all tickets of a user and of nobody else, and remembers when',
    async check(subject) {
      const { store } = subject
      const { handle, other, userId } = fresh()
      const foreign = fresh()
      const used = fresh().handle
      for (const each of [handle, other, used]) await store.put(each, exampleClaims(userId), MINUTE_MS)
      await store.put(foreign.handle, exampleClaims(foreign.userId), MINUTE_MS)
      await store.consume(used)
      const beforeMs = await wallNow(subject)
      expectEqual(await store.revokeAll(userId), 2, 'how many there were')
      const notBeforeMs = (await store.notBefore(userId)) ?? Number.NaN
      const afterMs = await wallNow(subject)
      expectTrue(
        notBeforeMs >= beforeMs && notBeforeMs <= afterMs,
        `notBefore is the time of the revoke-all, from ${beforeMs} to ${afterMs}, got ${notBeforeMs}`,
      )
      expectEqual(await store.consume(handle), null, 'one of them')
      expectEqual(await store.consume(other), null, 'the other')
      expectEqual(await store.consume(foreign.handle), exampleClaims(foreign.userId), 'the ticket of another user')
      expectEqual(await store.notBefore(foreign.userId), null, 'notBefore of another user')
    },
  },
  {
    name: 'works on after a revoke-all: new tickets, and a later time the next time',
    async check(subject) {
      const { store } = subject
      const { handle, userId } = fresh()
      await store.revokeAll(userId)
      const firstMs = (await store.notBefore(userId)) ?? Number.NaN
      await elapse(subject, 5)
      await store.put(handle, exampleClaims(userId), MINUTE_MS, 1)
      expectEqual(await store.revokeAll(userId), 1, 'how many there were')
      const secondMs = (await store.notBefore(userId)) ?? Number.NaN
      expectTrue(secondMs > firstMs, `notBefore moves on from ${firstMs}, got ${secondMs}`)
    },
  },
  {
    name: 'records the time that a revoke-all asks for where that is later, and never moves it back',
    async check(subject) {
      const { store } = subject
      const { userId } = fresh()
      const laterMs = Math.ceil(await wallNow(subject)) + MINUTE_MS
      await store.revokeAll(userId, 1)
      const nowMs = (await store.notBefore(userId)) ?? Number.NaN
      expectTrue(nowMs > 1 && nowMs < laterMs, `an earlier time than now is not recorded, got ${nowMs}`)
      await store.revokeAll(userId, laterMs)
      expectEqual(await store.notBefore(userId), laterMs, 'a later time')
      await store.revokeAll(userId)
      expectEqual(await store.notBefore(userId), laterMs, 'a later time after one more revoke-all')
    },
  },
  {
    name: 'takes any user id, also one that looks like a key, a path or a prototype',
    async check({ store }) {
      for (const userId of STRANGE_USER_IDS) {
        const { handle } = fresh()
        await store.put(handle, exampleClaims(userId), MINUTE_MS)
        expectEqual(await store.revoke(handle, 'constructor'), 'not_owner', 'revoke by another')
        expectEqual(await store.revokeAll(userId), 1, `how many ${JSON.stringify(userId.slice(0, 20))} had`)
        expectEqual(await store.peek(handle), null, 'the ticket after it')
      }
    },
  },
  {
    name: 'answers a ping',
    async check({ store }) {
      expectEqual(await store.ping(), undefined, 'ping')
    },
  },
]
