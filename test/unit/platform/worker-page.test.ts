import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemPlatform } from '../../../src/platform/system-platform.ts'

const { page } = systemPlatform()
let scope: EventTarget

afterEach(() => vi.unstubAllGlobals())

beforeEach(() => {
  scope = new EventTarget()
  // A worker has neither a window nor a document.
  vi.stubGlobal('addEventListener', scope.addEventListener.bind(scope))
  vi.stubGlobal('removeEventListener', scope.removeEventListener.bind(scope))
})

test('a worker reports by its own scope that the network went and came', () => {
  const received: string[] = []
  const unsubscribe = page.subscribe((signal) => void received.push(signal))
  scope.dispatchEvent(new Event('offline'))
  scope.dispatchEvent(new Event('online'))
  unsubscribe()
  scope.dispatchEvent(new Event('offline'))
  expect(received).toEqual(['offline', 'online'])
})

test('and what its Content-Security-Policy has blocked, where it is not a mere report', () => {
  const received: unknown[] = []
  const stop = page.onBlocked?.((blocked) => void received.push(blocked))
  for (const disposition of ['enforce', 'report']) {
    const violation = { blockedURI: `wss://${disposition}.example/`, effectiveDirective: 'connect-src', disposition }
    scope.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), violation))
  }
  stop?.()
  expect(received).toEqual([{ url: 'wss://enforce.example/', directive: 'connect-src' }])
})

test('where a global scope has no events, as in Node, nothing is subscribed', () => {
  vi.unstubAllGlobals()
  expect(() => page.subscribe(() => {})()).not.toThrow()
  expect(page.onBlocked?.(() => {})).toBeUndefined()
})
