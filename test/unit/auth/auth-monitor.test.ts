import { describe, expect, test } from 'vitest'
import type { AuthEvents } from '../../../src/auth/auth-events.ts'
import {
  type Alert,
  type AuthMonitorOptions,
  createAuthMonitor,
  TicketSocketError,
  type TicketSocketErrorCode,
} from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { createEmitter } from '../../../src/platform/emitter.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

/** A monitor of a service whose events the test emits. */
function arrange(options: AuthMonitorOptions = {}) {
  const clock = createVirtualClock()
  const { on, emit } = createEmitter<AuthEvents>((error) => {
    throw error
  })
  const alerts: Alert[] = []
  const monitor = createAuthMonitor({ on }, { onAlert: (alert) => alerts.push(alert), clock, ...options })
  const fail = (code: TicketSocketErrorCode = 'server_unavailable') =>
    emit('ticketFailed', { error: new TicketSocketError(code, 'no') })
  return { clock, emit, fail, alerts, monitor }
}

const NOTHING_YET = {
  issued: 0,
  ahead: 0,
  taken: 0,
  prefetched: 0,
  fromSpare: 0,
  refreshed: 0,
  failed: {},
  fallbacks: 0,
  reverted: 0,
  userChanges: 0,
}

describe('metrics', () => {
  test('begin at zero', () => {
    expect(arrange().monitor.metrics()).toEqual(NOTHING_YET)
  })

  test('count each event, prefetched tickets, and failures by reason', () => {
    const { emit, fail, monitor } = arrange()
    const cause = new TicketSocketError('network', 'no')
    emit('ticketIssued', { handle: 'a', ttlMs: 1, ahead: false })
    emit('ticketIssued', { handle: 'b', ttlMs: 1, ahead: true })
    emit('ticketTaken', { handle: 'a', fresh: true })
    emit('ticketTaken', { handle: 'b', fresh: false })
    emit('ticketTaken', { handle: 'b', fresh: false })
    emit('ticketRefreshed', { handle: 'c' })
    fail('network')
    fail('network')
    fail('rate_limited')
    emit('fallback', { from: 'ticket', to: 'jwt', cause })
    emit('reverted', { cause })
    emit('userChanged', { signedIn: false })
    expect(monitor.metrics()).toEqual({
      issued: 2,
      ahead: 1,
      taken: 3,
      prefetched: 2,
      fromSpare: 2,
      refreshed: 1,
      failed: { network: 2, rate_limited: 1 },
      fallbacks: 1,
      reverted: 1,
      userChanges: 1,
    })
  })

  test('are a copy: what was read does not change, and cannot be changed from outside', () => {
    const { fail, monitor } = arrange()
    const before = monitor.metrics()
    fail('network')
    expect(before).toEqual(NOTHING_YET)
    before.failed.network = 99
    expect(monitor.metrics().failed).toEqual({ network: 1 })
  })

  test('of a real page: two tickets, one of them prefetched and then taken, and a sign-out', async () => {
    const page = arrangePage()
    const monitor = createAuthMonitor(page.auth, { clock: page.clock })
    await page.connect()
    page.backend.dropConnections()
    await page.clock.advance(5_000)
    page.auth.handleLogout()
    expect(monitor.metrics()).toEqual({
      ...NOTHING_YET,
      issued: 3,
      ahead: 2,
      taken: 2,
      prefetched: 1,
      fromSpare: 1,
      userChanges: 1,
    })
  })
})

describe('alerts', () => {
  test('once when the threshold is reached within the window, not for each failure after it', () => {
    const { fail, alerts } = arrange({ failureThreshold: 3, windowMs: 60_000 })
    fail()
    fail()
    expect(alerts).toEqual([])
    for (let i = 0; i < 10; i++) fail()
    expect(alerts).toEqual([{ name: 'ticket_failures', count: 3 }])
  })

  test('none for failures that are further apart than the window allows', async () => {
    const { clock, fail, alerts } = arrange({ failureThreshold: 3, windowMs: 60_000 })
    for (let i = 0; i < 20; i++) {
      fail()
      await clock.advance(30_000)
    }
    expect(alerts).toEqual([])
  })

  test('again after the window was quiet, and not before', async () => {
    const { clock, fail, alerts } = arrange({ failureThreshold: 2, windowMs: 60_000 })
    for (let i = 0; i < 10; i++) {
      fail()
      await clock.advance(50_000)
    }
    expect(alerts).toHaveLength(1)
    await clock.advance(10_000)
    fail()
    expect(alerts).toHaveLength(1)
    fail()
    expect(alerts).toHaveLength(2)
  })

  test('by default, five failures in a minute', async () => {
    const { clock, fail, alerts } = arrange()
    for (let i = 0; i < 4; i++) fail()
    await clock.advance(60_000)
    for (let i = 0; i < 4; i++) fail()
    expect(alerts).toEqual([])
    fail()
    expect(alerts).toEqual([{ name: 'ticket_failures', count: 5 }])
  })

  test('for each reversion, whatever the threshold', () => {
    const { emit, alerts } = arrange({ failureThreshold: 1_000 })
    emit('reverted', { cause: new TicketSocketError('tickets_unsupported', 'no') })
    expect(alerts).toEqual([{ name: 'reverted', count: 1 }])
  })

  test('of a real page whose backend has no tickets', async () => {
    const page = arrangePage()
    const alerts: Alert[] = []
    createAuthMonitor(page.auth, { clock: page.clock, failureThreshold: 1, onAlert: (alert) => alerts.push(alert) })
    page.backend.use(scenarios.ticketEndpointMissing)
    await page.connect()
    expect(alerts).toEqual([
      { name: 'reverted', count: 1 },
      { name: 'ticket_failures', count: 1 },
    ])
  })
})

test('nothing is counted or reported after stop()', () => {
  const { emit, fail, alerts, monitor } = arrange({ failureThreshold: 1 })
  monitor.stop()
  monitor.stop()
  fail()
  emit('reverted', { cause: new TicketSocketError('network', 'no') })
  emit('ticketIssued', { handle: 'a', ttlMs: 1, ahead: true })
  emit('userChanged', { signedIn: true })
  expect(monitor.metrics()).toEqual(NOTHING_YET)
  expect(alerts).toEqual([])
})

test.each<[Partial<AuthMonitorOptions>, string]>([
  [{ onAlert: 'mail' as never }, 'onAlert must be a function, got string'],
  [{ failureThreshold: 0 }, 'failureThreshold must be a positive number, got 0'],
  [{ failureThreshold: Number.NaN }, 'failureThreshold must be a positive number, got NaN'],
  [{ windowMs: -1 }, 'windowMs must be a positive number, got -1'],
  [{ windowMs: Number.POSITIVE_INFINITY }, 'windowMs must be a positive number, got Infinity'],
])('refuses %j when it is made, by name and value', (wrong, message) => {
  const { on } = createEmitter<AuthEvents>(() => {})
  expect(() => createAuthMonitor({ on }, wrong)).toThrow(new TypeError(message))
})
