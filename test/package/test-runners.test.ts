// The mock in every runner and kind of page, as the examples have it.

import { expect, test } from 'vitest'
import { testExample } from './examples.ts'

test.each([
  ['vitest-jsdom', /Tests +3 passed/],
  ['vitest-happy-dom', /Tests +3 passed/],
  ['jest-cjs', /Tests: +3 passed, 3 total/],
  ['jest-esm', /Tests: +2 passed, 2 total/],
  ['node-test', /pass 2\n.*fail 0/],
])('%s', (name, summary) => {
  expect(testExample(name)).toMatch(summary)
})
