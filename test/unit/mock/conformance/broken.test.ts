import { describe, expect, test } from 'vitest'
import { runConformance } from '../../../../src/mock/conformance/index.ts'
import { BROKEN } from '../../../support/broken-backends.ts'

describe('a backend that is wrong on purpose breaks the rule it is about, and those that depend on it', () => {
  test.concurrent.for(BROKEN)('%s', async ([, start, breaks]) => {
    const { target, close } = await start()
    try {
      const { results } = await runConformance({ ...target, timeoutMs: 1_500 })
      const broken = results.filter(({ outcome }) => outcome === 'broken')
      expect(broken.map(({ id }) => id).sort()).toEqual([...breaks].sort())
    } finally {
      await close()
    }
  })
})
