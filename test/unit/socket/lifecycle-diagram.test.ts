import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lifecyclePage } from '../../../scripts/lifecycle-diagram.ts'

test('docs/lifecycle.md is what the lifecycle does; npm run docs:lifecycle writes it again', () => {
  expect(readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8')).toBe(lifecyclePage())
})
