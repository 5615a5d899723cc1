import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import parsePrometheus from 'parse-prometheus-text-format'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import { INSTRUMENTS } from '../../../../src/server/operations/measurements.ts'
import { observeWithOpenTelemetry } from '../../../../src/server/operations/open-telemetry.ts'
import { createServerMetrics } from '../../../../src/server/operations/server-metrics.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { everyEvent, HANDLES } from './every-event.ts'

/** What every event of `everyEvent` adds up to: by instrument and labels. Of a histogram, how many there were. */
const EXPECTED: Record<keyof typeof INSTRUMENTS, Record<string, number>> = {
  tickets_generated: { '': 1 },
  tickets_consumed: { '': 1 },
  tickets_refused: { 'reason=unknown': 1 },
  jwts_refused: { 'reason=issuer': 1 },
  tickets_revoked: { '': 4 },
  users_revoked: { 'published=true': 1 },
  requests: { 'endpoint=tickets status=200': 1, 'endpoint=tickets status=429': 1 },
  request_duration: { 'endpoint=tickets': 2 },
  upgrades_accepted: { 'method=ticket': 1 },
  upgrades_refused: { 'reason=ticket_invalid': 1, 'reason=too_many': 1 },
  rate_limited: { 'of=request': 1, 'of=upgrade': 1, 'of=connection': 1 },
  connections: { 'method=ticket': 0, 'method=jwt': 0 },
  connections_opened: { 'method=ticket': 1, 'method=jwt': 1 },
  connections_closed: { 'code=4410': 1, 'code=4xxx': 1 },
  connection_duration: { '': 2 },
  store_duration: { 'command=consume': 2 },
  store_errors: { 'command=consume': 1 },
  draining: { '': 1 },
}
const keyOf = (labels: object = {}) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

describe('as Prometheus text', () => {
  const text = () => {
    const metrics = createServerMetrics()
    for (const event of everyEvent) metrics.observe(event)
    return metrics.prometheus()
  }

  test('a parser reads every counter and gauge as it was counted', () => {
    const families = parsePrometheus(text())
    for (const [name, { kind, help }] of Object.entries(INSTRUMENTS)) {
      if (kind === 'histogram') continue
      const full = `ticket_socket_${name}${kind === 'counter' ? '_total' : ''}`
      const family = families.find((one) => one.name === full)
      expect(family, full).toMatchObject({ help, type: kind.toUpperCase() })
      const read = Object.fromEntries(family?.metrics.map(({ labels, value }) => [keyOf(labels), Number(value)]) ?? [])
      expect(read, full).toEqual(EXPECTED[name as keyof typeof INSTRUMENTS])
    }
    expect(families).toHaveLength(Object.keys(INSTRUMENTS).length)
  })

  test('a histogram has its buckets, which add up, its sum and its count', () => {
    const scraped = text()
    const family = parsePrometheus(scraped).find(({ name }) => name === 'ticket_socket_store_duration_seconds')
    expect(family?.metrics[0]?.buckets).toMatchObject({ '0.001': '0', '0.005': '1', '0.5': '2', '5': '2', '+Inf': '2' })
    expect(scraped).toContain('ticket_socket_store_duration_seconds_sum{command="consume"} 0.503\n')
    expect(scraped).toContain('ticket_socket_store_duration_seconds_count{command="consume"} 2\n')
  })

  test('what has not happened yet is 0, where it has no labels', () => {
    const fresh = createServerMetrics().prometheus()
    expect(fresh).toContain('ticket_socket_tickets_generated_total 0\n')
    expect(fresh).toContain('ticket_socket_draining 0\n')
    expect(parsePrometheus(fresh)).toHaveLength(Object.keys(INSTRUMENTS).length)
  })

  test('no label holds a ticket, a user, a connection or an address', () => {
    for (const handle of HANDLES) expect(text()).not.toContain(handle)
  })

  test('whatever codes clients close with, there are few labels', () => {
    const metrics = createServerMetrics()
    for (let code = 1_000; code < 5_000; code++) {
      metrics.observe({ kind: 'connection_closed', connection: '', method: 'none', user: null, code, durationMs: 1 })
    }
    const family = parsePrometheus(metrics.prometheus()).find(({ name }) => name.endsWith('connections_closed_total'))
    expect(family?.metrics.length).toBeLessThan(40)
    expect(family?.metrics.reduce((sum, { value }) => sum + Number(value), 0)).toBe(4_000)
  })

  test('is answered to a scrape, which no cache may keep', async () => {
    const response = await createServerMetrics().handle()
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toContain('# TYPE ticket_socket_connections gauge')
  })
})

describe('as OpenTelemetry instruments', () => {
  test('the real SDK collects the same numbers', async () => {
    const exporter = new InMemoryMetricExporter(1)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
    const provider = new MeterProvider({ readers: [reader] })
    onTestFinished(() => provider.shutdown())
    const observe = observeWithOpenTelemetry(provider.getMeter('test'))
    for (const event of everyEvent) observe(event)
    await provider.forceFlush()
    const collected = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    const read = Object.fromEntries(
      collected.map(({ descriptor, dataPoints }) => [
        descriptor.name.replace(/^ticket_socket\./, ''),
        Object.fromEntries(
          dataPoints.map(({ attributes, value }) => [
            keyOf(attributes),
            typeof value === 'object' && value !== null && 'count' in value ? value.count : value,
          ]),
        ),
      ]),
    )
    expect(read).toEqual(EXPECTED)
    expect(collected.find(({ descriptor }) => descriptor.name.endsWith('store_duration'))?.descriptor.unit).toBe('s')
  })

  test('refuses what is no meter', () => {
    expect(() => observeWithOpenTelemetry({} as never)).toThrow(
      'meter must have the method createCounter, createUpDownCounter, createHistogram, got an object',
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
    'users_revoked_total{published="true"} 1',
    'store_duration_seconds_count{command="put"} 3',
  ]) {
    expect(scraped).toContain(`ticket_socket_${line}\n`)
  }
})
