// The real auth service and the real socket manager on a virtual clock, against a simulated network and tab, and the
// real server SDK in memory. docs/simulation.md explains it.
//
//   npm run simulate -- --seed 7             one schedule, line by line
//   SEED=random npm run test:simulation      others

import { expect, test } from 'vitest'
import { outsideMicrotasks } from '../support/fast-clock.ts'
import { FAULTS } from './faults/index.ts'
import { INTERESTING } from './interesting.ts'
import { runSchedule } from './run-schedule.ts'
import { type Step, scheduleOf } from './schedule.ts'
import { shortest, storyOf } from './story.ts'
import { walk } from './walk.ts'

const count = Number(process.env.SCHEDULES ?? 1_000)
// The same ones each time, so that a red run is a change's doing; SEED=random looks elsewhere.
const from = process.env.SEED === 'random' ? Date.now() % 2 ** 30 : Number(process.env.SEED ?? 1)

test(`holds its invariants in ${count} schedules of faults`, { timeout: 60_000 + count * 40 }, async () => {
  const { failure, reached, inflicted, leastVirtualMs } = await walk(from, count)
  if (failure) {
    const words = failure.violations.map(({ rule, what }) => `${rule}: ${what}`)
    const story = process.env.SHRINK === '0' ? '' : await outsideMicrotasks(() => storyOf(failure.seed))
    expect.fail([`seed ${failure.seed}`, ...words, '', story].join('\n'))
  }
  expect(leastVirtualMs).toBeGreaterThan(200_000)
  if (count < 1_000) return
  const rare = Object.entries(INTERESTING).filter(([what, least]) => (reached.get(what) ?? 0) < (least * count) / 1_000)
  expect(rare.map(([what]) => `${what}: ${reached.get(what) ?? 0}`)).toEqual([])
  const seldom = Object.keys(FAULTS).filter((name) => (inflicted.get(name) ?? 0) < count / 20)
  expect(seldom).toEqual([])
})

test('replays a seed byte for byte', async () => {
  const traceOf = (seed: number) =>
    outsideMicrotasks(() => {
      const lines: string[] = []
      runSchedule(scheduleOf(seed), (line) => lines.push(line))
      return lines.join('\n')
    })
  for (let seed = 1; seed <= 20; seed++) {
    const first = await traceOf(seed)
    expect(first.length).toBeGreaterThan(1_000)
    expect(await traceOf(seed)).toBe(first)
  }
})

test('leaves out of a failing schedule what it does not need', () => {
  const steps = Array.from({ length: 50 }, (_, i): Step => ({ atMs: i, kind: 'action', name: 'connect', params: null }))
  const needed = [3, 17, 49]
  const fails = (some: Step[]) => needed.every((atMs) => some.some((step) => step.atMs === atMs))
  expect(shortest(steps, fails).map(({ atMs }) => atMs)).toEqual(needed)
})
