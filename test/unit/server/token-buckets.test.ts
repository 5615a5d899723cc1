import { expect, test } from 'vitest'
import { createRateLimiter } from '../../../src/server/token-buckets.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

test('grants a burst at once, then as fast as it refills, to each key by itself', async () => {
  const clock = createVirtualClock()
  const limiter = createRateLimiter({ burst: 3, perMinute: 30 }, clock)
  expect([limiter.take('a'), limiter.take('a'), limiter.take('a'), limiter.take('a')]).toEqual([0, 0, 0, 2_000])
  expect(limiter.take('b')).toBe(0)
  await clock.advance(1_500)
  expect(limiter.take('a')).toBe(500)
  await clock.advance(500)
  expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 2_000])
})

test('never grants more than the burst and what refilled, over any time', async () => {
  const clock = createVirtualClock()
  const limiter = createRateLimiter({ burst: 5, perMinute: 60 }, clock)
  let granted = 0
  for (let step = 0; step < 1_200; step++) {
    if (limiter.take('a') === 0) granted++
    await clock.sleep(100)
  }
  expect(granted).toBe(5 + 119) // 120 s; the last second's is taken by nobody any more
})

test('what was refused costs nothing, so a flood does not lock its key out', async () => {
  const clock = createVirtualClock()
  const limiter = createRateLimiter({ burst: 1, perMinute: 60 }, clock)
  for (let n = 0; n < 1_000; n++) limiter.take('a')
  await clock.advance(1_000)
  expect(limiter.take('a')).toBe(0)
})

test('remembers a bounded number of keys and forgets the one not seen for longest', () => {
  const clock = createVirtualClock()
  const limiter = createRateLimiter({ burst: 1, perMinute: 1 }, clock)
  limiter.take('first')
  for (let n = 0; n < 19_999; n++) limiter.take(`key-${n}`)
  expect(limiter.take('first')).toBeGreaterThan(0)
  limiter.take('one more')
  expect(limiter.take('first')).toBeGreaterThan(0)
  expect(limiter.take('key-0')).toBe(0)
})

test('grants everything when it is switched off', () => {
  const limiter = createRateLimiter(false, createVirtualClock())
  expect(Array.from({ length: 100 }, () => limiter.take('a'))).toEqual(Array(100).fill(0))
})
