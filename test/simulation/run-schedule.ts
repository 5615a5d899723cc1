// Performs a schedule and says which rules were broken. First comes what the schedule wants (safety: the judges watch),
// then everything is healed and the connection has to come back (liveness), then all of it ends and nothing may be left.

import { ACTIONS } from './actions.ts'
import { demandLife, demandNothing } from './demands.ts'
import type { Violation } from './edge.ts'
import { FAULTS } from './faults/index.ts'
import type { Schedule, Step } from './schedule.ts'
import { createWorld, type World } from './world.ts'

export interface Run {
  violations: Violation[]
  reached: ReadonlySet<string>
  /** Faults that were inflicted, how often each. */
  inflicted: ReadonlyMap<string, number>
  virtualMs: number
}

/** Runs to its end in one go; call it outside of microtasks. */
export function runSchedule(schedule: Schedule, trace?: (line: string) => void): Run {
  const reached = new Set<string>()
  const inflicted = new Map<string, number>()
  const world = createWorld(schedule, (what) => void reached.add(what), trace)
  const { clock, tell, violations } = world
  const startedAt = clock.now()
  const before = Error.stackTraceLimit
  // Errors are made by the thousand, and their stacks read by nobody.
  Error.stackTraceLimit = 0
  const heals = new Set<() => void>()
  try {
    for (const step of schedule.steps) {
      clock.advance(step.atMs - (clock.now() - startedAt))
      if (step.kind === 'fault') {
        inflicted.set(step.name, (inflicted.get(step.name) ?? 0) + 1)
        inflict(world, step, heals)
      } else {
        world.tab.whenAwake(() => ACTIONS[step.name].act(world, step.params))
      }
      clock.settle()
      tell((judge) => judge.quiet?.())
      // The first broken rule tells the most; what follows from it only blurs it.
      if (violations.length > 0) break
    }
    if (violations.length === 0) clock.advance(schedule.durationMs - (clock.now() - startedAt))
    if (violations.length === 0) {
      for (const heal of heals) heal()
      demandLife(world)
    }
    if (violations.length === 0) demandNothing(world)
  } finally {
    Error.stackTraceLimit = before
  }
  return { violations, reached, inflicted, virtualMs: clock.now() - startedAt }
}

function inflict(world: World, { name, params, forMs }: Step & { kind: 'fault' }, heals: Set<() => void>) {
  world.tell((judge) => judge.inflicted?.(name))
  const end = FAULTS[name].inflict(world, params)
  if (!end) return
  const heal = () => {
    if (!heals.delete(heal)) return
    end()
  }
  heals.add(heal)
  world.clock.after(forMs, heal)
}
