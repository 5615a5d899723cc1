import { expect, test } from 'vitest'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import type { TicketStore } from '../../../src/server/ticket-store.ts'
import { brokenRules, type StoreUnderTest, someClaims, ticketStoreContract } from '../../suites/ticket-store.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange(wrap: (store: TicketStore) => TicketStore = (store) => store): StoreUnderTest {
  const clock = createVirtualClock()
  const store = wrap(createMemoryTicketStore({ clock }))
  return { store, elapse: (ms) => clock.advance(ms), wallNow: () => clock.wallNow() }
}

const handle = (n: number) => String(n).padStart(43, 'h')

ticketStoreContract('memory', () => arrange())

test('the contract finds a store that looks first and deletes then', async () => {
  const lookThenDelete = (store: TicketStore): TicketStore => ({
    ...store,
    async consume(h) {
      const claims = await store.peek(h)
      if (claims) await store.revoke(h, claims.userId)
      return claims
    },
  })
  const broken = await brokenRules(() => arrange(lookThenDelete))
  expect(broken).toContain('gives a ticket to exactly one of a hundred consumers at the same moment')
})

test.each<[string, (store: TicketStore) => Partial<TicketStore>]>([
  ['whose look consumes', (store) => ({ peek: (h) => store.consume(h) })],
  ['that never expires', (store) => ({ put: (h, claims, _ttlMs, limit) => store.put(h, claims, 1e12, limit) })],
  ['that ignores the limit', (store) => ({ put: (h, claims, ttlMs) => store.put(h, claims, ttlMs) })],
  [
    'that revokes for anybody',
    (store) => ({ revoke: async (h) => ((await store.consume(h)) ? 'revoked' : 'not_found') }),
  ],
  ['that forgets when it revoked all', () => ({ notBefore: async () => null })],
  ['that revokes nothing', () => ({ revokeAll: async () => 0 })],
])('the contract finds a store %s', async (_, wrong) => {
  expect(await brokenRules(() => arrange((store) => ({ ...store, ...wrong(store) })))).not.toEqual([])
})

test('the contract finds nothing wrong with a right store', async () => {
  expect(await brokenRules(() => arrange())).toEqual([])
})

test('refuses a ticket when it is full, and throws out none', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock, maxTickets: 2 })
  await store.put(handle(1), someClaims('a'), 50_000)
  await store.put(handle(2), someClaims('b'), 10_000)
  await expect(store.put(handle(3), someClaims('c'), 10_000)).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await store.peek(handle(1))).not.toBeNull()
  await clock.advance(10_000) // the younger of the two expires first
  await store.put(handle(3), someClaims('c'), 10_000)
  expect(await store.peek(handle(1))).not.toBeNull()
})

test('sets no timer, so nothing keeps the process alive', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  await store.put(handle(1), someClaims('a'), 50_000)
  await store.revokeAll('a')
  expect(clock.pending()).toBe(0)
})

test('expires by the clock that nobody sets', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  await store.put(handle(1), someClaims('a'), 50_000)
  clock.setWall(clock.wallNow() + 86_400_000)
  expect(await store.peek(handle(1))).not.toBeNull()
})

test('forgets the time of a revoke-all after its own time', async () => {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock, revocationTtlMs: 1_000 })
  await store.revokeAll('a')
  await clock.advance(999)
  expect(await store.notBefore('a')).toBe(clock.wallNow() - 999)
  await clock.advance(1)
  expect(await store.notBefore('a')).toBeNull()
})

test.each([
  [{ maxTickets: 0 }, 'maxTickets must be an integer of at least 1, got 0'],
  [{ maxTickets: Number.NaN }, 'maxTickets must be an integer of at least 1, got NaN'],
  [{ revocationTtlMs: -1 }, 'revocationTtlMs must be a number of at least 1, got -1'],
])('refuses %o', (options, message) => {
  expect(() => createMemoryTicketStore(options)).toThrow(new TypeError(message))
})
