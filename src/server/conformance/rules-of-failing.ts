// What a store must do when it cannot reach what it keeps tickets in.

import type { TicketStore } from '../ticket-store.ts'
import { exampleClaims } from './example-claims.ts'
import { expectRejection } from './expect.ts'
import type { Rule } from './rule.ts'
import { MINUTE_MS, type TicketStoreUnderTest } from './store-under-test.ts'
import { fresh } from './under-test.ts'

type Fresh = ReturnType<typeof fresh>

const QUESTIONS: Record<string, (store: TicketStore, of: Fresh) => Promise<unknown>> = {
  put: (store, { handle, userId }) => store.put(handle, exampleClaims(userId), MINUTE_MS),
  peek: (store, { handle }) => store.peek(handle),
  consume: (store, { handle }) => store.consume(handle),
  revoke: (store, { handle, userId }) => store.revoke(handle, userId),
  revokeAll: (store, { userId }) => store.revokeAll(userId),
  revocation: (store, { userId }) => store.revocation(userId),
  ping: (store) => store.ping(),
}

/** For a store that cannot be reached: never a ticket, and never "unknown", which would be a statement about the ticket. */
export const RULES_OF_FAILING: readonly Rule<TicketStoreUnderTest>[] = Object.entries(QUESTIONS).map(([name, ask]) => ({
  name: `says that it cannot be reached when asked to ${name}`,
  check: async ({ store }) => void (await expectRejection(ask(store, fresh()), 'store_unavailable', name)),
}))
