import { expect, test } from 'vitest'
import { findChromium } from '../../setup/tools.ts'
import { testExample } from '../examples.ts'

test('vitest-browser, in a real Chromium', () => {
  const { path = '' } = findChromium()
  expect(testExample('vitest-browser', { CHROMIUM_PATH: path })).toMatch(/Tests +3 passed/)
})
