import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lifecyclePage } from '../../../scripts/lifecycle-diagram.ts'

// It walks thousands of states and waits for nothing: on a busy machine it takes longer than the usual limit.
test('docs/lifecycle.md is what the lifecycle does; npm run docs:lifecycle writes it again', {
  timeout: 120_000,
}, () => {
  expect(readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8')).toBe(lifecyclePage())
})
