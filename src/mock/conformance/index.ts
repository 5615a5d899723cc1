// `ticket-socket/mock/conformance`: the rules of PROTOCOL.md, to be held against any backend that is reached by fetch and
// WebSocket. Knows no test runner.

export type { ConformanceRule, Need } from './rule.ts'
export { conformanceRules } from './rules/index.ts'
export { type ConformanceReport, checkRule, type RuleResult, runConformance } from './run.ts'
export type { ConformanceTarget, OpenSocket, TokenSource } from './target.ts'
