// What somebody else may have written into Redis, read by the whole server SDK through this package's client. FUZZ_SEED=…
// repeats a run; a failure prints its own.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTicketSocketError } from '../../../../src/contract/errors.ts'
import { exampleClaims } from '../../../../src/server/conformance/index.ts'
import { createRedisTicketStore } from '../../../../src/server/redis/redis-ticket-store.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { encodeClaims } from '../../../../src/server/ticket-store.ts'
import { BODIES, mutated, prototypes } from '../../../support/malformed.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const TICKET = 't'.repeat(43)

const good = fc
  .record({
    userId: fc.constantFrom('alice', 'bob'),
    permissions: fc.subarray(['chat', 'read']),
    tokenIssuedAtMs: fc.constantFrom(null, 1, 1e15),
  })
  .map(({ userId, ...changes }) => encodeClaims(exampleClaims(userId, changes)))

/** As a client would hand it over: text or bytes, a number or a list where the value is of another type. */
const reply: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: good },
  { weight: 4, arbitrary: mutated(good) },
  fc.constantFrom(...BODIES),
  fc.anything(),
  fc.uint8Array({ maxLength: 60 }),
  good.map((text) => new TextEncoder().encode(text)),
)
const mark: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '0 0',
    '1763800000000 1763800000250',
    '-1 1',
    '1e3 1',
    '',
    '1',
    'NaN NaN',
    `1 ${'9'.repeat(16)}`,
  ),
  fc.anything(),
)

function arrange(stored: unknown, marks: unknown) {
  const clock = createVirtualClock()
  const get = async (key: string) => (key.endsWith(':not_before') ? marks : stored)
  const client = { get, getdel: get, set: get, del: get, eval: async () => marks, ping: get }
  return new AuthTicketManager({ store: createRedisTicketStore(client as never, { clock }), clock })
}

/** The outcome, or the code of the typed error; any other error is a fault. */
const outcomeOf = (work: Promise<unknown>) =>
  work.catch((error: unknown) => {
    if (isTicketSocketError(error)) return error.code
    throw error
  })

function encodedBy(stored: unknown): string | null {
  if (stored instanceof Uint8Array) return new TextDecoder().decode(stored)
  return typeof stored === 'string' ? stored : null
}

test('20,000 values end in a refusal or a typed error, and open nothing that was not written as a ticket', {
  timeout: 60_000,
}, async () => {
  const before = prototypes()
  const seen = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(reply, mark, async (stored, marks) => {
      const tickets = arrange(stored, marks)
      const consumed = await outcomeOf(tickets.consume(TICKET))
      seen.add(typeof consumed === 'object' ? consumed !== null : consumed)
      if (typeof consumed === 'object' && consumed !== null) {
        // Only claims that are whole stand for anybody, and only for whom they name.
        const { userId, permissions } = JSON.parse(encodedBy(stored) as string) as Record<string, unknown>
        expect(consumed).toMatchObject({ userId, permissions })
      }
      await outcomeOf(tickets.validate(TICKET, 'alice'))
      await outcomeOf(tickets.revoke(TICKET, 'alice'))
      await outcomeOf(tickets.revokeAll('alice'))
      await outcomeOf(tickets.revocationOf('alice'))
      await outcomeOf(tickets.generate({ userId: 'alice' }))
      await tickets.status()
    }),
    { seed, numRuns: 20_000, endOnFailure: true },
  )
  expect(seen).toEqual(new Set([true, false, 'store_unavailable']))
  expect(prototypes()).toBe(before)
})
