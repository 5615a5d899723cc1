import type { ServerEvent } from '../../src/server/index.ts'

export interface Sightings {
  /** A server saw this. */
  add(server: string, event: ServerEvent): void
  /** Waits for the next event of this kind that no earlier call has returned, and returns its server. */
  next(kind: ServerEvent['kind']): Promise<{ server: string; event: ServerEvent }>
}

const PATIENCE_MS = 10_000
/** What a reader of the terminal need not see. */
const QUIET: readonly ServerEvent['kind'][] = ['store_asked', 'request_answered', 'upgrade_accepted', 'upgrade_refused']

/** The events of the servers: prints each one, and resolves the waits for its kind. */
export function createSightings(print: (line: string) => void): Sightings {
  const unasked: { server: string; event: ServerEvent }[] = []
  const waiting = new Set<() => void>()
  return {
    add(server, event) {
      if (!QUIET.includes(event.kind)) print(`     ${server} │ ${lineOf(event)}`)
      unasked.push({ server, event })
      for (const look of waiting) look()
    },
    next(kind) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`no server saw ${kind}`))
        }, PATIENCE_MS)
        const look = () => {
          const index = unasked.findIndex(({ event }) => event.kind === kind)
          const [found] = index < 0 ? [] : unasked.splice(index, 1)
          if (!found) return
          clearTimeout(late)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
  }
}

function lineOf({ kind, ...fields }: ServerEvent): string {
  const words = Object.entries(fields).map(([name, value]) => `${name} ${shortened(value)}`)
  return `${kind.padEnd(18)} ${words.join(', ')}`
}

// Handles are 43 characters long; a few are enough to distinguish them.
const shortened = (value: unknown) =>
  typeof value === 'string' && value.length > 12
    ? `${value.slice(0, 6)}…`
    : typeof value === 'number'
      ? Math.round(value)
      : value
