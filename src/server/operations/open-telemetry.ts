import { checkMethods } from '../options.ts'
import type { ServerObserver } from '../server-events.ts'
import { createLoads, type LoadName, type LoadSource } from './loads.ts'
import { INSTRUMENTS, type Instrument, type InstrumentName, labelSetsOf, measurementsOf } from './measurements.ts'

interface InstrumentOptions {
  description: string
  unit: string
  advice?: { explicitBucketBoundaries: number[] }
}

type Attributes = Record<string, string | number>
type Recorder = (value: number, labels: Readonly<Record<string, string>>) => void

/** The part of OpenTelemetry's `Meter` that is used: `metrics.getMeter('…')` of `@opentelemetry/api` is one. */
export interface OpenTelemetryMeter {
  createCounter(name: string, options: InstrumentOptions): { add(value: number, attributes: Attributes): void }
  createUpDownCounter(name: string, options: InstrumentOptions): { add(value: number, attributes: Attributes): void }
  createHistogram(name: string, options: InstrumentOptions): { record(value: number, attributes: Attributes): void }
  createObservableUpDownCounter(name: string, options: InstrumentOptions): ObservableInstrument
  createObservableGauge(name: string, options: InstrumentOptions): ObservableInstrument
}

interface ObservableInstrument {
  addCallback(callback: (result: { observe(value: number): void }) => void): void
}

export interface OpenTelemetryObserver extends ServerObserver {
  /** As `watch` of `createServerMetrics`. */
  watch(sockets: LoadSource): () => void
}

/**
 * The numbers of `createServerMetrics` as OpenTelemetry instruments. The meter is the app's, so that this package neither
 * needs nor loads OpenTelemetry.
 *
 * Names, units and attributes follow its semantic conventions: `ticket_socket.generated_tickets` in `{ticket}`,
 * `ticket_socket.upgrade.duration` in `s`, attributes `ticket_socket.reason`, `http.response.status_code`. docs/operations.md
 * has the table.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api'
 * import { AuthTicketManager, createMemoryTicketStore, observeWithOpenTelemetry } from 'ticket-socket/server'
 *
 * const observe = observeWithOpenTelemetry(metrics.getMeter('chat'))
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe })
 * // observe.watch(attachTicketSocket(server, { tickets, observe, … }))
 * ```
 */
export function observeWithOpenTelemetry(meter: OpenTelemetryMeter): OpenTelemetryObserver {
  checkMethods('meter', meter, [
    'createCounter',
    'createUpDownCounter',
    'createHistogram',
    'createObservableUpDownCounter',
    'createObservableGauge',
  ])
  const loads = createLoads()
  const names = Object.keys(INSTRUMENTS) as InstrumentName[]
  const record = new Map(names.map((name) => [name, recorderOf(meter, name, () => new Map(loads.readings()))]))
  const observe: ServerObserver = (event) => {
    for (const { name, value, labels } of measurementsOf(event)) record.get(name)?.(value, labels)
  }
  return Object.assign(observe, { watch: loads.watch })
}

function recorderOf(meter: OpenTelemetryMeter, name: InstrumentName, readings: () => Map<LoadName, number>): Recorder {
  const instrument: Instrument = INSTRUMENTS[name]
  const { kind, help, unit, buckets, otel } = instrument
  const options: InstrumentOptions = {
    description: help,
    unit,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  }
  const full = `ticket_socket.${otel}`
  switch (kind) {
    case 'counter':
      return adding(meter.createCounter(full, options), instrument)
    case 'gauge':
      return adding(meter.createUpDownCounter(full, options), instrument)
    case 'histogram': {
      const histogram = meter.createHistogram(full, options)
      return (value, labels) => histogram.record(value, attributesOf(labels))
    }
    case 'load':
    case 'peak': {
      const observed =
        kind === 'load'
          ? meter.createObservableUpDownCounter(full, options)
          : meter.createObservableGauge(full, options)
      observed.addCallback((result) => result.observe(readings().get(name as LoadName) ?? 0))
      return () => {}
    }
    default:
      return kind satisfies never
  }
}

/** An event that never happened is 0, not missing. Not for a histogram: recording 0 would count as a value. */
function adding(counter: { add(value: number, attributes: Attributes): void }, instrument: Instrument): Recorder {
  for (const labels of labelSetsOf(instrument)) counter.add(0, attributesOf(labels))
  return (value, labels) => counter.add(value, attributesOf(labels))
}

const attributesOf = (labels: Readonly<Record<string, string>>): Attributes =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) =>
      name === 'status' ? ['http.response.status_code', Number(value)] : [`ticket_socket.${name}`, value],
    ),
  )
