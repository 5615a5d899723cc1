// The mock as the conformance rules see it: on real time that can be moved on, with JWTs that have an end.

import type { ConformanceTarget } from '../../src/mock/conformance/index.ts'
import { createMockBackend, type MockBackend, type MockBackendOptions, scenarios } from '../../src/mock/index.ts'
import type { Clock } from '../../src/platform/platform.ts'
import { systemClock } from '../../src/platform/system-platform.ts'
import { jwtFor } from './jwt.ts'

/** Real time that can be moved on: the timers that are due by then fire at once, in their order. */
export function createSkippingClock(): Clock & { skip(ms: number): Promise<void> } {
  let aheadMs = 0
  const now = () => systemClock.now() + aheadMs
  const timers = new Set<{ dueAtMs: number; stop: () => void; fire: () => void }>()
  return {
    now,
    wallNow: () => systemClock.wallNow() + aheadMs,
    setTimer(callback, delayMs) {
      const fire = () => {
        cancel()
        callback()
      }
      const timer = { dueAtMs: now() + delayMs, stop: systemClock.setTimer(fire, delayMs), fire }
      const cancel = () => {
        timer.stop()
        timers.delete(timer)
      }
      timers.add(timer)
      return cancel
    },
    async skip(ms) {
      aheadMs += ms
      const inOrder = [...timers].sort((a, b) => a.dueAtMs - b.dueAtMs)
      for (const timer of inOrder) {
        if (!timers.has(timer)) continue
        if (timer.dueAtMs <= now()) {
          timer.fire()
          continue
        }
        timer.stop()
        timer.stop = systemClock.setTimer(timer.fire, timer.dueAtMs - now())
      }
    },
  }
}

export interface MockTarget {
  backend: MockBackend
  target: ConformanceTarget
}

const ORIGIN = 'https://app.example'

const inHalfAnHour = (clock: Clock) => Math.floor(clock.wallNow() / 1_000) + 1_800

export function mockTarget(
  options: Partial<ConformanceTarget> = {},
  backendOptions: MockBackendOptions = {},
): MockTarget {
  const clock = createSkippingClock()
  const exp = inHalfAnHour(clock)
  const tokenExpiresAtMs = exp * 1_000
  const backend = createMockBackend({
    clock,
    allowedOrigins: [ORIGIN],
    limits: {},
    ...backendOptions,
    users: {
      alice: { token: jwtFor('alice', { exp }), permissions: ['chat'], tokenExpiresAtMs },
      bob: { token: jwtFor('bob', { exp }), tokenExpiresAtMs },
    },
  })
  const tokenOf = (user: string) => () => String(backend.users[user]?.token)
  return {
    backend,
    target: {
      httpUrl: backend.httpUrl,
      wsUrl: backend.wsUrl,
      token: tokenOf('alice'),
      otherToken: tokenOf('bob'),
      renewToken: () => backend.rotateToken('alice', jwtFor('alice', { exp })),
      passTime: clock.skip,
      breakStore: () => backend.use(scenarios.storeDown),
      restart: () => backend.restart(),
      libraryLimits: true,
      fetch: backend.fetch,
      openSocket: (url, protocols) => new backend.WebSocket(url, protocols),
      origin: ORIGIN,
      foreignOrigin: 'https://evil.example',
      socketHeaders: false,
      ...options,
    },
  }
}
