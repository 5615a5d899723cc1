import { describe, expect, test } from 'vitest'
import { TicketSocketError } from '../../../../src/contract/errors.ts'
import { findBrokenStoreRules, testTicketStore } from '../../../../src/server/conformance/index.ts'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import type { TicketStore } from '../../../../src/server/ticket-store.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { WRONG_STORES } from './wrong-stores.ts'

const METHODS = ['put', 'peek', 'consume', 'revoke', 'revokeAll', 'revocation', 'ping'] as const

function arrange(spoil: (store: TicketStore) => Partial<TicketStore> = () => ({})) {
  const clock = createVirtualClock(Date.now())
  const store = createMemoryTicketStore({ clock })
  return { store: { ...store, ...spoil(store) }, elapse: clock.advance, wallNow: clock.wallNow }
}

/** A store that has nothing behind it and answers every question like this. */
const answering = (answer: () => Promise<unknown>) => () => {
  const methods = Object.fromEntries(METHODS.map((method) => [method, answer]))
  return { store: { kind: 'none', prefix: '', ...methods } as unknown as TicketStore }
}
const unreachable = answering(async () => {
  throw new TicketSocketError('store_unavailable', 'Gone.')
})

describe('the memory store', () => {
  testTicketStore({ test, arrange })
})

describe('a store that breaks a rule is found: one that', () => {
  test.each(WRONG_STORES)('$mistake', async ({ spoil, breaks }) => {
    const broken = await findBrokenStoreRules({ arrange: () => arrange(spoil) })
    expect(broken.map(({ name }) => name)).toContain(breaks)
  })

  test.each([
    ['says "unknown" when it cannot be reached', answering(async () => null)],
    [
      'throws its client’s own errors',
      answering(async () => {
        throw new Error('ECONNREFUSED')
      }),
    ],
  ])('%s', async (_, arrangeUnreachable) => {
    const broken = await findBrokenStoreRules({ arrange, arrangeUnreachable })
    expect(broken.map(({ name }) => name)).toEqual(
      METHODS.map((method) => `says that it cannot be reached when asked to ${method}`),
    )
  })

  test('and every rule is broken by one of them', () => {
    const names: string[] = []
    testTicketStore({ test: (name) => names.push(name), arrange })
    expect(names).toHaveLength(new Set(names).size)
    expect(new Set(WRONG_STORES.map(({ breaks }) => breaks))).toEqual(new Set(names))
  })
})

test('a store that breaks none is found to break none', async () => {
  expect(await findBrokenStoreRules({ arrange, arrangeUnreachable: unreachable })).toEqual([])
})

test('the error of a broken rule names the expected and the actual value', async () => {
  const [broken] = await findBrokenStoreRules({
    arrange: () => arrange((store) => ({ peek: async (handle) => (await store.consume(handle))?.claims ?? null })),
  })
  expect(String(broken?.error)).toMatch(
    /^Error: the second peek: expected \{"afterRevocationMs":null,"email":"somebody@example.com".*got null$/,
  )
})

test('what a rule was checked on is closed after it, also when the rule is broken', async () => {
  const open = new Set<object>()
  const arrangeClosable = () => {
    const subject = arrange(() => ({ ping: async () => Promise.reject(new Error('no')) }))
    open.add(subject)
    return { ...subject, close: () => open.delete(subject) }
  }
  expect(await findBrokenStoreRules({ arrange: arrangeClosable })).toHaveLength(1)
  expect(open.size).toBe(0)
})
