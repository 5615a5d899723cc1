// `ticket-socket/server/conformance`: the rules that a store of your own must follow, for any test runner.

export { exampleClaims } from './example-claims.ts'
export type { Arrange, BrokenRule, RegisterTest } from './rule.ts'
export type { TicketStoreUnderTest } from './store-under-test.ts'
export {
  findBrokenStoreRules,
  type TicketStoreArrangement,
  type TicketStoreTests,
  testTicketStore,
} from './ticket-store.ts'
