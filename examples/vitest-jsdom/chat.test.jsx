import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { createTicketSocket, UnifiedAuthService } from 'ticket-socket'
import { createMockBackend, scenarios } from 'ticket-socket/mock'
import { TicketSocketProvider } from 'ticket-socket/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Chat } from './chat.jsx'

let backend
beforeEach(() => {
  backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
})
afterEach(() => {
  cleanup()
  backend.dispose()
})

function renderChat() {
  const platform = { fetch: backend.fetch, WebSocket: backend.WebSocket }
  const auth = new UnifiedAuthService({
    httpUrl: backend.httpUrl,
    getToken: () => 'jwt-of-alice',
    ticketAuth: true,
    retry: { maxRetries: 0 },
    platform,
  })
  const socket = createTicketSocket({ url: backend.wsUrl, auth, reconnect: { baseDelayMs: 1 }, platform })
  render(
    <TicketSocketProvider socket={socket} auth={auth}>
      <Chat />
    </TicketSocketProvider>,
  )
}

test('what is said reaches the backend, and what it answers is shown', async () => {
  backend.onMessage('chat', ({ text }, connection) => connection.send({ type: 'chat', text: `you said ${text}` }))
  renderChat()
  await screen.findByText('open (ticket)')
  fireEvent.click(screen.getByText('Say hi'))
  expect(await backend.received('chat')).toEqual({ type: 'chat', text: 'hi' })
  await screen.findByText('you said hi')
})

test('a refused ticket is replaced by a fresh one', async () => {
  backend.use(scenarios.ticketRefusedTimes(1))
  renderChat()
  await screen.findByText('open (ticket)')
  expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([4401, 'accepted'])
})

test('without the ticket endpoint it connects with the JWT', async () => {
  backend.use(scenarios.ticketEndpointDown)
  renderChat()
  await screen.findByText('open (jwt)')
})
