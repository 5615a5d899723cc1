import { expect, test } from 'vitest'
import {
  createSocketMonitor,
  type SocketAlert,
  type SocketMonitorOptions,
  type TicketSocketOptions,
} from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'

function arrange(options: SocketMonitorOptions = {}, socket: Partial<TicketSocketOptions> = {}) {
  const page = arrangePage({ socket })
  const alerts: SocketAlert[] = []
  const monitor = createSocketMonitor(page.socket, {
    clock: page.clock,
    onAlert: (alert) => alerts.push(alert),
    ...options,
  })
  return { ...page, ...monitor, alerts }
}

test('before anything has happened there is nothing to count', () => {
  expect(arrange().metrics()).toEqual({
    opened: 0,
    lost: {},
    successRate: 1,
    timeToOpenMs: null,
    rttMs: null,
    uptimeMs: 0,
    queued: 0,
    breaker: 'closed',
  })
})

test('counts what opened and what was lost, by reason, and for how long it was open', async () => {
  const page = arrange()
  await page.connect()
  await page.clock.advance(60_000)
  page.backend.connections()[0]?.close(4411, 'expired')
  await page.clock.advance(1_000)
  page.backend.dropConnections()
  await page.clock.advance(10_000)
  page.socket.close()
  await page.clock.advance(60_000)
  const { opened, lost, successRate, uptimeMs, rttMs } = page.metrics()
  expect({ opened, lost, successRate, rttMs }).toEqual({
    opened: 3,
    lost: { session_expired: 1, connection_lost: 1 },
    successRate: 1,
    rttMs: null,
  })
  expect(uptimeMs).toBeGreaterThan(69_000)
  expect(uptimeMs).toBeLessThan(72_000)
})

test('the time to open is counted from the first dial, waits included', async () => {
  const page = arrange()
  const heal = page.backend.use(scenarios.upgradeRefused)
  page.socket.connect()
  await page.clock.advance(20_000)
  heal()
  await page.clock.advance(20_000)
  const { timeToOpenMs } = page.metrics()
  expect(timeToOpenMs?.p50).toBeGreaterThan(20_000)
  for (let i = 0; i < 20; i++) {
    page.socket.reconnect()
    await page.clock.advance(1_000)
  }
  expect(page.metrics().timeToOpenMs).toEqual({ p50: 0, p95: 0 })
})

test('alerts once when the success rate falls, and again only after it has recovered', async () => {
  const page = arrange({ window: 4 })
  await page.connect()
  for (let outage = 0; outage < 2; outage++) {
    const heal = page.backend.use(scenarios.upgradeRefused)
    page.backend.dropConnections()
    await page.clock.advance(60_000)
    heal()
    await page.clock.advance(30_000)
    for (let i = 0; i < 4; i++) {
      page.socket.reconnect()
      await page.clock.advance(1_000)
    }
  }
  expect(page.alerts.map(({ name }) => name)).toEqual(['low_success_rate', 'low_success_rate'])
  expect(page.alerts[0]?.successRate).toBeLessThan(0.5)
})

test('a socket that gives up is an alert; once stopped nothing is', async () => {
  const page = arrange()
  await page.connect()
  page.backend.connections()[0]?.close(4410, 'revoked')
  await page.clock.advance(100)
  expect(page.alerts.map(({ name }) => name)).toEqual(['failed'])
  page.stop()
  page.socket.connect()
  await page.clock.advance(1_000)
  expect(page.metrics().opened).toBe(1)
})

test.each([
  [{ minSuccessRate: -1 }, 'minSuccessRate must be a positive number, got -1'],
  [{ window: Number.NaN }, 'window must be a positive number, got NaN'],
  [{ onAlert: 'log' as never }, 'onAlert must be a function, got string'],
])('refuses %j by name', (options, message) => {
  expect(() => createSocketMonitor(arrangePage().socket, options)).toThrow(message)
})

test('the breaker of snapshot and metrics follows the socket’s own threshold', async () => {
  const page = arrange({}, { breaker: { failureThreshold: 2, resetMs: 60_000 } })
  page.backend.use(scenarios.upgradeRefused)
  page.socket.connect()
  await page.clock.advance(30_000)
  expect(page.state()).toMatchObject({ failedAttempts: 2, status: 'reconnecting', breaker: 'open' })
  expect(page.metrics().breaker).toBe('open')
  await page.clock.advance(300_000)
  // One attempt every 60 to 120 s.
  expect(page.state().failedAttempts).toBeLessThanOrEqual(7)
  page.socket.close()
  expect(page.state().breaker).toBe('closed')
})

test('the breaker opens after twenty losses in a row, probes one by one, and closes when a connection has settled', async () => {
  const page = arrange()
  const seen: string[] = []
  page.socket.store.subscribe(() => {
    const { breaker } = page.metrics()
    if (seen.at(-1) !== breaker) seen.push(breaker)
  })
  const heal = page.backend.use(scenarios.upgradeRefused)
  page.socket.connect()
  await page.clock.advance(180_000)
  heal()
  expect(page.state().failedAttempts).toBeGreaterThan(20)
  expect(seen.slice(0, 3)).toEqual(['closed', 'open', 'half-open'])
  page.page.say('offline')
  page.socket.reconnect()
  await page.clock.advance(2_000)
  expect(page.state().status).toBe('open')
  expect(page.metrics().breaker).toBe('half-open')
  await page.clock.advance(5_000)
  expect(page.metrics().breaker).toBe('closed')
})
