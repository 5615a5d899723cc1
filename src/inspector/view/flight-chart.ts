// The last minutes at a glance: round trips above, phases below, a line where the connection was lost. Drawn at the
// element's size, so that nothing is stretched.

import type { SocketPhase } from '../../socket/snapshot.ts'
import { duration } from '../format.ts'
import { PHASES } from '../record/phases.ts'
import type { Recording } from '../record/recorder.ts'
import { type Dom, setAttributes, setText } from './dom.ts'
import type { Moment, View } from './view.ts'

const HEIGHT = 92
const BAND = 12
const PLOT = HEIGHT - BAND - 8
const WINDOWS_MS = [30_000, 60_000, 120_000, 300_000]
const SCALES_MS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

export function createFlightChart({ h, svg }: Dom): View {
  const drawing = svg('svg', { class: 'flight__plot', height: HEIGHT, role: 'img' })
  const scale = h('span', { class: 'flight__scale' })
  const span = h('span')
  const legend = h('span', { class: 'legend' })
  const element = h(
    'section',
    { class: 'block' },
    h('h3', {}, 'Round trips and phases'),
    h('div', { class: 'flight' }, drawing, scale),
    h('p', { class: 'flight__foot' }, span, legend),
  )

  return {
    element,
    render(recording, { now }) {
      const width = drawing.clientWidth || 320
      const { from, windowMs } = windowOf(recording, now)
      const x = (at: number) => ((at - from) / windowMs) * width
      const samples = recording.rtt.filter((sample) => sample.now >= from)
      const top = SCALES_MS.find((ms) => samples.every(({ rttMs }) => rttMs <= ms)) ?? 60_000
      const y = (rttMs: number) => PLOT - 3 - (Math.min(rttMs, top) / top) * (PLOT - 9)
      const spans = visibleSpans(recording, from, now)
      const losses = recording.losses.filter((at) => at > from)

      drawing.replaceChildren(
        svg('path', {
          class: 'flight__grid',
          d: `M0 ${y(top)}H${width}M0 ${y(top / 2)}H${width}M0 ${PLOT - 3}H${width}`,
        }),
        ...losses.map((at) => svg('path', { class: 'flight__loss', d: `M${x(at).toFixed(1)} 0V${PLOT}` })),
        ...lines(samples, spans).map((run) =>
          svg('polyline', {
            class: 'flight__line',
            points: run.map((sample) => `${x(sample.now).toFixed(1)},${y(sample.rttMs).toFixed(1)}`).join(' '),
          }),
        ),
        ...samples.map((sample) =>
          svg('circle', { class: 'flight__dot', r: 2.5, cx: x(sample.now).toFixed(1), cy: y(sample.rttMs).toFixed(1) }),
        ),
        ...spans.map(({ phase, from: begun, until }) =>
          svg('rect', {
            class: 'flight__phase',
            'data-phase': phase,
            x: x(begun).toFixed(1),
            y: HEIGHT - BAND,
            width: Math.max(1.5, x(until) - x(begun)).toFixed(1),
            height: BAND,
          }),
        ),
      )
      setText(scale, samples.length > 0 ? `${top} ms` : 'no round trip measured yet')
      setText(span, duration(windowMs))
      setAttributes(drawing, { 'aria-label': summary(samples, losses.length, windowMs) })
      showLegend(spans.map(({ phase }) => phase))
    },
  }

  function showLegend(seen: readonly SocketPhase[]) {
    const present = PHASES.filter((phase) => seen.includes(phase))
    if (legend.dataset.phases === present.join(' ')) return
    legend.dataset.phases = present.join(' ')
    legend.replaceChildren(...present.map((phase) => h('span', { class: 'legend__item', 'data-phase': phase }, phase)))
  }
}

/** The time since the recording began, at least half a minute and at most five. */
function windowOf({ phases }: Recording, now: number) {
  const begun = phases[0]?.from ?? now
  const windowMs = WINDOWS_MS.find((ms) => now - begun <= ms) ?? (WINDOWS_MS.at(-1) as number)
  return { windowMs, from: Math.max(begun, now - windowMs) }
}

function visibleSpans({ phases }: Recording, from: number, now: Moment['now']) {
  return phases.flatMap((span, index) => {
    const until = phases[index + 1]?.from ?? now
    return until < from ? [] : [{ phase: span.phase, from: Math.max(from, span.from), until }]
  })
}

/** The samples of one connection are joined; between two connections there is a gap. */
function lines(samples: Recording['rtt'], spans: readonly { phase: SocketPhase; from: number; until: number }[]) {
  return spans
    .filter(({ phase }) => phase === 'open')
    .map(({ from, until }) => samples.filter(({ now }) => now >= from && now <= until))
    .filter((run) => run.length > 1)
}

function summary(samples: Recording['rtt'], losses: number, windowMs: number): string {
  const sorted = samples.map(({ rttMs }) => rttMs).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  const trips = median === undefined ? 'no round trip measured' : `round trip ${duration(median)} in the middle`
  return `In the last ${duration(windowMs)}: ${trips}, ${losses === 1 ? '1 connection' : `${losses} connections`} lost`
}
