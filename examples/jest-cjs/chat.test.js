const { createMockBackend } = require('ticket-socket/mock')
const { startChat } = require('./chat.js')

let backend
let chat
beforeEach(() => {
  jest.useFakeTimers()
  backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
  chat = startChat({
    httpUrl: backend.httpUrl,
    wsUrl: backend.wsUrl,
    getToken: () => 'jwt-of-alice',
    platform: { fetch: backend.fetch, WebSocket: backend.WebSocket },
  })
})
afterEach(() => {
  chat.stop()
  backend.dispose()
  jest.useRealTimers()
})

test('what is said reaches the backend', async () => {
  chat.say('hi')
  await jest.advanceTimersByTimeAsync(100)
  expect(await backend.received('chat')).toEqual({ type: 'chat', text: 'hi' })
  expect(chat.state()).toMatchObject({ status: 'open', method: 'ticket' })
})

test('a connection that breaks comes back with another ticket', async () => {
  await jest.advanceTimersByTimeAsync(100)
  backend.dropConnections()
  await jest.advanceTimersByTimeAsync(10_000)
  const tickets = backend.journal.of('upgrade').map(({ handle }) => handle)
  expect(new Set(tickets).size).toBe(2)
})

test('a wait that times out lists what happened instead', async () => {
  await jest.advanceTimersByTimeAsync(100)
  await expect(backend.received('chat', { timeoutMs: 10 })).rejects.toThrow(/No message of the type chat.*accepted/s)
})
