// Metrics and alerts of an auth service, counted from its events alone. A separate import: an app that watches nothing
// carries nothing.

import type { TicketSocketErrorCode } from '../contract/errors.ts'
import { callback, or, positiveNumber, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, systemClock } from '../platform/system-platform.ts'
import type { AuthEvents } from './auth-events.ts'
import type { UnifiedAuthService } from './unified-auth-service.ts'

export interface AuthMetrics {
  /** Tickets that the backend issued; `ahead`: of these, before anybody asked. */
  issued: number
  ahead: number
  /** Tickets given to connections and callers; `prefetched`: of these, without a request. */
  taken: number
  prefetched: number
  /** @deprecated The same value as `prefetched`, under its former name. */
  fromSpare: number
  /** Prefetched tickets replaced before they expired. */
  refreshed: number
  /** Ticket requests that failed, by reason. A quiet try to prefetch is not counted. */
  failed: Partial<Record<TicketSocketErrorCode, number>>
  fallbacks: number
  reverted: number
  userChanges: number
}

export interface Alert {
  name: 'ticket_failures' | 'reverted'
  /** Failures in the window; 1 for a reversion. */
  count: number
}

export interface AuthMonitorOptions {
  onAlert?: (alert: Alert) => void
  /** Failed ticket requests within `windowMs` that are worth an alert. @default 5 */
  failureThreshold?: number
  /** @default 60_000 */
  windowMs?: number
  clock?: Clock
}

/**
 * Watches an auth service. Alerts once when the threshold is reached, and again only after the window was quiet.
 *
 * @example
 * ```ts
 * import { createAuthMonitor, type UnifiedAuthService } from 'ticket-socket'
 *
 * declare const auth: UnifiedAuthService
 * const monitor = createAuthMonitor(auth, { onAlert: ({ name, count }) => console.warn(name, count) })
 * console.log(monitor.metrics().fallbacks)
 * monitor.stop()
 * ```
 */
export function createAuthMonitor(auth: Pick<UnifiedAuthService, 'on'>, options: AuthMonitorOptions = {}) {
  const { onAlert, failureThreshold, windowMs, clock } = resolve('createAuthMonitor', options, {
    onAlert: or(() => {}, callback),
    failureThreshold: or(5, positiveNumber),
    windowMs: or(60_000, positiveNumber),
    clock: or(systemClock, clockOf),
  })
  const metrics: Omit<AuthMetrics, 'fromSpare'> = {
    issued: 0,
    ahead: 0,
    taken: 0,
    prefetched: 0,
    refreshed: 0,
    failed: {},
    fallbacks: 0,
    reverted: 0,
    userChanges: 0,
  }
  let failedAt: number[] = []
  let isAlerted = false

  function failed({ error: { code } }: AuthEvents['ticketFailed']) {
    metrics.failed[code] = (metrics.failed[code] ?? 0) + 1
    const now = clock.now()
    failedAt = [...failedAt.filter((at) => at > now - windowMs), now]
    if (failedAt.length === 1) isAlerted = false
    if (failedAt.length < failureThreshold || isAlerted) return
    isAlerted = true
    onAlert({ name: 'ticket_failures', count: failedAt.length })
  }

  const stops = [
    auth.on('ticketIssued', ({ ahead }) => {
      metrics.issued++
      if (ahead) metrics.ahead++
    }),
    auth.on('ticketTaken', ({ fresh }) => {
      metrics.taken++
      if (!fresh) metrics.prefetched++
    }),
    auth.on('ticketRefreshed', () => void metrics.refreshed++),
    auth.on('ticketFailed', failed),
    auth.on('fallback', () => void metrics.fallbacks++),
    auth.on('reverted', () => {
      metrics.reverted++
      onAlert({ name: 'reverted', count: 1 })
    }),
    auth.on('userChanged', () => void metrics.userChanges++),
  ]

  return {
    /** A copy: it does not change. */
    metrics: (): AuthMetrics => ({ ...metrics, fromSpare: metrics.prefetched, failed: { ...metrics.failed } }),
    stop() {
      for (const stop of stops) stop()
    },
  }
}
