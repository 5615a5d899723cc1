// How a connection has been: counted from the events and the snapshot alone. An import of its own: an app that watches
// nothing carries nothing.

import type { TicketSocketErrorCode } from '../contract/errors.ts'
import type { MessageLike } from '../contract/wire.ts'
import { callback, or, positiveNumber, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, systemClock } from '../platform/system-platform.ts'
import type { Breaker, SocketStatus } from './snapshot.ts'
import type { TicketSocket } from './ticket-socket.ts'

export interface SocketMetrics {
  /** Connections that the server accepted. */
  opened: number
  /** Attempts and connections that were lost, by reason. */
  lost: Partial<Record<TicketSocketErrorCode, number>>
  /** Opened, of all attempts that opened or ended before they did: 0 to 1; 1 before the first. */
  successRate: number
  /** From beginning to dial, waits included, to open; over the newest 100. Null before the first. */
  timeToOpenMs: { p50: number; p95: number } | null
  /** Of the last ping. */
  rttMs: number | null
  /** Time spent open, now included. */
  uptimeMs: number
  queued: number
  breaker: Breaker
}

export interface SocketAlert {
  name: 'low_success_rate' | 'failed'
  /** 0 to 1, over the newest attempts. */
  successRate: number
}

export interface SocketMonitorOptions {
  onAlert?: (alert: SocketAlert) => void
  /** Alerts when fewer than this share of the newest attempts opened. @default 0.5 */
  minSuccessRate?: number
  /** How many of the newest attempts are looked at; no alert before there are so many. @default 10 */
  window?: number
  clock?: Clock
}

const MAX_TIMES = 100

/**
 * Watches a socket. Alerts once when the success rate falls below the threshold, and again only after it has recovered.
 *
 * @example
 * ```ts
 * import { createSocketMonitor, type TicketSocket } from 'ticket-socket'
 *
 * declare const socket: TicketSocket
 * const monitor = createSocketMonitor(socket, { onAlert: ({ name, successRate }) => console.warn(name, successRate) })
 * console.log(monitor.metrics().timeToOpenMs)
 * monitor.stop()
 * ```
 */
export function createSocketMonitor<Incoming extends MessageLike, Outgoing extends object>(
  socket: TicketSocket<Incoming, Outgoing>,
  options: SocketMonitorOptions = {},
) {
  const { onAlert, minSuccessRate, window, clock } = resolve('createSocketMonitor', options, {
    onAlert: or(() => {}, callback),
    minSuccessRate: or(0.5, positiveNumber),
    window: or(10, positiveNumber),
    clock: or(systemClock, clockOf),
  })
  const lost: SocketMetrics['lost'] = {}
  let opened = 0
  /** Attempts that ended before they opened. */
  let unopened = 0
  let isOpen = socket.store.getState().status === 'open'
  let newest: boolean[] = []
  let times: number[] = []
  let status: SocketStatus = socket.store.getState().status
  let dialledAt = clock.now()
  let openSince: number | null = status === 'open' ? clock.now() : null
  let uptimeMs = 0
  let isAlerted = false

  function note(isOpen: boolean) {
    newest = [...newest, isOpen].slice(-window)
    const rate = newest.filter(Boolean).length / newest.length
    const isLow = newest.length >= window && rate < minSuccessRate
    if (isLow && !isAlerted) onAlert({ name: 'low_success_rate', successRate: rate })
    isAlerted = isLow
  }

  function follow(now: SocketStatus) {
    if (now === status) return
    const isDialling = now === 'connecting' || now === 'reconnecting'
    const wasDialling = status === 'connecting' || status === 'reconnecting'
    if (isDialling && !wasDialling) dialledAt = clock.now()
    if (now === 'open') openSince = clock.now()
    else if (openSince !== null) {
      uptimeMs += clock.now() - openSince
      openSince = null
    }
    status = now
  }

  const stops = [
    socket.store.subscribe((snapshot) => follow(snapshot.status)),
    socket.on('open', () => {
      isOpen = true
      opened++
      times = [...times, clock.now() - dialledAt].slice(-MAX_TIMES)
      note(true)
    }),
    socket.on('lost', ({ error: { code } }) => {
      lost[code] = (lost[code] ?? 0) + 1
      ended()
    }),
    socket.on('closed', () => {
      isOpen = false
    }),
    socket.on('failed', () => {
      ended()
      onAlert({ name: 'failed', successRate: successRate() })
    }),
  ]

  /** An attempt has one outcome: it opened, or it ended before. What becomes of an open connection is no attempt. */
  function ended() {
    if (!isOpen) {
      unopened++
      note(false)
    }
    isOpen = false
  }

  const successRate = () => (opened + unopened === 0 ? 1 : opened / (opened + unopened))

  return {
    /** A copy: it does not change. */
    metrics(): SocketMetrics {
      const snapshot = socket.store.getState()
      return {
        opened,
        lost: { ...lost },
        successRate: successRate(),
        timeToOpenMs: percentiles(times),
        rttMs: snapshot.rttMs,
        uptimeMs: uptimeMs + (openSince === null ? 0 : clock.now() - openSince),
        queued: snapshot.queued,
        breaker: snapshot.breaker,
      }
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}

function percentiles(times: readonly number[]): SocketMetrics['timeToOpenMs'] {
  if (times.length === 0) return null
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  return { p50: at(0.5), p95: at(0.95) }
}
