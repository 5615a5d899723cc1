import { type Scenario, scenarios } from '../../src/mock/index.ts'

const { ticketRefusedTimes, ...others } = scenarios

/** Every scenario of the mock once, with its defaults where it takes options. */
export const ALL_SCENARIOS: readonly Scenario[] = [
  ticketRefusedTimes(2),
  ...Object.values(others).map((scenario) => (typeof scenario === 'function' ? scenario() : scenario)),
]
