import { checkMethods } from '../options.ts'
import type { ServerObserver } from '../server-events.ts'
import { INSTRUMENTS, type Instrument, type InstrumentName, measurementsOf } from './measurements.ts'

interface InstrumentOptions {
  description: string
  unit?: string
  advice?: { explicitBucketBoundaries: number[] }
}

type Attributes = Record<string, string>

/** The part of OpenTelemetry's `Meter` that is used: `metrics.getMeter('…')` of `@opentelemetry/api` is one. */
export interface OpenTelemetryMeter {
  createCounter(name: string, options: InstrumentOptions): { add(value: number, attributes: Attributes): void }
  createUpDownCounter(name: string, options: InstrumentOptions): { add(value: number, attributes: Attributes): void }
  createHistogram(name: string, options: InstrumentOptions): { record(value: number, attributes: Attributes): void }
}

/**
 * The numbers of `createServerMetrics` as OpenTelemetry instruments, named `ticket_socket.…`. The meter is the app's, so
 * that this package neither needs nor loads OpenTelemetry.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api'
 * import { AuthTicketManager, createMemoryTicketStore, observeWithOpenTelemetry } from 'ticket-socket/server'
 *
 * const observe = observeWithOpenTelemetry(metrics.getMeter('chat'))
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe })
 * ```
 */
export function observeWithOpenTelemetry(meter: OpenTelemetryMeter): ServerObserver {
  checkMethods('meter', meter, ['createCounter', 'createUpDownCounter', 'createHistogram'])
  const names = Object.keys(INSTRUMENTS) as InstrumentName[]
  const record = new Map(names.map((name) => [name, recorderOf(meter, name)]))
  return (event) => {
    for (const { name, value, labels } of measurementsOf(event)) record.get(name)?.(value, labels)
  }
}

function recorderOf(meter: OpenTelemetryMeter, name: InstrumentName): (value: number, attributes: Attributes) => void {
  const { kind, help, unit, buckets }: Instrument = INSTRUMENTS[name]
  const options: InstrumentOptions = {
    description: help,
    ...(unit && { unit }),
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  }
  const full = `ticket_socket.${name}`
  switch (kind) {
    case 'counter': {
      const counter = meter.createCounter(full, options)
      return (value, attributes) => counter.add(value, attributes)
    }
    case 'gauge': {
      const gauge = meter.createUpDownCounter(full, options)
      return (value, attributes) => gauge.add(value, attributes)
    }
    case 'histogram': {
      const histogram = meter.createHistogram(full, options)
      return (value, attributes) => histogram.record(value, attributes)
    }
    default:
      return kind satisfies never
  }
}
