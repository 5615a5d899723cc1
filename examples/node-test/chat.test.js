import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createManualClock, createMockBackend, scenarios } from 'ticket-socket/mock'
import { startChat } from './chat.js'

let clock
let backend
let chat
beforeEach(() => {
  clock = createManualClock() // time stands still until it is moved, for the client and for the backend
  backend = createMockBackend({ clock, users: { alice: { token: 'jwt-of-alice' } } })
  const platform = { clock, fetch: backend.fetch, WebSocket: backend.WebSocket }
  chat = startChat({ httpUrl: backend.httpUrl, wsUrl: backend.wsUrl, getToken: () => 'jwt-of-alice', platform })
})
afterEach(() => {
  chat.stop()
  backend.dispose()
})

test('connects, and what is said reaches the backend', async () => {
  chat.say('hi')
  await clock.advance(1_000)
  assert.deepEqual(await backend.received('chat'), { type: 'chat', text: 'hi' })
})

test('comes back by itself when the network does', async () => {
  await clock.advance(1_000)
  const heal = backend.use(scenarios.offline)
  backend.dropConnections()
  await clock.advance(60_000)
  assert.notEqual(chat.state().status, 'open')
  heal()
  await clock.advance(60_000)
  assert.equal(chat.state().status, 'open')
})
