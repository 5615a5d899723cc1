const LINKS = [
  { name: 'ticket', x: 20, lines: ['random, used once,', 'gone in minutes'] },
  { name: 'jwt', x: 300, lines: ['as a subprotocol,', 'never in a URL'] },
  { name: 'none', x: 580, lines: ['the server', 'decides'] },
] as const

const STEPS = [
  { x: 190, words: ['this attempt', 'has no ticket'] },
  { x: 470, words: ['nobody is', 'signed in'] },
] as const

/** The chain of methods, and the bound. */
export const ChainDiagram = () => (
  <figure className="diagram">
    <svg
      viewBox="0 0 770 210"
      role="img"
      aria-label="From ticket to JWT when this attempt has no ticket; from JWT to no credential only when nobody is signed in; after three failures that count, JWT for good"
    >
      <defs>
        <marker
          id="chain-tip"
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
      {LINKS.map(({ name, x, lines }) => (
        <g key={name} className={`diagram__node diagram__node--${name}`}>
          <rect x={x} y="20" width="170" height="88" rx="12" />
          <text x={x + 85} y="50" className="diagram__title">
            {name}
          </text>
          {lines.map((line, index) => (
            <text key={line} x={x + 85} y={72 + index * 18} className="diagram__note">
              {line}
            </text>
          ))}
        </g>
      ))}
      {STEPS.map(({ x, words }) => (
        <g key={x}>
          <path d={`M${x + 4} 64H${x + 106}`} className="diagram__edge" markerEnd="url(#chain-tip)" />
          {words.map((line, index) => (
            <text key={line} x={x + 55} y={index === 0 ? 54 : 84} className="diagram__note">
              {line}
            </text>
          ))}
        </g>
      ))}
      <path
        d="M105 108C105 190 385 190 385 114"
        className="diagram__edge diagram__edge--chosen"
        markerEnd="url(#chain-tip)"
      />
      <text x="245" y="194" className="diagram__note">
        three failures that count: reverted, for good, told once
      </text>
    </svg>
  </figure>
)
