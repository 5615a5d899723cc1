import type { AuthMetrics } from '../../auth/auth-monitor.ts'
import type { SocketMetrics } from '../../socket/socket-monitor.ts'
import { duration } from '../format.ts'
import { PHASES, timeInPhases } from '../record/phases.ts'
import { createKeyedList, type Dom, setText } from './dom.ts'
import type { View } from './view.ts'

export interface MetricsSource {
  auth(): AuthMetrics
  socket(): SocketMetrics
}

type Row = readonly [term: string, value: string]

const reasons = (counts: Readonly<Record<string, number | undefined>>) => {
  const all = Object.entries(counts).map(([reason, count]) => `${count} × ${reason}`)
  return all.length === 0 ? 'none' : all.join(', ')
}

const socketRows = ({ opened, lost, successRate, timeToOpenMs, uptimeMs }: SocketMetrics): readonly Row[] => [
  ['Opened', String(opened)],
  ['Lost', reasons(lost)],
  ['Success rate', `${Math.round(successRate * 100)} %`],
  ['Time to open', timeToOpenMs ? `${duration(timeToOpenMs.p50)}, p95 ${duration(timeToOpenMs.p95)}` : '–'],
  ['Uptime', duration(uptimeMs)],
]

const authRows = ({
  issued,
  ahead,
  taken,
  prefetched,
  refreshed,
  failed,
  fallbacks,
  reverted,
}: AuthMetrics): readonly Row[] => [
  ['Issued', `${issued}, of these ${ahead} prefetched`],
  ['Taken', `${taken}, of these ${prefetched} prefetched`],
  ['Refreshed', String(refreshed)],
  ['Failed', reasons(failed)],
  ['Fallbacks', String(fallbacks)],
  ['Reverted', String(reverted)],
]

/** Counts since the panel was mounted. */
export function createMetrics(dom: Dom, source: MetricsSource): View {
  const { h } = dom
  const groups = ['Connections', 'Tickets', 'Time in each phase'].map((title) => {
    const list = h('dl', { class: 'metrics' })
    return { section: h('section', { class: 'block' }, h('h3', {}, title), list), show: createRows(dom, list) }
  })
  const [connections, tickets, phases] = groups
  return {
    element: h(
      'div',
      { class: 'pane pane--scroll', tabindex: 0, role: 'group', 'aria-label': 'Metrics' },
      ...groups.map(({ section }) => section),
    ),
    render(recording, { now }) {
      connections?.show(socketRows(source.socket()))
      tickets?.show(authRows(source.auth()))
      const totals = timeInPhases(recording.phases, now)
      phases?.show(
        PHASES.flatMap((phase): Row[] => {
          const total = totals.get(phase)
          return total ? [[phase, `${duration(total.ms)}${total.times > 1 ? `, ${total.times} times` : ''}`]] : []
        }),
      )
    },
  }
}

function createRows({ h }: Dom, list: HTMLElement) {
  const values = new WeakMap<Element, HTMLElement>()
  return createKeyedList<Row, HTMLElement>(
    list,
    ([term]) => term,
    ([term]) => {
      const value = h('dd')
      const row = h('div', { class: 'metric' }, h('dt', {}, term), value)
      values.set(row, value)
      return row
    },
    (row, [, value]) => {
      const cell = values.get(row)
      if (cell) setText(cell, value)
    },
  )
}
