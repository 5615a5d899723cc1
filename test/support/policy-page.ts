// A page with a Content-Security-Policy, which reports what it blocks as browsers do: by an event.

import type { Blocked } from '../../src/index.ts'
import { createTestPage, type TestPage } from './arrange.ts'

export interface PolicyPage extends TestPage {
  block(blocked: Blocked): void
  watchers(): number
}

export function createPolicyPage(): PolicyPage {
  const listeners = new Set<(blocked: Blocked) => void>()
  return {
    ...createTestPage(),
    onBlocked(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    block(blocked) {
      for (const listener of [...listeners]) listener(blocked)
    },
    watchers: () => listeners.size,
  }
}
