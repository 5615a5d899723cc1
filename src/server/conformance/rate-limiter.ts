import { resolve } from '../../platform/option-checks.ts'
import { checkFunction, optionalFunction } from '../options.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { expectEqual, expectRejection, expectTrue } from './expect.ts'
import { type Arrange, type BrokenRule, findBroken, type RegisterTest, type Rule, registerRules } from './rule.ts'
import { elapse, fresh } from './under-test.ts'

/** A limiter for one rule. It may hold what other rules left behind: each uses keys of its own. */
export interface RateLimiterUnderTest {
  limiter: RateLimiter
  /** Lets time pass for the limiter, in milliseconds. @default waits */
  elapse?(ms: number): Promise<void>
  /** Called when the rule has been checked. */
  close?(): unknown
}

export interface RateLimiterArrangement {
  /** Makes the limiter that a rule is checked on. Called once per rule. */
  arrange: Arrange<RateLimiterUnderTest>
  /** Makes a limiter that cannot reach what it counts in. Left out, what it does then is not looked at. */
  arrangeUnreachable?: Arrange<RateLimiterUnderTest>
}

export interface RateLimiterTests extends RateLimiterArrangement {
  /** `test` of vitest, Jest or `node:test`. */
  test: RegisterTest
}

/** One token a second: a busy machine may take its time between two calls. */
const SLOW = { burst: 3, perMinute: 60 }
/** One token in 50 ms, for what is waited for. */
const FAST = { burst: 2, perMinute: 1_200 }
const CROWD = 40

const newKey = () => fresh().userId

async function takeMany({ limiter }: RateLimiterUnderTest, key: string, count: number, limit = SLOW) {
  const waits = await Promise.all(Array.from({ length: count }, () => limiter.take(key, limit)))
  return { waits, granted: waits.filter((waitMs) => waitMs === 0).length }
}

const RULES: readonly Rule<RateLimiterUnderTest>[] = [
  {
    name: 'grants the burst at once, and then says how long to wait',
    async check(subject) {
      const key = newKey()
      for (let n = 1; n <= SLOW.burst; n++) expectEqual(await subject.limiter.take(key, SLOW), 0, `take ${n}`)
      const waitMs = await subject.limiter.take(key, SLOW)
      expectTrue(waitMs > 0 && waitMs <= 1_000, `the wait for one token a second is up to 1,000 ms, got ${waitMs}`)
    },
  },
  {
    name: 'grants again after the wait that it asked for',
    async check(subject) {
      const key = newKey()
      await takeMany(subject, key, CROWD, FAST)
      await elapse(subject, await subject.limiter.take(key, FAST))
      expectEqual(await subject.limiter.take(key, FAST), 0, 'the take after the wait')
    },
  },
  {
    name: 'grants as many of a crowd at the same moment as there are tokens',
    async check(subject) {
      expectEqual((await takeMany(subject, newKey(), CROWD)).granted, SLOW.burst, `how many of ${CROWD} were granted`)
    },
  },
  {
    name: 'holds no more than the burst, however long nobody takes',
    async check(subject) {
      const key = newKey()
      await subject.limiter.take(key, FAST)
      await elapse(subject, 1_000) // twenty tokens' time
      const { granted } = await takeMany(subject, key, CROWD, FAST)
      expectTrue(
        granted >= FAST.burst && granted < 10,
        `${FAST.burst} of ${CROWD} are granted, or few more, got ${granted}`,
      )
    },
  },
  {
    name: 'takes nothing for what it refuses',
    async check(subject) {
      const key = newKey()
      const { waits } = await takeMany(subject, key, 10 * CROWD)
      const longestMs = Math.max(...waits)
      expectTrue(longestMs <= 1_000, `a refusal makes no wait longer than 1,000 ms, got ${longestMs}`)
    },
  },
  {
    name: 'counts each key by itself, also one that looks like a key, a path or a prototype',
    async check(subject) {
      const keys = ['', '__proto__', 'a:b', 'a', '*', '💥\r\n\0', 'x'.repeat(5_000), 'x'.repeat(5_001)].map(
        (key) => `${newKey()}${key}`,
      )
      for (const key of keys) await takeMany(subject, key, SLOW.burst)
      const { granted } = await takeMany(subject, newKey(), SLOW.burst)
      expectEqual(granted, SLOW.burst, 'how many of a new key were granted')
      for (const key of keys) {
        const waitMs = await subject.limiter.take(key, { ...SLOW, perMinute: 0.001 })
        expectTrue(waitMs > 0, `the bucket of ${JSON.stringify(key.slice(0, 40))} is empty, got ${waitMs}`)
      }
    },
  },
]

const RULES_OF_FAILING: readonly Rule<RateLimiterUnderTest>[] = [
  {
    name: 'says that it cannot count',
    check: async ({ limiter }) =>
      void (await expectRejection(limiter.take(newKey(), SLOW), 'store_unavailable', 'a take')),
  },
]

/**
 * Holds a rate limiter to the rules of `RateLimiter`, each as a test of its own. Like `testTicketStore`, it needs no test
 * runner of its own and starts nothing.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { createMemoryRateLimiter } from 'ticket-socket/server'
 * import { testRateLimiter } from 'ticket-socket/server/conformance'
 *
 * testRateLimiter({ test, arrange: () => ({ limiter: createMemoryRateLimiter() }) })
 * ```
 */
export function testRateLimiter(options: RateLimiterTests): void {
  const { test, arrange, arrangeUnreachable } = resolve('testRateLimiter', options, {
    test: checkFunction,
    arrange: checkFunction,
    arrangeUnreachable: optionalFunction,
  })
  registerRules(test, RULES, arrange)
  if (arrangeUnreachable) registerRules(test, RULES_OF_FAILING, arrangeUnreachable)
}

/**
 * The rules that a limiter breaks, with the error of each.
 *
 * @example
 * ```ts
 * import { findBrokenLimiterRules } from 'ticket-socket/server/conformance'
 *
 * const generous = { take: async () => 0 }
 * for (const { name } of await findBrokenLimiterRules({ arrange: () => ({ limiter: generous }) })) console.log(name)
 * ```
 */
export async function findBrokenLimiterRules(arrangement: RateLimiterArrangement): Promise<BrokenRule[]> {
  const { arrange, arrangeUnreachable } = resolve('findBrokenLimiterRules', arrangement, {
    arrange: checkFunction,
    arrangeUnreachable: optionalFunction,
  })
  const broken = await findBroken(RULES, arrange)
  return arrangeUnreachable ? [...broken, ...(await findBroken(RULES_OF_FAILING, arrangeUnreachable))] : broken
}
