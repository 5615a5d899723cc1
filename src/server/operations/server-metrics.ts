import type { ServerObserver } from '../server-events.ts'
import { createLoads, type LoadSource } from './loads.ts'
import { INSTRUMENTS, type Instrument, type InstrumentName, labelSetsOf, measurementsOf } from './measurements.ts'

export interface ServerMetrics {
  /** Hand this in as `observe`, to the manager, the handler and the sockets. */
  readonly observe: ServerObserver
  /**
   * Reads pending upgrades, buffered bytes and the delay of the event loop from these sockets whenever the metrics are asked for;
   * of several, the sum, and of the delay the longest. Returns the function that stops it.
   */
  watch(sockets: LoadSource): () => void
  /** Everything counted so far, in Prometheus' text format (0.0.4). */
  prometheus(): string
  /** The same as an answer to a scrape, for a route of your own. Keep it from the public. */
  handle(): Promise<Response>
}

/** One line of numbers of an instrument: `sum` is its value; the rest is a histogram's. */
interface Series {
  labels: string
  sum: number
  count: number
  buckets: number[]
}

const PREFIX = 'ticket_socket_'

/**
 * Counts what a server does, in memory, for Prometheus to scrape. Each process counts for itself.
 *
 * No label holds a credential, a user, an address or a handle. Where the app has OpenTelemetry, use
 * `observeWithOpenTelemetry` instead or beside it.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, createServerMetrics } from 'ticket-socket/server'
 *
 * const metrics = createServerMetrics()
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe: metrics.observe })
 * // metrics.watch(attachTicketSocket(server, { tickets, observe: metrics.observe, … }))
 * export const GET = () => metrics.handle() // a route that only your Prometheus reaches
 * ```
 */
export function createServerMetrics(): ServerMetrics {
  const names = Object.keys(INSTRUMENTS) as InstrumentName[]
  const all = new Map(names.map((name) => [name, new Map<string, Series>()]))

  function seriesOf(name: InstrumentName, labels: Readonly<Record<string, string>>): Series {
    const series = all.get(name) as Map<string, Series>
    const key = labelsText(labels)
    const known = series.get(key)
    if (known) return known
    const { buckets = [] }: Instrument = INSTRUMENTS[name]
    const made = { labels: key, sum: 0, count: 0, buckets: buckets.map(() => 0) }
    series.set(key, made)
    return made
  }

  const loads = createLoads()
  // What never happened is 0, not missing: a rate over it is then a number from the first time on.
  for (const name of names) for (const labels of labelSetsOf(INSTRUMENTS[name])) seriesOf(name, labels)

  return {
    observe(event) {
      for (const { name, value, labels } of measurementsOf(event)) {
        const series = seriesOf(name, labels)
        const { buckets = [] }: Instrument = INSTRUMENTS[name]
        series.sum += value
        series.count++
        for (const [index, bound] of buckets.entries())
          if (value <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1
      }
    },
    watch: loads.watch,
    prometheus() {
      for (const [name, value] of loads.readings()) seriesOf(name, {}).sum = value
      return names.map((name) => textOf(name, [...(all.get(name)?.values() ?? [])])).join('')
    },
    async handle() {
      const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
      return new Response(this.prometheus(), { headers })
    },
  }
}

/** The parts of Prometheus' names that name the unit. */
const UNIT_ENDINGS: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' }

function textOf(name: InstrumentName, series: Series[]): string {
  const { kind, help, unit, buckets = [] }: Instrument = INSTRUMENTS[name]
  const type = kind === 'load' || kind === 'peak' ? 'gauge' : kind
  const full = `${PREFIX}${name}${UNIT_ENDINGS[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
  const line = (ending: string, labels: string, value: number) =>
    `${full}${ending}${labels === '' ? '' : `{${labels}}`} ${value}\n`
  const lines = series.map(({ labels, sum, count, buckets: counts }) => {
    if (kind !== 'histogram') return line('', labels, sum)
    const bucket = (bound: number | '+Inf', value: number) =>
      line('_bucket', [labels, `le="${bound}"`].filter(Boolean).join(','), value)
    return [
      ...buckets.map((bound, index) => bucket(bound, counts[index] ?? 0)),
      bucket('+Inf', count),
      line('_sum', labels, sum),
      line('_count', labels, count),
    ].join('')
  })
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

// The values are words of ours, or numbers; escaped all the same, since a scrape that cannot be read loses everything.
const labelsText = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`)
    .join(',')
