import { createMockBackend, scenarios } from 'ticket-socket/mock'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startChat } from './chat.js'

let backend
let chat
let undo
beforeEach(() => {
  backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
  undo = backend.install() // the page's own fetch and WebSocket reach the backend now
  chat = startChat({ httpUrl: backend.httpUrl, wsUrl: backend.wsUrl, getToken: () => 'jwt-of-alice' })
})
afterEach(() => {
  chat.stop()
  undo()
  backend.dispose()
})

test('what is said reaches the backend, and what it answers is kept', async () => {
  backend.onMessage('chat', ({ text }, connection) => connection.send({ type: 'chat', text: `you said ${text}` }))
  chat.say('hi')
  expect(await backend.received('chat')).toEqual({ type: 'chat', text: 'hi' })
  await expect.poll(() => chat.lines).toEqual(['you said hi'])
})

test('a connection that breaks comes back with another ticket', async () => {
  await backend.connected()
  await expect.poll(() => chat.state().status).toBe('open')
  backend.dropConnections()
  await expect.poll(() => backend.journal.count('upgrade')).toBe(2)
  const tickets = backend.journal.of('upgrade').map(({ handle }) => handle)
  expect(new Set(tickets).size).toBe(2)
})

test('a user who signs out elsewhere sees why, and is not reconnected', async () => {
  await expect.poll(() => chat.state().status).toBe('open')
  backend.use(scenarios.revokedElsewhere)
  await expect.poll(() => chat.state().status).toBe('failed')
})
