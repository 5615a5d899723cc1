// `ticket-socket/server/conformance`: the rules that a store or a rate limiter of your own must follow, for any test runner.

export { exampleClaims } from './example-claims.ts'
export {
  findBrokenLimiterRules,
  type RateLimiterArrangement,
  type RateLimiterTests,
  type RateLimiterUnderTest,
  testRateLimiter,
} from './rate-limiter.ts'
export type { Arrange, BrokenRule, RegisterTest } from './rule.ts'
export type { TicketStoreUnderTest } from './store-under-test.ts'
export {
  findBrokenStoreRules,
  type TicketStoreArrangement,
  type TicketStoreTests,
  testTicketStore,
} from './ticket-store.ts'
