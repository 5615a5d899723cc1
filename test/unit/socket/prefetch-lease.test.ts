import { expect, test } from 'vitest'
import { createPrefetchLease } from '../../../src/socket/prefetch-lease.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange(waitMs = 0) {
  const clock = createVirtualClock()
  let leases = 0
  const keepPrefetched = () => {
    leases++
    return () => void leases--
  }
  return {
    clock,
    lease: createPrefetchLease({ clock, keepPrefetched, from: clock.now() + waitMs }),
    leases: () => leases,
  }
}

test('a lease ends after a minute without a message, and begins with the next one', async () => {
  const { clock, lease, leases } = arrange()
  expect(leases()).toBe(1)
  await clock.advance(59_000)
  lease.noteMessage()
  await clock.advance(59_000)
  expect(leases()).toBe(1)
  await clock.advance(1_000)
  expect(leases()).toBe(0)
  lease.noteMessage()
  lease.noteMessage()
  expect(leases()).toBe(1)
  lease.stop()
  expect(leases()).toBe(0)
  expect(clock.pending()).toBe(0)
})

test('a lease for later begins once, and no sooner, though a message is sent before its timer fires', async () => {
  const { clock, lease, leases } = arrange(1_000)
  await clock.advance(999)
  lease.noteMessage()
  expect(leases()).toBe(0)
  await clock.advance(1)
  lease.noteMessage()
  expect(leases()).toBe(1)
  lease.stop()
  expect([leases(), clock.pending()]).toEqual([0, 0])
})

test('a lease from a moment that is long past lasts a minute from now', async () => {
  const clock = createVirtualClock()
  await clock.advance(600_000)
  let leases = 0
  const keepPrefetched = () => {
    leases++
    return () => void leases--
  }
  createPrefetchLease({ clock, keepPrefetched, from: 0 })
  await clock.advance(59_999)
  expect(leases).toBe(1)
  await clock.advance(1)
  expect(leases).toBe(0)
})
