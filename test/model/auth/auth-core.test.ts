// The auth core against everything that may happen to it: fast-check writes schedules of what users, apps, clocks and
// backends do; the real `UnifiedAuthService` runs through each on a virtual clock; judges watch what crosses its edge.
//
//   SCHEDULES=100000 npm run test:model     more of them
//   SEED=… npm run test:model               others (`random`), or the ones that a failure printed
//   VERBOSE=1 npm run test:model            how often the interesting states were reached

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outsideMicrotasks } from '../../support/fast-clock.ts'
import { runSchedule } from './run-schedule.ts'
import { type Schedule, schedules } from './schedule.ts'

const count = Number(process.env.SCHEDULES ?? 5_000)
// The same ones each time, so that a red run is a change's doing; SEED=random looks elsewhere.
const chosen = process.env.SEED ?? '20261122'
const [seed, path] = (chosen === 'random' ? String(Date.now() % 2 ** 31) : chosen).split('/')

/** Of a thousand schedules at least so many must reach this: else a green run would say little. */
const INTERESTING: Record<string, number> = {
  'a ticket accepted': 150,
  'a ticket fetched ahead': 150,
  'a prefetched ticket taken': 80,
  'a session change during a request': 80,
  'six requests side by side': 60,
  'told to wait': 60,
  'a request claimed': 50,
  'reverted by failures': 50,
  'a JWT refused': 50,
  'a fresh ticket refused': 50,
  'a prefetched ticket revoked at the end of its session': 40,
  'a refresh after 401': 40,
  'a JWT dial after lost dials': 20,
  'a ticket value repeated': 15,
  'a fourth request': 5,
  'a step down before the answer': 50,
  'an overtaken request that failed': 20,
  'a JWT dial after refusals': 20,
  'a refused ticket, and a JWT for another reason': 1,
  'a second JWT refused': 15,
  'a JWT refreshed for its exp': 15,
  'a JWT refreshed after lost connections': 10,
  'a JWT refreshed after its session was ended': 10,
  'a prefetched ticket dropped as its session was ended': 2,
  'a sign-out while the app is asked': 10,
  'a ticket put back': 15,
  'a prefetched ticket refused': 10,
  'an ambush at answer': 10,
  'reverted by 404': 6,
  'a reusable ticket shared': 20,
  'a failure beside another': 5,
}

/** What a failure looks like to whoever has to understand it. */
function told(schedule: Schedule): string {
  const lines: string[] = []
  runSchedule(
    schedule,
    () => {},
    (line) => lines.push(line),
  )
  const steps = schedule.steps.map((step) => `  ${JSON.stringify(step)}`)
  return [JSON.stringify(schedule.setting), ...steps, '', ...lines].join('\n')
}

/** Shrinking keeps the scenes whole; this leaves out every step without which the same rule is broken. */
function shortest(schedule: Schedule): Schedule {
  const ruleOf = (candidate: Schedule) => runSchedule(candidate, () => {})[0]?.rule
  const rule = ruleOf(schedule)
  let { steps } = schedule
  for (let i = steps.length - 1; i >= 0; i--) {
    const fewer = steps.toSpliced(i, 1)
    if (ruleOf({ ...schedule, steps: fewer }) === rule) steps = fewer
  }
  return { ...schedule, steps }
}

test(`holds its invariants in ${count} random schedules of faults`, { timeout: 60_000 + count * 20 }, async () => {
  const reached = new Map<string, number>()
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  // A listener that throws while a signal aborts is uncaught, too.
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, note)

  const started = performance.now()
  const outcome = await fc.check(
    fc.asyncProperty(schedules, async (schedule) => {
      const seen = new Set<string>()
      const violations = await outsideMicrotasks(() => runSchedule(schedule, (what) => void seen.add(what)))
      // Unhandled rejections are told after the step of the event loop in which they came up.
      await outsideMicrotasks(() => {})
      for (const what of seen) reached.set(what, (reached.get(what) ?? 0) + 1)
      for (const error of unhandled.splice(0)) violations.push({ rule: 'unhandled', what: String(error), atMs: 0 })
      if (violations.length > 0) throw new Error(violations.map(({ rule, what }) => `${rule}: ${what}`).join('\n'))
    }),
    {
      numRuns: count,
      seed: Number(seed),
      ...(path !== undefined && { path }),
      endOnFailure: process.env.SHRINK === '0',
    },
  )
  for (const event of ['unhandledRejection', 'uncaughtException']) process.off(event, note)

  if (outcome.failed) {
    const [found] = outcome.counterexample ?? []
    const story = found && (await outsideMicrotasks(() => told(shortest(found))))
    const replay = `SEED=${outcome.seed}/${outcome.counterexamplePath} npm run test:model`
    expect.fail(`${outcome.errorInstance}\n\n${story}\n\nagain: ${replay}`)
  }
  // A replay of one is no sample.
  if (count >= 2_000 && path === undefined) {
    const rare = Object.entries(INTERESTING).filter(
      ([what, least]) => (reached.get(what) ?? 0) < (least * count) / 1_000,
    )
    expect(rare).toEqual([])
  }
  if (process.env.VERBOSE) {
    const seconds = (performance.now() - started) / 1_000
    const lines = [...reached]
      .sort(([, a], [, b]) => b - a)
      .map(([what, times]) => `${String(times).padStart(7)}  ${what}`)
    console.log(`${Math.round(count / seconds)} schedules/s, seed ${seed}\n${lines.join('\n')}`)
  }
})
