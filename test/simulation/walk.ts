// Runs schedule after schedule, and stops at the first that breaks a rule.

import { outsideMicrotasks } from '../support/fast-clock.ts'
import type { Violation } from './edge.ts'
import { runSchedule } from './run-schedule.ts'
import { scheduleOf } from './schedule.ts'

export interface Walk {
  schedules: number
  virtualMs: number
  leastVirtualMs: number
  seconds: number
  /** In how many schedules each state was reached, each kind of fault inflicted. */
  reached: Map<string, number>
  inflicted: Map<string, number>
  failure: { seed: number; violations: Violation[] } | null
}

export async function walk(from: number, count: number, onProgress?: (walk: Walk) => void): Promise<Walk> {
  const stray = catchStray()
  const result: Walk = {
    schedules: 0,
    virtualMs: 0,
    leastVirtualMs: Number.POSITIVE_INFINITY,
    seconds: 0,
    reached: new Map(),
    inflicted: new Map(),
    failure: null,
  }
  const started = performance.now()
  for (let seed = from; seed < from + count && !result.failure; seed++) {
    const run = await outsideMicrotasks(() => runSchedule(scheduleOf(seed)))
    // Unhandled rejections are told after the step of the event loop in which they came up.
    await outsideMicrotasks(() => {})
    const violations = [...run.violations, ...stray.take()]
    result.schedules++
    result.virtualMs += run.virtualMs
    result.leastVirtualMs = Math.min(result.leastVirtualMs, run.virtualMs)
    result.seconds = (performance.now() - started) / 1_000
    for (const what of run.reached) count1(result.reached, what)
    for (const name of run.inflicted.keys()) count1(result.inflicted, name)
    if (violations.length > 0) result.failure = { seed, violations }
    onProgress?.(result)
  }
  stray.stop()
  return result
}

/** Of walks that went side by side. The failure is the one with the smallest seed. */
export function together(walks: readonly Walk[]): Walk {
  const sum = (of: (walk: Walk) => number) => walks.reduce((total, walk) => total + of(walk), 0)
  const counts = (of: (walk: Walk) => Map<string, number>) => {
    const all = new Map<string, number>()
    for (const walk of walks) for (const [what, times] of of(walk)) all.set(what, (all.get(what) ?? 0) + times)
    return all
  }
  const failures = walks.map(({ failure }) => failure).filter((failure) => failure !== null)
  return {
    schedules: sum(({ schedules }) => schedules),
    virtualMs: sum(({ virtualMs }) => virtualMs),
    leastVirtualMs: Math.min(...walks.map(({ leastVirtualMs }) => leastVirtualMs)),
    seconds: Math.max(...walks.map(({ seconds }) => seconds)),
    reached: counts(({ reached }) => reached),
    inflicted: counts(({ inflicted }) => inflicted),
    failure: failures.sort((a, b) => a.seed - b.seed)[0] ?? null,
  }
}

const count1 = (counts: Map<string, number>, what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)

/** Rejections that nobody handles, and what is thrown where nobody is. */
function catchStray() {
  const caught: Violation[] = []
  const note = (error: unknown) => void caught.push({ rule: 'uncaught', what: String(error), atMs: 0 })
  const names = ['unhandledRejection', 'uncaughtException'] as const
  for (const name of names) process.on(name, note)
  return {
    take: () => caught.splice(0),
    stop() {
      for (const name of names) process.off(name, note)
    },
  }
}
