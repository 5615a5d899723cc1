import { expect, test } from 'vitest'
import { exampleClaims } from '../../../src/server/conformance/index.ts'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const handle = (n: number) => String(n).padStart(43, 'h')

test('refuses a ticket when it is full, and throws out none', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock, maxTickets: 2 })
  await store.put(handle(1), exampleClaims('a'), 50_000)
  await store.put(handle(2), exampleClaims('b'), 10_000)
  await expect(store.put(handle(3), exampleClaims('c'), 10_000)).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await store.peek(handle(1))).not.toBeNull()
  await clock.advance(10_000) // the younger of the two expires first
  await store.put(handle(3), exampleClaims('c'), 10_000)
  expect(await store.peek(handle(1))).not.toBeNull()
})

test('sets no timer, so nothing keeps the process alive', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  await store.put(handle(1), exampleClaims('a'), 50_000)
  await store.revokeAll('a')
  expect(clock.pending()).toBe(0)
})

test('expires by the monotonic clock', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  await store.put(handle(1), exampleClaims('a'), 50_000)
  clock.setWall(clock.wallNow() + 86_400_000)
  expect(await store.peek(handle(1))).not.toBeNull()
})

test('forgets the time of a revoke-all after its own time', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock, revocationTtlMs: 1_000 })
  await store.revokeAll('a')
  await clock.advance(999)
  expect((await store.revocation('a'))?.atMs).toBe(clock.wallNow() - 999)
  await clock.advance(1)
  expect(await store.revocation('a')).toBeNull()
})

test('a revoke-all is later than the one before, also when the clock was set back in between', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  const { revocation: first } = await store.revokeAll('a')
  clock.setWall(clock.wallNow() - 60_000)
  await store.put(handle(1), exampleClaims('a'), 50_000)
  const { revocation: second } = await store.revokeAll('a')
  await store.put(handle(2), exampleClaims('a'), 50_000)
  expect(second.atMs).toBeGreaterThan(first.atMs)
  expect(await store.consume(handle(1))).toBeNull()
  expect((await store.consume(handle(2)))?.claims.afterRevocationMs).toBe(second.atMs)
})

test.each([
  [{ maxTickets: 0 }, 'maxTickets must be an integer of at least 1, got 0'],
  [{ maxTickets: Number.NaN }, 'maxTickets must be an integer of at least 1, got NaN'],
  [{ revocationTtlMs: -1 }, 'revocationTtlMs must be a number of at least 1, got -1'],
])('refuses %o', (options, message) => {
  expect(() => createMemoryTicketStore(options)).toThrow(new TypeError(message))
})
