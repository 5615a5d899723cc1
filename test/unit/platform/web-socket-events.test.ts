import { expect, onTestFinished, test, vi } from 'vitest'
import { createCloseEvent } from '../../../src/platform/web-socket-events.ts'

const details = { code: 4401, reason: 'ticket_invalid', wasClean: true }

test('a close event is the platform’s CloseEvent', () => {
  expect(createCloseEvent(details)).toBeInstanceOf(CloseEvent)
  expect(createCloseEvent(details)).toMatchObject({ type: 'close', ...details })
})

test('a close event has the same fields where the platform has no CloseEvent', () => {
  vi.stubGlobal('CloseEvent', undefined)
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  const event = createCloseEvent(details)
  expect(event).toBeInstanceOf(Event)
  expect(event).toMatchObject({ type: 'close', ...details })
})
