import { duration } from '../format.ts'
import type { PhaseTime } from '../record/phases.ts'
import type { Dom } from './dom.ts'

/** The time in each phase as a bar, with names and times as text. */
export function createPhaseBar({ h }: Dom, phases: readonly PhaseTime[]): HTMLElement {
  const bar = h('span', { class: 'phases__bar', 'aria-hidden': 'true' })
  for (const { phase, ms } of phases) {
    const segment = h('span', { 'data-phase': phase })
    // Not by an attribute: a page's Content-Security-Policy may forbid inline styles.
    segment.style.flexGrow = String(ms)
    bar.append(segment)
  }
  const times = phases.map(({ phase, ms }) =>
    h('span', { class: 'phases__time', 'data-phase': phase }, `${phase} ${duration(ms)}`),
  )
  return h('span', { class: 'phases' }, bar, ...times)
}
