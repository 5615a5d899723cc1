import { describe, expect, test } from 'vitest'
import { TicketSocketError } from '../../../../src/contract/errors.ts'
import {
  findBrokenLimiterRules,
  type RateLimiterUnderTest,
  testRateLimiter,
} from '../../../../src/server/conformance/index.ts'
import { createMemoryRateLimiter, type RateLimiter } from '../../../../src/server/rate-limiter.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function arrange(spoil: (limiter: RateLimiter) => RateLimiter['take'] = ({ take }) => take): RateLimiterUnderTest {
  const clock = createVirtualClock()
  const limiter = createMemoryRateLimiter({ clock })
  return { limiter: { take: spoil(limiter) }, elapse: clock.advance }
}
const failing = (error: Error) => () => ({ limiter: { take: () => Promise.reject(error) } })

describe('the memory limiter', () => {
  testRateLimiter({ test, arrange })
})

/** Reads how many were taken, and writes it a moment later. */
function readThenWrite({ take }: RateLimiter): RateLimiter['take'] {
  const taken = new Map<string, number>()
  return async (key, limit) => {
    const count = taken.get(key) ?? 0
    await new Promise<void>((resolve) => setImmediate(resolve))
    taken.set(key, count + 1)
    return count < limit.burst ? 0 : take(key, { ...limit, burst: 1 })
  }
}

/** What is refused is owed. */
function chargeRefusals(): RateLimiter['take'] {
  const taken = new Map<string, number>()
  return async (key, limit) => {
    const count = (taken.get(key) ?? 0) + 1
    taken.set(key, count)
    return Math.max(0, ((count - limit.burst) * 60_000) / limit.perMinute)
  }
}

const WRONG: [mistake: string, breaks: string, spoil: (limiter: RateLimiter) => RateLimiter['take']][] = [
  ['grants everything', 'grants the burst at once, and then says how long to wait', () => async () => 0],
  [
    'counts in seconds',
    'grants the burst at once, and then says how long to wait',
    ({ take }) =>
      async (key, limit) =>
        (await take(key, limit)) * 1_000,
  ],
  [
    'never refills',
    'grants again after the wait that it asked for',
    ({ take }) =>
      async (key, limit) =>
        Math.min(50, await take(key, { ...limit, perMinute: 0.001 })),
  ],
  ['counts a moment later', 'grants as many of a crowd at the same moment as there are tokens', readThenWrite],
  [
    'saves up what nobody takes',
    'holds no more than the burst, however long nobody takes',
    ({ take }) =>
      (key, limit) =>
        take(key, limit.burst === 2 ? { ...limit, burst: 22 } : limit),
  ],
  ['charges what it refuses', 'takes nothing for what it refuses', chargeRefusals],
  [
    'cuts long keys',
    'counts each key by itself, also one that looks like a key, a path or a prototype',
    ({ take }) =>
      (key, limit) =>
        take(key.slice(0, 4), limit),
  ],
]

describe('a limiter that breaks a rule is found: one that', () => {
  test.each(WRONG)('%s', async (_, breaks, spoil) => {
    const broken = await findBrokenLimiterRules({ arrange: () => arrange(spoil) })
    expect(broken.map(({ name }) => name)).toContain(breaks)
  })

  test('throws its client’s own errors', async () => {
    const broken = await findBrokenLimiterRules({ arrange, arrangeUnreachable: failing(new Error('ECONNREFUSED')) })
    expect(broken.map(({ name }) => name)).toEqual(['says that it cannot count'])
  })

  test('and every rule is broken by one of them', () => {
    const names: string[] = []
    testRateLimiter({ test: (name) => names.push(name), arrange })
    expect(new Set(WRONG.map(([, breaks]) => breaks))).toEqual(new Set(names))
  })
})

test('a limiter that breaks none is found to break none', async () => {
  const arrangeUnreachable = failing(new TicketSocketError('store_unavailable', 'Gone.'))
  expect(await findBrokenLimiterRules({ arrange, arrangeUnreachable })).toEqual([])
})
