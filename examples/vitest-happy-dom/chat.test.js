import { createMockBackend } from 'ticket-socket/mock'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startChat } from './chat.js'

const HOUR_MS = 60 * 60_000

let backend
let chat
beforeEach(() => {
  vi.useFakeTimers()
  backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
  chat = startChat({
    httpUrl: backend.httpUrl,
    wsUrl: backend.wsUrl,
    getToken: () => backend.users.alice.token,
    platform: { fetch: backend.fetch, WebSocket: backend.WebSocket },
  })
})
afterEach(() => {
  chat.stop()
  backend.dispose()
  vi.useRealTimers()
})

test('connects once the timers have run', async () => {
  await vi.advanceTimersByTimeAsync(100)
  expect(chat.state()).toMatchObject({ status: 'open', method: 'ticket' })
})

test('an hour later the connection is the same, kept alive by pings', async () => {
  await vi.advanceTimersByTimeAsync(HOUR_MS)
  expect(backend.journal.count('upgrade')).toBe(1)
  expect(backend.journal.count((entry) => entry.kind === 'frame' && entry.type === 'ts:pong')).toBeGreaterThan(50)
})

test('a silent server is noticed, and left for a new connection', async () => {
  await vi.advanceTimersByTimeAsync(100)
  backend.silence(true)
  await vi.advanceTimersByTimeAsync(60_000)
  backend.silence(false)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(chat.state().status).toBe('open')
  expect(backend.journal.count('upgrade')).toBeGreaterThan(1)
})
