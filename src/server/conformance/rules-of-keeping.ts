// What a store must do with a ticket that nobody withdraws.

import { exampleClaims } from './example-claims.ts'
import { expectEqual, expectRejection, expectTrue } from './expect.ts'
import type { Rule } from './rule.ts'
import { consumed, MINUTE_MS, SHORT_MS, type TicketStoreUnderTest } from './store-under-test.ts'
import { elapse, fresh } from './under-test.ts'

export const RULES_OF_KEEPING: readonly Rule<TicketStoreUnderTest>[] = [
  {
    name: 'gives back what was put, once',
    async check({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, exampleClaims(userId), MINUTE_MS)
      expectEqual(await store.consume(handle), consumed(exampleClaims(userId)), 'the first consume')
      expectEqual(await store.consume(handle), null, 'the second consume')
    },
  },
  {
    name: 'gives back the longest claims that the contract allows',
    async check({ store }) {
      const { handle, userId } = fresh()
      const permissions = Array.from({ length: 64 }, (_, n) => String(n).padEnd(128, '💥').slice(0, 128))
      const claims = exampleClaims(userId, { permissions, metadata: { text: '"\\\0\u2028é'.repeat(250) } })
      await store.put(handle, claims, MINUTE_MS)
      expectEqual(await store.consume(handle), consumed(claims), 'long claims')
    },
  },
  {
    name: 'gives a ticket to exactly one of a hundred consumers at the same moment',
    async check({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, exampleClaims(userId), MINUTE_MS)
      const answers = await Promise.all(Array.from({ length: 100 }, () => store.consume(handle)))
      const winners = answers.filter((claims) => claims !== null)
      expectEqual(winners, [consumed(exampleClaims(userId))], 'what the hundred got')
    },
  },
  {
    name: 'knows nothing about a handle that was never put',
    async check({ store }) {
      const { handle, userId } = fresh()
      expectEqual(await store.consume(handle), null, 'consume')
      expectEqual(await store.peek(handle), null, 'peek')
      expectEqual(await store.revoke(handle, userId), 'not_found', 'revoke')
      expectEqual(await store.revocation(userId), null, 'revocation')
      expectEqual((await store.revokeAll(userId)).tickets, 0, 'revokeAll')
    },
  },
  {
    name: 'looks without consuming',
    async check({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, exampleClaims(userId), MINUTE_MS)
      expectEqual(await store.peek(handle), exampleClaims(userId), 'the first peek')
      expectEqual(await store.peek(handle), exampleClaims(userId), 'the second peek')
      expectEqual(await store.consume(handle), consumed(exampleClaims(userId)), 'consume after it')
      expectEqual(await store.peek(handle), null, 'a peek at what was consumed')
    },
  },
  {
    name: 'keeps a ticket for its time and not longer, whatever its claims say about it',
    async check(subject) {
      const { store } = subject
      const { handle, other, userId } = fresh()
      await store.put(handle, exampleClaims(userId, { expiresAtMs: Number.MAX_SAFE_INTEGER }), SHORT_MS)
      await store.put(other, exampleClaims(userId, { expiresAtMs: 0 }), MINUTE_MS)
      await elapse(subject, SHORT_MS + 1)
      expectEqual(await store.peek(handle), null, 'a peek after the time')
      expectEqual(await store.consume(handle), null, 'a consume after the time')
      expectEqual(await store.revoke(handle, userId), 'not_found', 'a revoke after the time')
      expectEqual(
        await store.consume(other),
        consumed(exampleClaims(userId, { expiresAtMs: 0 })),
        'a consume within the time',
      )
    },
  },
  {
    name: 'never overwrites a handle',
    async check({ store }) {
      const { handle, userId } = fresh()
      await store.put(handle, exampleClaims(userId), MINUTE_MS)
      await expectRejection(
        store.put(handle, exampleClaims('somebody-else'), MINUTE_MS),
        'store_unavailable',
        'a second put',
      )
      expectEqual(await store.consume(handle), consumed(exampleClaims(userId)), 'what was put first')
    },
  },
  {
    name: 'is not changed by what a caller does to claims it put or got',
    async check({ store }) {
      const { handle, userId } = fresh()
      const put = exampleClaims(userId)
      await store.put(handle, put, MINUTE_MS)
      put.permissions.push('admin')
      ;(await store.peek(handle))?.permissions.push('admin')
      expectEqual((await store.consume(handle))?.claims.permissions, ['chat', 'read'], 'the permissions')
    },
  },
  {
    name: 'refuses one ticket too many, says when there is room, and counts what is unspent',
    async check(subject) {
      const { store } = subject
      const { userId } = fresh()
      const put = (handle: string, ttlMs = MINUTE_MS) =>
        store.put(handle, exampleClaims(userId), ttlMs, { maxPerUser: 3 })
      const [first, second, third, fourth] = [fresh().handle, fresh().handle, fresh().handle, fresh().handle]
      await put(first)
      await put(second)
      await put(third, SHORT_MS * 3)
      const { retryAfterMs = Number.NaN } = await expectRejection(
        put(fourth),
        'too_many_tickets',
        'the fourth of three',
      )
      expectTrue(
        retryAfterMs > 0 && retryAfterMs <= SHORT_MS * 3,
        `retryAfterMs is the wait for the first, got ${retryAfterMs}`,
      )
      expectEqual(await store.peek(fourth), null, 'the one that was refused')
      await elapse(subject, SHORT_MS * 3 + 1) // one expires
      await put(fourth)
      await store.consume(first) // one is consumed
      await put(fresh().handle)
      await store.revoke(second, userId) // one is revoked
      await put(fresh().handle)
      await expectRejection(put(fresh().handle), 'too_many_tickets', 'one more than three')
      await store.put(fresh().handle, exampleClaims(fresh().userId), SHORT_MS, { maxPerUser: 3 })
    },
  },
  {
    name: 'holds the limit per user also for a crowd at the same moment',
    async check({ store }) {
      const { userId } = fresh()
      const put = () => store.put(fresh().handle, exampleClaims(userId), MINUTE_MS, { maxPerUser: 5 })
      const puts = Array.from({ length: 30 }, put)
      const outcomes = await Promise.allSettled(puts)
      expectEqual(outcomes.filter(({ status }) => status === 'fulfilled').length, 5, 'how many of the crowd were kept')
    },
  },
  {
    name: 'counts how often a user gets a ticket, also for a crowd, and says how long to wait',
    async check(subject) {
      const { store } = subject
      const { userId } = fresh()
      const rate = { burst: 3, perMinute: (3 * MINUTE_MS) / SHORT_MS }
      const put = (of: string) => store.put(fresh().handle, exampleClaims(of), MINUTE_MS, { rate })
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => put(userId)))
      const kept = outcomes.filter(({ status }) => status === 'fulfilled').length
      expectTrue(kept >= 3 && kept < 30, `a crowd gets the burst and what is refilled meanwhile, got ${kept}`)
      const slow = { burst: 1, perMinute: 1 }
      const { userId: other } = fresh()
      const putSlowly = () => store.put(fresh().handle, exampleClaims(other), MINUTE_MS, { rate: slow })
      await putSlowly()
      const { retryAfterMs = Number.NaN } = await expectRejection(putSlowly(), 'rate_limited', 'the second of one')
      expectTrue(
        retryAfterMs > 0 && retryAfterMs <= MINUTE_MS,
        `retryAfterMs is the wait for a token, got ${retryAfterMs}`,
      )
      await store.put(fresh().handle, exampleClaims(other), MINUTE_MS) // without a rate nothing is counted
      await elapse(subject, SHORT_MS)
      await put(userId)
    },
  },
]
