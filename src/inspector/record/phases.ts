// The phases of the connection over time, as `docs/lifecycle.md` names them.

import type { SocketPhase } from '../../socket/snapshot.ts'

export interface PhaseSpan {
  readonly phase: SocketPhase
  /** When it began, on the clock that never goes back, in milliseconds. */
  readonly from: number
}

export interface PhaseTime {
  readonly phase: SocketPhase
  readonly ms: number
}

/** In the order in which a successful connection goes through them. */
export const PHASES: readonly SocketPhase[] = [
  'idle',
  'authenticating',
  'opening',
  'confirming',
  'open',
  'waiting',
  'suspended',
  'closed',
  'failed',
]

const isDialling = (phase: SocketPhase) => phase === 'authenticating' || phase === 'opening' || phase === 'confirming'

/** The total time in each phase, the present one included. Phases that never began are left out. */
export function timeInPhases(
  spans: readonly PhaseSpan[],
  now: number,
): ReadonlyMap<SocketPhase, { ms: number; times: number }> {
  const totals = new Map<SocketPhase, { ms: number; times: number }>()
  spans.forEach(({ phase, from }, index) => {
    const before = totals.get(phase) ?? { ms: 0, times: 0 }
    const until = spans[index + 1]?.from ?? now
    totals.set(phase, { ms: before.ms + Math.max(0, until - from), times: before.times + 1 })
  })
  return totals
}

/** The phases that led to the present one: the attempt's, or the time for which the connection was open. */
export function phasesBefore(spans: readonly PhaseSpan[]): readonly PhaseTime[] {
  const times = spans.slice(0, -1).map(({ phase, from }, index) => ({
    phase,
    ms: Math.max(0, (spans[index + 1]?.from ?? from) - from),
  }))
  if (times.at(-1)?.phase === 'open') return times.slice(-1)
  return times.slice(times.findLastIndex(({ phase }) => !isDialling(phase)) + 1)
}
