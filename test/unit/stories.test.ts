// Stories are for people; that none is missing is for this test.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as hooks from '../../src/react/index.ts'
import { ALL_SCENARIOS } from '../support/all-scenarios.ts'

const storiesIn = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/^export const (\w+): Story = /gm)].map(([, name]) => name)
const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

test('each scenario of the mock has a story', () => {
  const stories = storiesIn('stories/scenarios.stories.tsx')
  expect(ALL_SCENARIOS.length).toBeGreaterThan(0)
  expect(ALL_SCENARIOS.map(({ name }) => capitalised(name)).filter((name) => !stories.includes(name))).toEqual([])
})

test('each hook has a story', () => {
  const stories = storiesIn('stories/hooks.stories.tsx')
  const names = Object.keys(hooks).filter((name) => name.startsWith('use'))
  expect(names.length).toBeGreaterThan(0)
  expect(names.map(capitalised).filter((name) => !stories.includes(name))).toEqual([])
})

describe('every story says what a person should see', () => {
  test.each(['chat', 'hooks', 'inspector', 'scenarios', 'vanilla'])('%s', (name) => {
    const path = `stories/${name}.stories.tsx`
    expect(readFileSync(path, 'utf8').match(/^ {2}play: /gm)).toHaveLength(storiesIn(path).length)
  })
})
