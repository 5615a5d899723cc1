import { readFileSync } from 'node:fs'
import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import parsePrometheus from 'parse-prometheus-text-format'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import {
  INSTRUMENTS,
  type Instrument,
  labelSetsOf,
  type ServerLoad,
} from '../../../../src/server/operations/measurements.ts'
import { observeWithOpenTelemetry } from '../../../../src/server/operations/open-telemetry.ts'
import { createServerMetrics } from '../../../../src/server/operations/server-metrics.ts'
import type { ServerEvent } from '../../../../src/server/server-events.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { everyEvent, HANDLES } from './every-event.ts'

type Name = keyof typeof INSTRUMENTS

/** What every event of `everyEvent` adds up to, by instrument and labels; all else is 0. Of a histogram, how many there were. */
const EXPECTED: Record<Name, Record<string, number>> = {
  tickets_generated: { '': 1 },
  tickets_consumed: { '': 1 },
  tickets_refused: { 'reason=unknown': 1 },
  jwts_refused: { 'reason=issuer': 1 },
  tickets_revoked: { '': 4 },
  users_revoked: { 'recorded=true published=true': 1 },
  ticket_issue_duration: { '': 1 },
  requests: { 'endpoint=tickets status=200': 1, 'endpoint=tickets status=429': 1 },
  request_duration: { 'endpoint=tickets': 2 },
  upgrades_accepted: { 'method=ticket': 1 },
  upgrades_refused: { 'reason=ticket_invalid': 1, 'reason=too_many': 1, 'reason=unavailable': 1 },
  upgrade_duration: { 'outcome=accepted': 1, 'outcome=refused': 3 },
  upgrades_pending: {},
  rate_limited: { 'of=request': 1, 'of=upgrade': 1, 'of=connection': 1 },
  connections: {},
  connections_opened: { 'method=ticket': 1, 'method=jwt': 1 },
  connections_closed: { 'code=4410': 1, 'code=4xxx': 1 },
  connection_duration: { '': 2 },
  buffered: {},
  store_duration: { 'command=consume': 2 },
  store_errors: { 'command=consume': 1 },
  loop_delay: {},
  draining: { '': 1 },
}

const instruments = Object.entries(INSTRUMENTS) as [Name, Instrument][]
const keyOf = (labels: object = {}) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
/** Every label set of an instrument, with what is expected of it. */
const expectedOf = (name: Name) => {
  const keys = labelSetsOf(INSTRUMENTS[name]).map(keyOf)
  return { ...Object.fromEntries(keys.map((key) => [key, 0])), ...EXPECTED[name] }
}
const sockets = (load: Partial<ServerLoad> = {}) => ({
  load: () => ({ pendingUpgrades: 0, bufferedBytes: 0, ...load }),
})

describe('as Prometheus text', () => {
  const text = () => {
    const metrics = createServerMetrics()
    for (const event of everyEvent) metrics.observe(event)
    return metrics.prometheus()
  }

  test('a parser reads every counter and gauge as it was counted, and 0 for what never happened', () => {
    const families = parsePrometheus(text())
    for (const [name, { kind, help, unit }] of instruments) {
      if (kind === 'histogram') continue
      const full = `ticket_socket_${name}${{ s: '_seconds', By: '_bytes' }[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
      const family = families.find((one) => one.name === full)
      expect(family, full).toMatchObject({
        help,
        type: kind === 'load' || kind === 'peak' ? 'GAUGE' : kind.toUpperCase(),
      })
      const read = Object.fromEntries(family?.metrics.map(({ labels, value }) => [keyOf(labels), Number(value)]) ?? [])
      expect(read, full).toEqual(expectedOf(name))
    }
    expect(families).toHaveLength(instruments.length)
  })

  test('a histogram has its buckets, which add up, its sum and its count', () => {
    const scraped = text()
    for (const line of [
      'store_duration_seconds_bucket{command="consume",le="0.001"} 0',
      'store_duration_seconds_bucket{command="consume",le="0.005"} 1',
      'store_duration_seconds_bucket{command="consume",le="0.5"} 2',
      'store_duration_seconds_bucket{command="consume",le="+Inf"} 2',
      'store_duration_seconds_sum{command="consume"} 0.503',
      'store_duration_seconds_count{command="consume"} 2',
      'store_duration_seconds_count{command="put"} 0',
      'ticket_issue_duration_seconds_sum 0.004',
      'upgrade_duration_seconds_sum{outcome="accepted"} 0.002',
      'upgrade_duration_seconds_sum{outcome="refused"} 0.03',
    ]) {
      expect(scraped).toContain(`ticket_socket_${line}\n`)
    }
  })

  test('has every label set from the start: nothing that happens adds one', () => {
    const seriesOf = (scraped: string) => scraped.split('\n').map((line) => line.replace(/ [^ ]*$/, ''))
    const metrics = createServerMetrics()
    const fresh = seriesOf(metrics.prometheus())
    const closed = { kind: 'connection_closed', connection: '', method: 'none', user: null, durationMs: 1 } as const
    const events: ServerEvent[] = [
      ...everyEvent,
      // Whatever codes clients close with, there are few labels.
      ...[0, 999, 5_000, 65_535].map((code) => ({ ...closed, code })),
      ...Array.from({ length: 4_000 }, (_, index) => ({ ...closed, code: 1_000 + index })),
    ]
    for (const event of events) metrics.observe(event)
    expect(seriesOf(metrics.prometheus())).toEqual(fresh)
    const family = parsePrometheus(metrics.prometheus()).find(({ name }) => name.endsWith('connections_closed_total'))
    expect(family?.metrics.length).toBeLessThan(40)
    expect(family?.metrics.reduce((sum, { value }) => sum + Number(value), 0)).toBe(4_006)
  })

  test('no label holds a ticket, a user, a connection or an address', () => {
    for (const handle of HANDLES) expect(text()).not.toContain(handle)
  })

  test('is answered to a scrape, which no cache may keep', async () => {
    const response = await createServerMetrics().handle()
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toContain('# TYPE ticket_socket_connections gauge')
  })

  test('reports the longest delay of the event loop among the watched sockets, in seconds', () => {
    const metrics = createServerMetrics()
    const delay = () => /^ticket_socket_loop_delay_seconds (.*)$/m.exec(metrics.prometheus())?.[1]
    metrics.watch(sockets())
    expect(delay()).toBe('0')
    metrics.watch(sockets({ loopDelayMs: 700 }))
    metrics.watch(sockets({ loopDelayMs: 3 }))
    expect(delay()).toBe('0.7')
  })

  test('reads the load of the watched sockets on request, summed over them, until it is stopped', () => {
    const metrics = createServerMetrics()
    const load = { pendingUpgrades: 3, bufferedBytes: 1_000 }
    metrics.watch({ load: () => load })
    const stop = metrics.watch(sockets({ pendingUpgrades: 4, bufferedBytes: 24 }))
    const gauges = () => metrics.prometheus().match(/^ticket_socket_(upgrades_pending|buffered_bytes) .*/gm)
    expect(gauges()).toEqual(['ticket_socket_upgrades_pending 7', 'ticket_socket_buffered_bytes 1024'])
    load.pendingUpgrades = 0
    stop()
    expect(gauges()).toEqual(['ticket_socket_upgrades_pending 0', 'ticket_socket_buffered_bytes 1000'])
    expect(() => metrics.watch({} as never)).toThrow('sockets must have the method load, got an object')
  })
})

test('docs/operations.md names each of them, for Prometheus and for OpenTelemetry, and no other', () => {
  const [table = ''] = /^\| `ticket_socket_…`[\s\S]*?\n\n/m.exec(readFileSync('docs/operations.md', 'utf8')) ?? []
  const rows = table.split('\n').slice(2, -2)
  const names = rows.map((row) =>
    row
      .split('|')
      .slice(1, 3)
      .map((cell) => /`([^`]+)`/.exec(cell)?.[1]),
  )
  const meant = instruments.map(([name, { kind, unit, otel }]) => [
    `${name}${{ s: '_seconds', By: '_bytes' }[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`,
    otel,
  ])
  expect(names.toSorted()).toEqual(meant.toSorted())
})

describe('as OpenTelemetry instruments', () => {
  async function collect() {
    const exporter = new InMemoryMetricExporter(1)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
    const provider = new MeterProvider({ readers: [reader] })
    onTestFinished(() => provider.shutdown())
    const observe = observeWithOpenTelemetry(provider.getMeter('test'))
    observe.watch(sockets({ pendingUpgrades: 7, bufferedBytes: 1_024, loopDelayMs: 250 }))
    for (const event of everyEvent) observe(event)
    await provider.forceFlush()
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  }

  test('the real SDK collects the same numbers, by the names of its conventions', async () => {
    const collected = await collect()
    const loads: Partial<Record<Name, object>> = {
      upgrades_pending: { '': 7 },
      buffered: { '': 1_024 },
      loop_delay: { '': 0.25 },
    }
    const plain = (attributes: object) =>
      keyOf(attributes).replaceAll('ticket_socket.', '').replace('http.response.status_code', 'status')
    for (const [name, { otel, unit, kind, help }] of instruments) {
      const metric = collected.find(({ descriptor }) => descriptor.name === `ticket_socket.${otel}`)
      expect(metric?.descriptor, name).toMatchObject({ unit, description: help })
      const read = Object.fromEntries(
        metric?.dataPoints.map(({ attributes, value }) => [
          plain(attributes),
          typeof value === 'object' && value !== null && 'count' in value ? value.count : value,
        ]) ?? [],
      )
      // A histogram cannot hold a 0 that was not recorded.
      expect(read, name).toEqual(loads[name] ?? (kind === 'histogram' ? EXPECTED[name] : expectedOf(name)))
    }
    expect(collected).toHaveLength(instruments.length)
  })

  test('a status is the number that HTTP instrumentation has', async () => {
    const requests = (await collect()).find(({ descriptor }) => descriptor.name === 'ticket_socket.requests')
    expect(requests?.dataPoints.map(({ attributes }) => attributes)).toContainEqual({
      'ticket_socket.endpoint': 'tickets',
      'http.response.status_code': 429,
    })
  })

  // https://opentelemetry.io/docs/specs/semconv/general/naming/ and /general/metrics/
  test.each(instruments)('%s follows the conventions for names and units', (_, { otel, unit, kind }) => {
    expect(otel).toMatch(/^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)*$/)
    expect(otel).not.toMatch(/total|seconds|bytes/)
    // Counts are annotated in the singular; durations are seconds; sizes are bytes without a prefix.
    expect(unit).toMatch(/^(\{[a-z]+\}|s|By)$/)
    if (kind === 'counter') expect(`${otel} ${unit}`).toMatch(/s \{[a-z]*[^s]\}$/)
    else expect(otel).not.toMatch(/s$/)
    if (kind === 'histogram') expect(`${otel} ${unit}`).toMatch(/\.duration s$/)
    expect(instruments.filter(([, other]) => other.otel === otel)).toHaveLength(1)
  })

  test('refuses what is no meter', () => {
    expect(() => observeWithOpenTelemetry({} as never)).toThrow(
      'meter must have the method createCounter, createUpDownCounter, createHistogram, createObservableUpDownCounter, createObservableGauge, got an object',
    )
  })
})

test('a manager counts what it does', async () => {
  const metrics = createServerMetrics()
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe: metrics.observe })
  const { ticket_id } = await tickets.generate({ userId: 'alice' })
  const revoked = await tickets.generate({ userId: 'alice' })
  for (const ticket of [ticket_id, ticket_id, 'nonsense']) await tickets.consume(ticket)
  await tickets.revoke(revoked.ticket_handle, 'alice')
  await tickets.generate({ userId: 'alice' })
  await tickets.revokeAll('alice')
  const scraped = metrics.prometheus()
  for (const line of [
    'tickets_generated_total 3',
    'tickets_consumed_total 1',
    'tickets_refused_total{reason="unknown"} 1',
    'tickets_refused_total{reason="malformed"} 1',
    'tickets_revoked_total 2',
    'users_revoked_total{recorded="true",published="true"} 1',
    'store_duration_seconds_count{command="put"} 3',
  ]) {
    expect(scraped).toContain(`ticket_socket_${line}\n`)
  }
})
