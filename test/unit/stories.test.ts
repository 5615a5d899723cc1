// Stories are for people; that none is missing is for this test.

import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { METHOD_NAME } from '../../src/inspector/format.ts'
import { STATUS_WORDS } from '../../src/inspector/view/connection-status.ts'
import * as hooks from '../../src/react/index.ts'
import { outcomeOf } from '../../stories/support/outcome.ts'
import { INITIAL_TOOLBAR, type Toolbar } from '../../stories/support/toolbar.ts'
import { createWorld } from '../../stories/support/world.ts'
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
    const source = readFileSync(path, 'utf8')
    // What repeats another one has its play function.
    const told = storiesIn(path).filter(
      (story) => !source.includes(`export const ${story}: Story = {\n  ...Playground,`),
    )
    expect(told.length).toBeGreaterThan(0)
    expect(source.match(/^ {2}play: /gm)).toHaveLength(told.length)
    // In a world that is not its own, a story would say what is not so. The playground asks the toolbar itself.
    const [own, playgrounds] = [source.match(/^ {2}play: (inOwnWorld|follows)\(/gm) ?? [], name === 'chat' ? 1 : 0]
    expect(own.length + playgrounds).toBe(told.length)
  })
})

describe('the playground expects what comes of the switches', () => {
  const scenarios = ['none', ...ALL_SCENARIOS.map(({ name }) => name)]
  const worlds = scenarios.flatMap((scenario) =>
    (['on', 'off'] as const).map((ticketAuth) => ({ scenario, ticketAuth })),
  )

  test.concurrent.for([
    ...worlds,
    { user: 'nobody' },
    { network: 'slow', ticketAuth: 'on' },
    { network: 'offline' },
    { network: 'flapping' },
  ] as Partial<Toolbar>[])('%j', async (switches, { onTestFinished }) => {
    const toolbar = { ...INITIAL_TOOLBAR, ...switches }
    const world = createWorld(toolbar)
    onTestFinished(world.dispose)
    const outcome = outcomeOf(toolbar)
    world.socket.connect()
    const snapshot = world.socket.store.getState
    if (!outcome) return expect([toolbar.network, toolbar.scenario].join()).toMatch(/flapping|refusesWithErrorFrame/)
    await vi.waitFor(() => expect(STATUS_WORDS[snapshot().status]).toBe(outcome.status), { timeout: 15_000 })
    if (outcome.status === 'Open') expect(METHOD_NAME[snapshot().method ?? 'none']).toBe(outcome.method)
    if (toolbar.ticketAuth === 'off') expect(world.ticketRequests()).toBe(0)
  })
})
