import { expect, test } from 'vitest'
import { createSpareLease } from '../../../src/socket/spare-lease.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange() {
  const clock = createVirtualClock()
  let leases = 0
  const keepPrefetched = () => {
    leases++
    return () => void leases--
  }
  return { clock, lease: createSpareLease({ clock, keepPrefetched }), leases: () => leases }
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
