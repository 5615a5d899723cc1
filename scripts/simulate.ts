// Schedules of the simulation from the command line; docs/simulation.md explains it.
//
//   npm run simulate -- --seed 7                            one, line by line
//   npm run simulate -- --schedules 100000 [--from 1]       many, and a summary
//   … --threads 2                                         side by side, as many as there are cores by default
//   … --write                                               the summary goes into docs/simulation.md

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { runSchedule } from '../test/simulation/run-schedule.ts'
import { scheduleOf } from '../test/simulation/schedule.ts'
import { storyOf } from '../test/simulation/story.ts'
import { summaryOf, writeSummary } from '../test/simulation/summary.ts'
import { together, type Walk } from '../test/simulation/walk.ts'
import { outsideMicrotasks } from '../test/support/fast-clock.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string', default: '5000' },
    from: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
    write: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: 'seed' | 'schedules' | 'from' | 'threads', least: number): number {
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

/** Each in a thread of its own: what one walks does not depend on the others. */
function part(from: number, count: number): Promise<Walk> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../test/simulation/walker.ts', import.meta.url), { workerData: { from, count } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function many(from: number, count: number): Promise<boolean> {
  const threads = Math.min(wholeNumber('threads', 1), count)
  const share = Math.ceil(count / threads)
  const parts = Array.from({ length: threads }, (_, i) => part(from + i * share, Math.min(share, count - i * share)))
  const result = together(await Promise.all(parts))
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
