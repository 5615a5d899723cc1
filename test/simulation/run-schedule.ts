// Performs a schedule and says which rules were broken. First comes what the schedule wants (safety: the judges watch),
// then everything is healed and the connection has to come back (liveness), then all of it ends and nothing may be left.

import { ACTIONS } from './actions.ts'
import { ListenerError } from './app.ts'
import { demandLife, demandNothing } from './demands.ts'
import type { Violation } from './edge.ts'
import { FAULTS } from './faults/index.ts'
import { NETWORK_FAULTS } from './faults/network.ts'
import { SERVER_FAULTS } from './faults/server.ts'
import type { Schedule, Step } from './schedule.ts'
import { createWorld, type World } from './world.ts'

export interface Run {
  violations: Violation[]
  reached: ReadonlySet<string>
  /** Faults that were inflicted, how often each. */
  inflicted: ReadonlyMap<string, number>
  virtualMs: number
}

const OUTSIDE = new Set([...Object.keys(NETWORK_FAULTS), ...Object.keys(SERVER_FAULTS), 'offline'])

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
  const restore = hearUncaught((error) => world.edge.violate('uncaught', String(error)))
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
  } catch (error) {
    world.edge.violate('crash', String(error))
  } finally {
    Error.stackTraceLimit = before
    restore()
  }
  return { violations, reached, inflicted, virtualMs: clock.now() - startedAt }
}

function inflict(world: World, { name, params, forMs }: Step & { kind: 'fault' }, heals: Set<() => void>) {
  world.tell((judge) => judge.inflicted?.(name))
  const end = FAULTS[name].inflict(world, params)
  if (!end) return
  const { edge, clock } = world
  const isOutside = OUTSIDE.has(name)
  if (isOutside) edge.unrest++
  const heal = () => {
    if (!heals.delete(heal)) return
    end()
    if (!isOutside) return
    edge.unrest--
    edge.calmSince = clock.now()
  }
  heals.add(heal)
  world.clock.after(forMs, heal)
}

/** What a listener throws goes where uncaught errors go. An app's own listeners do so on purpose. */
function hearUncaught(hear: (error: unknown) => void): () => void {
  const globals = globalThis as { reportError?: (error: unknown) => void }
  const before = globals.reportError
  globals.reportError = (error) => {
    if (!(error instanceof ListenerError)) hear(error)
  }
  return () => {
    if (before) globals.reportError = before
    else delete globals.reportError
  }
}
