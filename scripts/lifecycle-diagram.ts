// Draws the lifecycle from itself: docs/lifecycle.md holds what `transition` does, and a test fails when it differs.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Connection, ConnectionEvent } from '../src/socket/connection.ts'
import { explore } from '../test/support/explore-lifecycle.ts'

const FILE = fileURLToPath(new URL('../docs/lifecycle.md', import.meta.url))

/** What happens to an attempt, in words for a diagram; the rest is what the app, the network and the user do. */
const WORDS: Readonly<Record<string, string>> = {
  granted: 'credential',
  denied: 'no credential',
  due: 'time is over',
  silent: 'no answer',
  error_frame: 'error frame',
  wrong_user: 'another user',
  going_away: 'server goes away',
  reverted: 'tickets given up',
}

const ORDER = ['idle', 'authenticating', 'opening', 'confirming', 'open', 'waiting', 'suspended', 'closed', 'failed']

const wordsFor = (event: ConnectionEvent) =>
  event.type === 'session_changed' ? (event.signedIn ? 'sign-in' : 'sign-out') : (WORDS[event.type] ?? event.type)

type Steps = ReturnType<typeof explore>['steps']

/** The edges between phases, each with the events that take it. */
function edges(steps: Steps): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { before, event, after } of steps) {
    if (before.phase === after.phase) continue
    const edge = `${before.phase} --> ${after.phase}`
    found.set(edge, (found.get(edge) ?? new Set()).add(wordsFor(event)))
  }
  return found
}

const rank = (edge: string) => edge.split(' --> ').reduce((sum, phase) => sum * 100 + ORDER.indexOf(phase), 0)

/** A state by its name: what a phase holds beside moments and counts. */
function nameOf(state: Connection): string {
  switch (state.phase) {
    case 'confirming':
      return [
        'confirming',
        ...(state.negotiated ? [] : ['plain', ...(state.held.length > 0 ? ['error frame held'] : [])]),
      ].join(', ')
    case 'open':
      return [
        'open',
        ...(state.negotiated ? [] : ['plain']),
        ...(state.accepted ? [] : ['not accepted']),
        ...(state.settleAt === null ? [] : ['settling']),
        ...(state.renewal.kind === 'later' ? ['to be renewed'] : []),
        ...(state.renewal.kind === 'asking' ? ['being renewed'] : []),
        ...(state.leaveAt === null ? [] : ['leaving']),
      ].join(', ')
    case 'closed':
      return `closed by ${state.by}`
    default:
      return state.phase
  }
}

/** An event with what it brings along. */
function exactly(event: ConnectionEvent): string {
  switch (event.type) {
    case 'closed': {
      const { verdict } = event
      return `closed (${verdict.kind === 'reconnect' ? verdict.pace : verdict.kind})`
    }
    case 'denied':
      return event.error.retryable ? 'denied (for now)' : 'denied (for good)'
    case 'opened':
      return event.negotiated ? 'opened' : 'opened (plain)'
    case 'confirmed':
      return event.expiresInMs === undefined ? 'confirmed' : 'confirmed (with an end)'
    default:
      return wordsFor(event)
  }
}

const put = (map: Map<string, Set<string>>, key: string, value: string) =>
  map.set(key, (map.get(key) ?? new Set()).add(value))

/** Every state and every event: a row for each state, with where each event leads. */
function everything(steps: Steps): string {
  const states = new Map<string, Map<string, Set<string>>>()
  for (const { before, event, after } of steps) {
    const events = states.get(nameOf(before)) ?? new Map<string, Set<string>>()
    states.set(nameOf(before), events)
    put(events, exactly(event), after === before ? 'stays' : nameOf(after))
  }
  const rows = [...states].sort(([a], [b]) => phaseRank(a) - phaseRank(b) || a.localeCompare(b, 'en'))
  return rows.map(([state, events]) => `| ${state} | ${waysOut(events)} |`).join('\n')
}

const phaseRank = (name: string) => ORDER.findIndex((phase) => name.startsWith(phase))

function waysOut(events: Map<string, Set<string>>): string {
  // Events that lead to the same places stand together.
  const byTargets = new Map<string, Set<string>>()
  for (const [event, targets] of events) put(byTargets, [...targets].sort().join(' or '), event)
  return [...byTargets]
    .map(([targets, names]) => `**${targets}**: ${[...names].sort().join(', ')}`)
    .sort()
    .join('<br>')
}

export function lifecyclePage(): string {
  const { steps } = explore()
  // Closing and logging out are possible everywhere, and would cover the picture with lines to `closed`.
  const always = new Set(['close', 'sign-out'])
  const rows = [...edges(steps)].sort(([a], [b]) => rank(a) - rank(b))
  const drawn = rows.flatMap(([edge, events]) => {
    const shown = edge.endsWith('--> closed') ? [...events].filter((event) => !always.has(event)) : [...events]
    return shown.length > 0 ? [`  ${edge}: ${shown.sort().join(', ')}`] : []
  })
  const table = rows.map(
    ([edge, events]) => `| \`${edge.replace(' --> ', '` | `')}\` | ${[...events].sort().join(', ')} |`,
  )
  return `# The lifecycle of a connection

Made by \`npm run docs:lifecycle\` from \`src/socket/lifecycle.ts\`; not edited by hand. *Opened* is the socket,
*open* means that the server accepted the credential. Each phase keeps alive what \`effectsOf\` lists for it, and nothing else.

\`\`\`mermaid
stateDiagram-v2
  [*] --> idle
${drawn.join('\n')}
\`\`\`

From every phase \`close\` leads to \`closed\`, and so does a sign-out. The edges in full:

| from | to | by |
| --- | --- | --- |
${table.join('\n')}

Every state that can be reached, and every event in it. States that differ only in moments and counts are one; where an
event may lead to several, those decide (and whether the page is online). *Stays*: nothing changes.

| state | by which event it becomes what |
| --- | --- |
${everything(steps)}
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
