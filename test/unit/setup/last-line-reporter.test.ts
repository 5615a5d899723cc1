import { expect, test } from 'vitest'
import { lastLine } from '../../setup/last-line-reporter.ts'

const module = (states: ('passed' | 'failed' | 'skipped' | 'pending')[], errors: { message: string }[] = []) => ({
  errors: () => errors,
  children: { allTests: () => states.map((state) => ({ result: () => ({ state }) })) },
})

test('counts the tests of all files', () => {
  const modules = [module(['passed', 'passed', 'failed']), module(['passed', 'skipped', 'pending'])]
  expect(lastLine(modules, [], 'failed')).toBe('3 passed, 1 failed, 2 skipped')
})

test('a file that does not load and an error that nobody caught are failures', () => {
  expect(lastLine([module([], [{ message: 'no such file' }])], [], 'failed')).toBe('0 passed, 1 failed, 0 skipped')
  expect(lastLine([module(['passed'])], [{ message: 'unhandled' }], 'failed')).toBe('1 passed, 1 failed, 0 skipped')
})

test('a run that was interrupted never reads like a success', () => {
  expect(lastLine([module(['passed'])], [], 'interrupted')).toBe('1 passed, 1 failed, 0 skipped')
  expect(lastLine([module(['passed'])], [], 'passed')).toBe('1 passed, 0 failed, 0 skipped')
})
