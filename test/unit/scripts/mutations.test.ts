import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MUTATIONS } from '../../../scripts/mutations.ts'

const source = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
  'the planted bug "%s" still fits the source, and changes it',
  (_name, { file, search, replace }) => {
    expect(source(file)).toContain(search)
    expect(replace).not.toBe(search)
  },
)

test('every planted bug has a name of its own', () => {
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length)
})
