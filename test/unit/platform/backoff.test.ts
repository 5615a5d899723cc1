import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullJitter } from '../../../src/platform/backoff.ts'

const policy = { baseDelayMs: 2_000, maxDelayMs: 10_000, multiplier: 2 }

test.each([
  [0, 2_000],
  [1, 4_000],
  [2, 8_000],
  [3, 10_000],
  [4, 10_000],
  [1_000, 10_000],
  [Number.MAX_SAFE_INTEGER, 10_000],
])('after %i failures the limit is %i ms', (failures, limit) => {
  expect(fullJitter(failures, policy, 1)).toBe(limit)
})

test.each([
  [1, [2_000, 2_000, 2_000, 2_000]],
  [1.5, [2_000, 3_000, 4_500, 6_750]],
  [10, [2_000, 10_000, 10_000, 10_000]],
])('with a multiplier of %f the limits are %j', (multiplier, limits) => {
  expect([0, 1, 2, 3].map((failures) => fullJitter(failures, { ...policy, multiplier }, 1))).toEqual(limits)
})

test('a small multiplier reaches the cap in the end', () => {
  expect(fullJitter(500, { ...policy, multiplier: 1.01 }, 1)).toBe(10_000)
})

test('the wait is anything between zero and the limit, in proportion to chance', () => {
  expect([0, 0.25, 0.5, 1].map((chance) => fullJitter(1, policy, chance))).toEqual([0, 1_000, 2_000, 4_000])
})

test('whatever the policy and the failures, the wait is a number from zero to the cap', () => {
  const delay = fc.double({ min: 0.001, max: 1e9, noNaN: true })
  const failures = fc.oneof(fc.integer({ min: -5, max: 100 }), fc.maxSafeInteger())
  const chance = fc.double({ min: 0, max: 1, noNaN: true })
  const multiplier = fc.double({ min: 1, max: 1e9, noNaN: true })
  fc.assert(
    fc.property(failures, delay, delay, multiplier, chance, (failures, baseDelayMs, maxDelayMs, multiplier, chance) => {
      const wait = fullJitter(failures, { baseDelayMs, maxDelayMs, multiplier }, chance)
      expect(wait).toBeGreaterThanOrEqual(0)
      expect(wait).toBeLessThanOrEqual(maxDelayMs)
    }),
    { numRuns: 1_000 },
  )
})

test('with the same chance, one more failure never shortens the wait', () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
      expect(fullJitter(failures + 1, policy, chance)).toBeGreaterThanOrEqual(fullJitter(failures, policy, chance))
    }),
  )
})
