import { expect, test } from 'vitest'
import { logEvents as logAuthEvents } from '../../../src/auth/log-events.ts'
import { guardedPlatform } from '../../../src/platform/guarded-platform.ts'
import type { Logger } from '../../../src/platform/platform.ts'
import { systemPlatform } from '../../../src/platform/system-platform.ts'
import { logEvents as logSocketEvents } from '../../../src/socket/log-events.ts'

/** How many listeners log an event, of a socket or a service with this logger. */
function listenersOf(logEvents: typeof logAuthEvents | typeof logSocketEvents, parts: { logger?: Logger }) {
  let listeners = 0
  const on = () => {
    listeners++
    return () => {}
  }
  logEvents({ on }, guardedPlatform(systemPlatform(parts)).logger)
  return listeners
}

test.each([
  ['socket', logSocketEvents],
  ['auth service', logAuthEvents],
])('a %s without a logger has no listeners that would log, and one with a logger has', (_name, logEvents) => {
  expect(listenersOf(logEvents, {})).toBe(0)
  expect(listenersOf(logEvents, { logger: console })).toBeGreaterThan(0)
})
