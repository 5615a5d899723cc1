import { afterEach, expect, test, vi } from 'vitest'
import { systemPlatform } from '../../src/platform/system-platform.ts'

const { page } = systemPlatform()

afterEach(() => vi.restoreAllMocks())

test('tells what the tab tells, until nobody listens', () => {
  const heard: string[] = []
  const unsubscribe = page.subscribe((signal) => void heard.push(signal))
  const hidden = vi.spyOn(document, 'hidden', 'get')
  window.dispatchEvent(new Event('offline'))
  window.dispatchEvent(new Event('online'))
  for (const isHidden of [true, false]) {
    hidden.mockReturnValue(isHidden)
    document.dispatchEvent(new Event('visibilitychange'))
  }
  for (const persisted of [true, false]) {
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }))
  }
  expect(heard).toEqual(['offline', 'online', 'hidden', 'shown', 'restored'])
  unsubscribe()
  window.dispatchEvent(new Event('online'))
  expect(heard).toHaveLength(5)
})

test('knows whether the network and the tab are there', () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  expect([page.isOnline(), page.isHidden()]).toEqual([false, true])
})

test('an app may replace any part of the outside, and leaves the rest as it is', () => {
  const clock = { now: () => 1, wallNow: () => 2, setTimer: () => () => {} }
  const platform = systemPlatform({ clock })
  expect(platform.clock).toBe(clock)
  expect(platform.page).toBe(page)
  expect(platform.WebSocket).toBe(globalThis.WebSocket)
})
