import { describe, expect, test } from 'vitest'
import { checkRule, conformanceRules, runConformance } from '../../../../src/mock/conformance/index.ts'
import { BROKEN, BROKEN_IN_PART, spareBackend } from '../../../support/broken-backends.ts'

describe('a backend that is wrong on purpose breaks the rule it is about, and those that depend on it', () => {
  test.concurrent.for(BROKEN)('%s', async ([, start, breaks]) => {
    const { target, close } = await start()
    try {
      // The limits take the most requests, and are kept by every backend here that is wrong in something else.
      const libraryLimits = breaks.some((id) => id.startsWith('PR-9'))
      const { results } = await runConformance({ ...target, libraryLimits, timeoutMs: 1_500 })
      const broken = results.filter(({ outcome }) => outcome === 'broken')
      expect(broken.map(({ id }) => id).sort()).toEqual([...breaks].sort())
    } finally {
      await close()
    }
  })
})

describe('a backend that is wrong in part breaks the rules about it', () => {
  test.for(BROKEN_IN_PART)('%s', async ([, start, breaks]) => {
    const { target, close } = start()
    const seen: [id: string, outcome: string][] = []
    for (const rule of conformanceRules.filter(({ id }) => breaks.includes(id))) {
      const outcome = await checkRule(rule, { ...target, timeoutMs: 500 }).catch(() => ({ outcome: 'broken' }))
      seen.push([rule.id, outcome.outcome])
    }
    await close()
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(breaks.map((id) => [id, 'broken'])))
  })
})

test('PR-14, PR-15: a backend that leaves out every optional field of a ticket breaks no rule about tickets', async () => {
  const { target, close } = spareBackend()
  const { results } = await runConformance({ ...target, timeoutMs: 1_500 })
  await close()
  const aboutIt = results.filter(({ id }) => /^PR-1[4-6]/.test(id))
  expect(aboutIt.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'PR-14.1 kept',
    'PR-15.1 skipped',
    'PR-16.1 skipped',
    'PR-16.2 skipped',
  ])
})
