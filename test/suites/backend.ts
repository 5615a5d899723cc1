// The conformance rules as tests: what is published for everybody's backend holds ours.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConformanceTarget, checkRule, conformanceRules } from '../../src/mock/conformance/index.ts'

export interface BackendUnderTest {
  target: ConformanceTarget
  close(): void | Promise<void>
}

/** What a way to the backend cannot show, by the rule's id: a short list, each with the reason. */
export type Gaps = Readonly<Record<string, string>>

/** Every rule, kept; those of `skips` cannot be tried this way, those of `gaps` are known to be broken by it. */
export function backendSuite(
  name: string,
  start: () => BackendUnderTest | Promise<BackendUnderTest>,
  { gaps = {}, skips = [] }: { gaps?: Gaps; skips?: readonly string[] } = {},
): void {
  describe(`the contract, held by ${name}`, () => {
    let backend: BackendUnderTest
    beforeAll(async () => {
      backend = await start()
    })
    afterAll(() => backend?.close())

    for (const rule of conformanceRules) {
      const gap = gaps[rule.id]
      if (gap !== undefined) {
        // The list is held to, too: what is kept after all must leave it.
        test(`${rule.id} is not kept: ${gap}`, () => expect(checkRule(rule, backend.target)).rejects.toThrow(rule.id))
        continue
      }
      const expected = skips.includes(rule.id) ? 'skipped' : 'kept'
      test(`${rule.id} ${rule.title}${expected === 'skipped' ? ' (cannot be tried)' : ''}`, async () => {
        expect(await checkRule(rule, backend.target)).toMatchObject({ outcome: expected })
      })
    }
  })
}
