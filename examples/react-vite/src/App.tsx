import { UnifiedAuthService } from 'ticket-socket'
import { createMockBackend } from 'ticket-socket/mock'
import { useLatestMessage, useTicketSocket } from 'ticket-socket/react'

const backend = createMockBackend({
  users: { alice: { token: 'jwt-of-alice' } },
  onConnection: (connection) => connection.send({ type: 'hello', text: `Hello, ${connection.identity?.userId}` }),
})
const { httpUrl, wsUrl: url } = backend
const auth = new UnifiedAuthService({ httpUrl, getToken: () => 'jwt-of-alice', ticketAuth: true, platform: backend })

export default function App() {
  const { status, socket } = useTicketSocket({ url, auth, platform: backend })
  const text = useLatestMessage('hello', (message) => String(message.text), socket)
  return <h1>{text ?? status}</h1>
}
