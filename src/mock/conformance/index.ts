// `ticket-socket/mock/conformance`: the rules of PROTOCOL.md as checks of any backend, through fetch and WebSocket, for any test
// runner.

export type { ConformanceRule, Need } from './rule.ts'
export { conformanceRules } from './rules/index.ts'
export { type ConformanceReport, checkRule, type RuleResult, runConformance } from './run.ts'
export type { ConformanceTarget, OpenSocket, TokenSource } from './target.ts'
