import { createMockBackend, scenarios } from 'ticket-socket/mock'
import { startChat } from './chat.js'

const start = (backend) =>
  startChat({
    httpUrl: backend.httpUrl,
    wsUrl: backend.wsUrl,
    getToken: () => 'jwt-of-alice',
    platform: { fetch: backend.fetch, WebSocket: backend.WebSocket },
  })

let backend
let chat
beforeEach(() => {
  backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
})
afterEach(() => {
  chat.stop()
  backend.dispose()
})

test('what is said reaches the backend, and what it answers is kept', async () => {
  backend.onMessage('chat', ({ text }, connection) => connection.send({ type: 'chat', text: `you said ${text}` }))
  chat = start(backend)
  chat.say('hi')
  expect(await backend.received('chat')).toEqual({ type: 'chat', text: 'hi' })
  await backend.recorded((entry) => entry.kind === 'frame' && entry.type === 'chat' && entry.direction === 'sent')
  await new Promise((resolve) => setTimeout(resolve))
  expect(chat.lines).toEqual(['you said hi'])
})

test('without the ticket endpoint it connects with the JWT', async () => {
  backend.use(scenarios.ticketEndpointDown)
  chat = start(backend)
  const { method } = await backend.connected({ userId: 'alice' })
  expect(method).toBe('jwt')
})
