import { resolve } from '../../platform/option-checks.ts'
import { redact } from '../../platform/redact.ts'
import { optionalFunction } from '../../server/options.ts'
import { BrokenRule, SkippedRule } from './outcome.ts'
import { createProbe } from './probe.ts'
import { type ConformanceRule, whyNot } from './rule.ts'
import { conformanceRules } from './rules/index.ts'
import { type ConformanceTarget, type ResolvedTarget, resolveTarget } from './target.ts'

export interface RuleResult {
  /** `PR-17.2`: the rule of PROTOCOL.md, and which of its checks. */
  id: string
  title: string
  outcome: 'kept' | 'broken' | 'skipped'
  /** The actual result, or why the rule was skipped. Holds no credential. */
  detail?: string
}

export interface ConformanceReport {
  results: readonly RuleResult[]
  kept: number
  broken: number
  skipped: number
}

async function tryRule(rule: ConformanceRule, target: ResolvedTarget): Promise<RuleResult> {
  const { id, title } = rule
  const why = whyNot(rule, target)
  if (why !== null) return { id, title, outcome: 'skipped', detail: why }
  const probe = createProbe(target)
  try {
    await rule.run(probe)
    return { id, title, outcome: 'kept' }
  } catch (error) {
    const outcome = error instanceof SkippedRule ? 'skipped' : 'broken'
    return { id, title, outcome, detail: wordsOf(error) }
  } finally {
    await probe.cleanUp()
  }
}

// It may quote the backend, and with it a credential.
function wordsOf(error: unknown): string {
  if (error instanceof BrokenRule || error instanceof SkippedRule) return redact(error.message)
  const { message, cause } = error as Error
  return redact(`it could not be tried: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`)
}

/**
 * Checks one rule, as one test in any runner. Resolves when it is kept or skipped, with the outcome; rejects when it is broken.
 *
 * @example
 * ```ts
 * import { checkRule, conformanceRules } from 'ticket-socket/mock/conformance'
 * import { test } from 'vitest'
 *
 * const target = { httpUrl: 'http://localhost:8000', wsUrl: 'ws://localhost:8000/ws', token: process.env.JWT ?? '' }
 * for (const rule of conformanceRules) test(`${rule.id} ${rule.title}`, () => checkRule(rule, target))
 * ```
 */
export async function checkRule(rule: ConformanceRule, target: ConformanceTarget): Promise<RuleResult> {
  const result = await tryRule(rule, resolveTarget(target))
  if (result.outcome === 'broken') throw new BrokenRule(`${result.id} ${result.title}: ${result.detail}`)
  return result
}

/**
 * Checks a backend against the rules of PROTOCOL.md, one after the other. A broken rule does not reject: the report lists it. A wrong target is a `TypeError` that shows no token.
 *
 * It requests, uses and revokes tickets of the test users; with `renewToken` it revokes everything of the first user.
 */
export async function runConformance(
  target: ConformanceTarget,
  options: { onResult?: (result: RuleResult) => void } = {},
): Promise<ConformanceReport> {
  const { onResult } = resolve('runConformance', options, { onResult: optionalFunction })
  const resolved = resolveTarget(target)
  const results: RuleResult[] = []
  for (const rule of conformanceRules) {
    const result = await tryRule(rule, resolved)
    results.push(result)
    onResult?.(result)
  }
  const count = (wanted: RuleResult['outcome']) => results.filter(({ outcome }) => outcome === wanted).length
  return { results, kept: count('kept'), broken: count('broken'), skipped: count('skipped') }
}
