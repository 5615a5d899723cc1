// What a broken rule looks like to whoever has to understand it: the shortest schedule found that breaks it, and its
// trace.

import { runSchedule } from './run-schedule.ts'
import { type Schedule, type Step, scheduleOf } from './schedule.ts'

const TRACE_LINES = 120

/** Leaves out everything without which it still fails: halves first, then smaller pieces, then single steps. */
export function shortest(steps: readonly Step[], stillFails: (steps: Step[]) => boolean): Step[] {
  let left = [...steps]
  for (let size = left.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = left.length - size; at >= 0; at -= size) {
      const fewer = left.toSpliced(at, size)
      if (stillFails(fewer)) left = fewer
    }
  }
  return left
}

/** Call it outside of microtasks. */
export function storyOf(seed: number): string {
  const schedule = scheduleOf(seed)
  const ruleOf = (steps: Step[]) => runSchedule({ ...schedule, steps }).violations[0]?.rule
  const rule = ruleOf(schedule.steps)
  const short: Schedule = { ...schedule, steps: shortest(schedule.steps, (steps) => ruleOf(steps) === rule) }
  const lines: string[] = []
  const { violations } = runSchedule(short, (line) => lines.push(line))
  return [
    `seed ${seed}: ${schedule.steps.length} steps, of which these are enough`,
    JSON.stringify(short.setting),
    ...short.steps.map((step) => `  ${JSON.stringify(step)}`),
    '',
    ...(lines.length > TRACE_LINES ? [`  … ${lines.length - TRACE_LINES} lines before`] : []),
    ...lines.slice(-TRACE_LINES),
    '',
    ...violations.map(({ rule, what, atMs }) => `${rule}: ${what} (at ${atMs} ms)`),
    '',
    `again: npm run simulate -- --seed ${seed}`,
  ].join('\n')
}
