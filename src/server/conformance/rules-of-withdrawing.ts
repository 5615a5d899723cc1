// What a store must do when tickets are withdrawn, one or all of a user's.

import { exampleClaims } from './example-claims.ts'
import { expectEqual, expectRejection, expectTrue } from './expect.ts'
import type { Rule } from './rule.ts'
import { consumed, MINUTE_MS, type TicketStoreUnderTest, wallNow } from './store-under-test.ts'
import { fresh } from './under-test.ts'

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
      const { tickets, revocation } = await store.revokeAll(userId)
      expectEqual(tickets, 2, 'how many there were')
      const { atMs, tokensUntilMs } = revocation
      const afterMs = await wallNow(subject)
      expectTrue(
        atMs >= beforeMs && atMs <= afterMs,
        `atMs is the time of the revoke-all, from ${beforeMs} to ${afterMs}, got ${atMs}`,
      )
      expectEqual(tokensUntilMs, atMs, 'tokensUntilMs')
      expectEqual(await store.revocation(userId), revocation, 'the revocation that is kept')
      expectEqual(await store.consume(handle), null, 'one of them')
      expectEqual(await store.consume(other), null, 'the other')
      expectEqual(
        await store.consume(foreign.handle),
        consumed(exampleClaims(foreign.userId)),
        'the ticket of another user',
      )
      expectEqual(await store.revocation(foreign.userId), null, 'the revocation of another user')
    },
  },
  {
    name: 'works on after a revoke-all: new tickets, and a later mark the next time, also at once',
    async check(subject) {
      const { store } = subject
      const { handle, userId } = fresh()
      const { revocation: first } = await store.revokeAll(userId)
      const { revocation: second } = await store.revokeAll(userId)
      expectTrue(second.atMs > first.atMs, `atMs moves on from ${first.atMs}, got ${second.atMs}`)
      await store.put(handle, exampleClaims(userId), MINUTE_MS, { maxPerUser: 1 })
      expectEqual((await store.revokeAll(userId)).tickets, 1, 'how many there were')
    },
  },
  {
    name: 'keeps with a ticket the revoke-all that it came after, and answers with the last one when it is consumed',
    async check({ store }) {
      const { handle, other, userId } = fresh()
      const { revocation } = await store.revokeAll(userId)
      for (const each of [handle, other]) await store.put(each, exampleClaims(userId), MINUTE_MS)
      const claims = exampleClaims(userId, { afterRevocationMs: revocation.atMs })
      expectEqual(await store.peek(handle), claims, 'peek')
      expectEqual(await store.consume(handle), { claims, revocation }, 'consume')
    },
  },
  {
    name: 'refuses a JWT that the last revoke-all refuses, one of its very moment included, and takes a later one',
    async check({ store }) {
      const { handle, other, userId } = fresh()
      const { tokensUntilMs } = (await store.revokeAll(userId)).revocation
      const put = (to: string, tokenIssuedAtMs: number) =>
        store.put(to, exampleClaims(userId, { tokenIssuedAtMs }), MINUTE_MS, { maxPerUser: 1 })
      await expectRejection(put(handle, tokensUntilMs), 'unauthenticated', 'a JWT of the very moment')
      expectEqual(await store.peek(handle), null, 'what was refused')
      await put(other, tokensUntilMs + 1)
    },
  },
  {
    name: 'refuses a JWT that was checked before the last revoke-all, where that is said, and takes one that was checked after it',
    async check({ store }) {
      const { handle, other, userId } = fresh()
      const put = (to: string, afterRevocationMs: number | null) =>
        store.put(to, exampleClaims(userId), MINUTE_MS, { maxPerUser: 2, afterRevocationMs })
      await put(fresh().handle, null)
      const { atMs: first } = (await store.revokeAll(userId)).revocation
      await expectRejection(put(handle, null), 'unauthenticated', 'a JWT from before the first')
      await put(fresh().handle, first)
      const { atMs: second } = (await store.revokeAll(userId)).revocation
      await expectRejection(put(handle, first), 'unauthenticated', 'a JWT from before the second')
      expectEqual(await store.peek(handle), null, 'what was refused')
      await put(other, second)
      await store.put(fresh().handle, exampleClaims(userId), MINUTE_MS, { maxPerUser: 2 }) // nothing was said
    },
  },
  {
    name: 'refuses JWTs until the time that a revoke-all asks for where that is later, and never moves it back',
    async check(subject) {
      const { store } = subject
      const { userId } = fresh()
      const laterMs = Math.ceil(await wallNow(subject)) + MINUTE_MS
      const { revocation: early } = await store.revokeAll(userId, 1)
      expectEqual(early.tokensUntilMs, early.atMs, 'tokensUntilMs where an earlier time than now is asked for')
      const { revocation: later } = await store.revokeAll(userId, laterMs)
      expectEqual(later.tokensUntilMs, laterMs, 'a later time')
      expectTrue(later.atMs < laterMs, `atMs stays the store's own time, got ${later.atMs}`)
      await store.revokeAll(userId)
      expectEqual((await store.revocation(userId))?.tokensUntilMs, laterMs, 'the later time after one more revoke-all')
    },
  },
  {
    name: 'takes any user id, also one that looks like a key, a path or a prototype',
    async check({ store }) {
      for (const userId of STRANGE_USER_IDS) {
        const { handle } = fresh()
        await store.put(handle, exampleClaims(userId), MINUTE_MS)
        expectEqual(await store.revoke(handle, 'constructor'), 'not_owner', 'revoke by another')
        expectEqual((await store.revokeAll(userId)).tickets, 1, `how many ${JSON.stringify(userId.slice(0, 20))} had`)
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
