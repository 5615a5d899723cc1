import { resolve } from '../../platform/option-checks.ts'
import { checkFunction, optionalFunction } from '../options.ts'
import { type Arrange, type BrokenRule, findBroken, type RegisterTest, registerRules } from './rule.ts'
import { RULES_OF_FAILING } from './rules-of-failing.ts'
import { RULES_OF_KEEPING } from './rules-of-keeping.ts'
import { RULES_OF_WITHDRAWING } from './rules-of-withdrawing.ts'
import type { TicketStoreUnderTest } from './store-under-test.ts'

export interface TicketStoreArrangement {
  /** Makes the store that a rule is checked on. Called once per rule. */
  arrange: Arrange<TicketStoreUnderTest>
  /** Makes a store that cannot reach what it keeps tickets in. Left out, what it does then is not looked at. */
  arrangeUnreachable?: Arrange<TicketStoreUnderTest>
}

export interface TicketStoreTests extends TicketStoreArrangement {
  /** `test` of vitest, Jest or `node:test`. */
  test: RegisterTest
}

const RULES = [...RULES_OF_KEEPING, ...RULES_OF_WITHDRAWING]

/**
 * Holds a ticket store to the rules of `TicketStore`, each as a test of its own.
 *
 * Needs no test runner of its own and starts nothing: `arrange` connects to what the store keeps tickets in. It does not
 * look at what is left behind when a TTL has ended, nor at values that somebody else wrote.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { createMemoryTicketStore } from 'ticket-socket/server'
 * import { testTicketStore } from 'ticket-socket/server/conformance'
 *
 * testTicketStore({ test, arrange: () => ({ store: createMemoryTicketStore() }) })
 * ```
 */
export function testTicketStore(options: TicketStoreTests): void {
  const { test, arrange, arrangeUnreachable } = resolve('testTicketStore', options, {
    test: checkFunction,
    arrange: checkFunction,
    arrangeUnreachable: optionalFunction,
  })
  registerRules(test, RULES, arrange)
  if (arrangeUnreachable) registerRules(test, RULES_OF_FAILING, arrangeUnreachable)
}

/**
 * The rules that a store breaks, with the error of each. For a store that is wrong on purpose: a test that none passes
 * shows nothing.
 *
 * @example
 * ```ts
 * import { createMemoryTicketStore } from 'ticket-socket/server'
 * import { findBrokenStoreRules } from 'ticket-socket/server/conformance'
 *
 * const store = createMemoryTicketStore()
 * const forgetful = { ...store, notBefore: async () => null }
 * for (const { name } of await findBrokenStoreRules({ arrange: () => ({ store: forgetful }) })) console.log(name)
 * ```
 */
export async function findBrokenStoreRules(arrangement: TicketStoreArrangement): Promise<BrokenRule[]> {
  const { arrange, arrangeUnreachable } = resolve('findBrokenStoreRules', arrangement, {
    arrange: checkFunction,
    arrangeUnreachable: optionalFunction,
  })
  const broken = await findBroken(RULES, arrange)
  return arrangeUnreachable ? [...broken, ...(await findBroken(RULES_OF_FAILING, arrangeUnreachable))] : broken
}
