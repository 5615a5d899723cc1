import { createTicketSocket, UnifiedAuthService } from 'ticket-socket'

// The sign-in of your app: it ends with a JWT in memory.
const response = await fetch('/login', { method: 'POST' })
const { jwt } = await response.json()

const auth = new UnifiedAuthService({ httpUrl: location.origin, getToken: () => jwt, ticketAuth: true })
const socket = createTicketSocket({ url: '/ws', auth })

const [status, messages, form] = ['status', 'messages', 'form'].map((id) => document.getElementById(id))

socket.store.subscribe((now) => {
  status.textContent = now.method ? `${now.status} (${now.method})` : now.status
})
socket.onMessage('chat', ({ from, text }) => {
  const item = document.createElement('li')
  item.textContent = `${from}: ${text}`
  messages.append(item)
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  socket.send({ type: 'chat', text: new FormData(form).get('text') })
  form.reset()
})
socket.connect()
