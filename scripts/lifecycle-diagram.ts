// Draws the lifecycle from itself: docs/lifecycle.md holds what `transition` does, and a test fails when it differs.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ConnectionEvent } from '../src/socket/connection.ts'
import { explore } from '../test/support/explore-lifecycle.ts'

const FILE = fileURLToPath(new URL('../docs/lifecycle.md', import.meta.url))

/** What happens to an attempt, in words for a diagram; the rest is what the app, the network and the user do. */
const WORDS: Readonly<Record<string, string>> = {
  granted: 'credential',
  denied: 'no credential',
  due: 'time is over',
  silent: 'not heard of',
  going_away: 'server goes away',
}

const ORDER = ['idle', 'authenticating', 'opening', 'confirming', 'open', 'waiting', 'suspended', 'closed', 'failed']

const wordsFor = (event: ConnectionEvent) =>
  event.type === 'fenced' ? (event.signedIn ? 'log-in' : 'log-out') : (WORDS[event.type] ?? event.type)

/** The edges between phases, each with the events that take it. */
function edges(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { before, event, after } of explore().steps) {
    if (before.phase === after.phase) continue
    const edge = `${before.phase} --> ${after.phase}`
    found.set(edge, (found.get(edge) ?? new Set()).add(wordsFor(event)))
  }
  return found
}

const rank = (edge: string) => edge.split(' --> ').reduce((sum, phase) => sum * 100 + ORDER.indexOf(phase), 0)

export function lifecyclePage(): string {
  // Closing and logging out are possible everywhere, and would cover the picture with lines to `closed`.
  const always = new Set(['close', 'log-out'])
  const rows = [...edges()].sort(([a], [b]) => rank(a) - rank(b))
  const drawn = rows.flatMap(([edge, events]) => {
    const shown = edge.endsWith('--> closed') ? [...events].filter((event) => !always.has(event)) : [...events]
    return shown.length > 0 ? [`  ${edge}: ${shown.sort().join(', ')}`] : []
  })
  const table = rows.map(
    ([edge, events]) => `| \`${edge.replace(' --> ', '` | `')}\` | ${[...events].sort().join(', ')} |`,
  )
  return `# The lifecycle of a connection

Made by \`npm run docs:lifecycle\` from \`src/socket/lifecycle.ts\`; not edited by hand. *Opened* is the socket,
*open* is the server's word. Each phase keeps alive what \`needs\` lists for it, and nothing else.

\`\`\`mermaid
stateDiagram-v2
  [*] --> idle
${drawn.join('\n')}
\`\`\`

From every phase \`close\` leads to \`closed\`, and so does a log-out. The edges in full:

| from | to | by |
| --- | --- | --- |
${table.join('\n')}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = lifecyclePage()
  const isCheck = process.argv.includes('--check')
  if (!isCheck) writeFileSync(FILE, page)
  else if (readFileSync(FILE, 'utf8') !== page) {
    console.error('docs/lifecycle.md differs from the lifecycle; run: npm run docs:lifecycle')
    process.exit(1)
  }
}
