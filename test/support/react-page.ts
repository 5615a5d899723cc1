// What tests of components need besides the page that they run on.

import { act } from '@testing-library/react'
import { vi } from 'vitest'
import type { arrange } from './arrange.ts'

export type TestPage = ReturnType<typeof arrange>

// A lease that is given back waits for one real task.
const realTask = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

/** Lets leases end, then moves the page's clock on. */
export const advance = (page: TestPage, ms = 1_000) =>
  act(async () => {
    await realTask()
    await page.clock.advance(ms)
  })

export const upgrades = ({ backend }: TestPage) => backend.journal.count('upgrade')

/** What React and everybody else has complained about since. `vi.restoreAllMocks()` ends it. */
export function watchComplaints(): () => unknown[][] {
  const spies = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  return () => spies.flatMap((spy) => spy.mock.calls)
}
