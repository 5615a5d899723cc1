// The mock in every runner and kind of page, as the examples have it.

import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { testExample } from './examples.ts'
import { runJestJsdom } from './jest-jsdom.ts'

test.each([
  ['vitest-jsdom', /Tests +3 passed/],
  ['vitest-happy-dom', /Tests +3 passed/],
  ['jest-cjs', /Tests: +3 passed, 3 total/],
  ['jest-esm', /Tests: +2 passed, 2 total/],
  ['node-test', /pass 2\n.*fail 0/],
])('%s', (name, summary) => {
  expect(testExample(name)).toMatch(summary)
})

test('Jest 30 with jsdom as it comes runs the client without a polyfill', () => {
  expect(runJestJsdom(resolve('node_modules'))).toMatch(/Tests: +8 passed, 8 total/)
})
