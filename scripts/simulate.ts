// Schedules of the simulation from the command line; docs/simulation.md explains it.
//
//   npm run simulate -- --seed 7                            one, line by line
//   npm run simulate -- --schedules 100000 [--from 1]       many, and a summary
//   … --write                                               the summary goes into docs/simulation.md

import { parseArgs } from 'node:util'
import { runSchedule } from '../test/simulation/run-schedule.ts'
import { scheduleOf } from '../test/simulation/schedule.ts'
import { storyOf } from '../test/simulation/story.ts'
import { summaryOf, writeSummary } from '../test/simulation/summary.ts'
import { walk } from '../test/simulation/walk.ts'
import { outsideMicrotasks } from '../test/support/fast-clock.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string', default: '5000' },
    from: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: 'seed' | 'schedules' | 'from', least: number): number {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new TypeError(`--${name} must be a whole number of at least ${least}, got ${values[name]}`)
}

async function one(seed: number): Promise<boolean> {
  const schedule = scheduleOf(seed)
  console.log(JSON.stringify(schedule.setting))
  const { violations, virtualMs } = await outsideMicrotasks(() => runSchedule(schedule, console.log))
  for (const { rule, what, atMs } of violations) console.log(`BROKEN at ${atMs} ms  ${rule}: ${what}`)
  console.log(`seed ${seed}: ${virtualMs / 1_000} virtual seconds, ${violations.length} rules broken`)
  return violations.length === 0
}

async function many(from: number, count: number): Promise<boolean> {
  const result = await walk(from, count, ({ schedules, seconds }) => {
    if (schedules % 10_000 === 0) console.log(`${schedules} schedules, ${Math.round(schedules / seconds)} a second`)
  })
  const summary = summaryOf(result, from)
  console.log(summary)
  if (result.failure) {
    const { seed, violations } = result.failure
    for (const { rule, what } of violations) console.log(`BROKEN  ${rule}: ${what}`)
    console.log(await outsideMicrotasks(() => storyOf(seed)))
  } else if (values.write) writeSummary(summary)
  return result.failure === null
}

const isGood =
  values.seed === undefined
    ? await many(wholeNumber('from', 0), wholeNumber('schedules', 1))
    : await one(wholeNumber('seed', 0))
process.exitCode = isGood ? 0 : 1
