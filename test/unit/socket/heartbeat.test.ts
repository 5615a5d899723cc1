import { expect, test } from 'vitest'
import { watchSilence } from '../../../src/socket/heartbeat.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange() {
  const clock = createVirtualClock()
  const seen = { asked: 0, silent: 0 }
  const heartbeat = watchSilence({
    clock,
    intervalMs: 25_000,
    timeoutMs: 10_000,
    ask: () => void seen.asked++,
    onSilent: () => void seen.silent++,
  })
  return { clock, seen, heartbeat }
}

test('sends a ping after a silence, and treats the connection as dead when nothing is received', async () => {
  const { clock, seen } = arrange()
  await clock.advance(24_900)
  expect(seen).toEqual({ asked: 0, silent: 0 })
  await clock.advance(200)
  expect(seen).toEqual({ asked: 1, silent: 0 })
  await clock.advance(10_500)
  expect(seen).toEqual({ asked: 1, silent: 1 })
  expect(clock.pending()).toBe(0)
})

test('any traffic counts: a busy link is never asked', async () => {
  const { clock, seen, heartbeat } = arrange()
  for (let i = 0; i < 100; i++) {
    await clock.advance(20_000)
    heartbeat.received()
  }
  expect(seen).toEqual({ asked: 0, silent: 0 })
  heartbeat.stop()
})

test('an answer begins the next silence', async () => {
  const { clock, seen, heartbeat } = arrange()
  for (let minute = 0; minute < 10; minute++) {
    await clock.advance(26_000)
    heartbeat.received()
  }
  expect(seen).toEqual({ asked: 10, silent: 0 })
  heartbeat.stop()
})

test('a late timer sends a second ping before it treats the connection as dead', async () => {
  const { clock, seen } = arrange()
  await clock.advance(25_000)
  await clock.sleep(600_000)
  expect(seen).toEqual({ asked: 2, silent: 0 })
  await clock.sleep(600_000)
  await clock.advance(500)
  expect(seen).toEqual({ asked: 2, silent: 1 })
})

test('nor does one that a frozen page kept for some seconds', async () => {
  const { clock, seen, heartbeat } = arrange()
  await clock.advance(25_000)
  await clock.sleep(13_000)
  expect(seen).toEqual({ asked: 2, silent: 0 })
  heartbeat.received()
  await clock.advance(20_000)
  expect(seen).toEqual({ asked: 2, silent: 0 })
})

test('a probe asks at once, but not beside another one', async () => {
  const { clock, seen, heartbeat } = arrange()
  heartbeat.probe()
  heartbeat.probe()
  expect(seen.asked).toBe(1)
  await clock.advance(10_500)
  expect(seen.silent).toBe(1)
})

test('stopped, it owns no timer', () => {
  const { clock, heartbeat } = arrange()
  heartbeat.probe()
  heartbeat.stop()
  expect(clock.pending()).toBe(0)
})

test('a page that was frozen for just as long as an answer may take reads it before it treats the connection as dead', async () => {
  const { clock, seen, heartbeat } = arrange()
  await clock.advance(25_000)
  await clock.sleep(10_300)
  // The answer was there all the time, behind the timer.
  heartbeat.received()
  await clock.advance(1_000)
  expect(seen).toEqual({ asked: 1, silent: 0 })
  heartbeat.stop()
})
