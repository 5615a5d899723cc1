import { useState } from 'react'
import lifecycle from '../../docs/lifecycle.md?raw'
import { type Edge, edgesIn, isDrawn } from './lifecycle-edges.ts'

type Point = readonly [x: number, y: number]

const PLACES: Readonly<Record<string, Point>> = {
  idle: [70, 50],
  authenticating: [225, 50],
  opening: [390, 50],
  confirming: [545, 50],
  open: [700, 50],
  waiting: [300, 190],
  suspended: [560, 190],
  closed: [180, 330],
  failed: [500, 330],
}
const WIDTH = 118
const HEIGHT = 36
const EDGES = edgesIn(lifecycle)

/** Drawn from docs/lifecycle.md, so that it cannot differ from the code. A selected phase shows its outgoing edges. */
export function LifecycleDiagram() {
  const [chosen, setChosen] = useState('open')
  const waysOut = EDGES.filter(({ from }) => from === chosen)
  return (
    <figure className="diagram">
      <svg viewBox="0 0 770 370" role="img" aria-label="The phases of a connection, and the ways between them">
        <defs>
          <marker
            id="tip"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="11"
            markerHeight="11"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8Z" className="diagram__tip" />
          </marker>
        </defs>
        {EDGES.filter(isDrawn).map((edge) => (
          <path
            key={`${edge.from} ${edge.to}`}
            d={pathOf(edge)}
            className={`diagram__edge${edge.from === chosen ? ' diagram__edge--chosen' : ''}`}
            markerEnd="url(#tip)"
          />
        ))}
        {Object.entries(PLACES).map(([phase, [x, y]]) => (
          <g key={phase} className={`diagram__node${phase === chosen ? ' diagram__node--chosen' : ''}`}>
            <rect x={x - WIDTH / 2} y={y - HEIGHT / 2} width={WIDTH} height={HEIGHT} rx="9" />
            <text x={x} y={y + 5}>
              {phase}
            </text>
          </g>
        ))}
      </svg>
      <figcaption>
        <p>
          From every phase, closing and logging out lead to <code>closed</code>; those lines are left out.
        </p>
        <label>
          Ways out of{' '}
          <select value={chosen} onChange={(event) => setChosen(event.target.value)}>
            {Object.keys(PLACES).map((phase) => (
              <option key={phase}>{phase}</option>
            ))}
          </select>
        </label>
        <ul>
          {waysOut.map(({ to, by }) => (
            <li key={to}>
              to <code>{to}</code>: {by.join(', ')}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  )
}

/** From border to border, bent to the right, so that two directions are two lines. */
function pathOf({ from, to }: Edge): string {
  const a = placeOf(from)
  const b = placeOf(to)
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const length = Math.hypot(dx, dy) || 1
  const bend = dy === 0 && length > 200 ? 60 : 16
  const middle = [(a[0] + b[0]) / 2 - (dy / length) * bend, (a[1] + b[1]) / 2 + (dx / length) * bend] as const
  const [start, end] = [borderTowards(a, middle), borderTowards(b, middle)]
  return `M${start.join(' ')}Q${middle.map(Math.round).join(' ')} ${end.join(' ')}`
}

/** A new phase of the lifecycle needs a position here. */
function placeOf(phase: string): Point {
  const place = PLACES[phase]
  if (!place) throw new Error(`PLACES has no place for the phase ${phase}`)
  return place
}

function borderTowards([x, y]: Point, [tx, ty]: Point): Point {
  const [dx, dy] = [tx - x, ty - y]
  const share = Math.min(WIDTH / 2 / Math.max(1, Math.abs(dx)), (HEIGHT / 2 + 2) / Math.max(1, Math.abs(dy)))
  return [Math.round(x + dx * share), Math.round(y + dy * share)]
}
