import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/platform/system-platform.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

test('a timer is never early, though setTimeout drops fractions of a millisecond', () => {
  for (const delayMs of [0.3, 1.999, 7.757]) {
    const due = systemClock.now() + delayMs
    let firedAt = Number.NaN
    systemClock.setTimer(() => {
      firedAt = systemClock.now()
    }, delayMs)
    vi.advanceTimersByTime(20)
    expect(firedAt).toBeGreaterThanOrEqual(due)
  }
})

test('a timer that fires before its moment, as some runtimes do, is set again', () => {
  const heard = vi.fn()
  const now = vi.spyOn(performance, 'now')
  now.mockReturnValue(1_000)
  systemClock.setTimer(heard, 10)
  now.mockReturnValue(1_009.5)
  vi.advanceTimersByTime(10)
  expect(heard).not.toHaveBeenCalled()
  now.mockReturnValue(1_010)
  vi.advanceTimersByTime(1)
  expect(heard).toHaveBeenCalledOnce()
})

test('a wait longer than setTimeout can hold is held', () => {
  const heard = vi.fn()
  const fortyDays = 40 * 86_400_000
  systemClock.setTimer(heard, fortyDays)
  vi.advanceTimersByTime(fortyDays - 1_000)
  expect(heard).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2_000)
  expect(heard).toHaveBeenCalledOnce()
})

test('a cancelled timer does not fire, also after it was set again', () => {
  const heard = vi.fn()
  const cancel = systemClock.setTimer(heard, 40 * 86_400_000)
  vi.advanceTimersByTime(30 * 86_400_000)
  cancel()
  vi.advanceTimersByTime(30 * 86_400_000)
  expect(heard).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
