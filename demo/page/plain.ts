// The demo once more, without a framework: the SDK, a few elements, and the inspector in the page's corner.

import { mountInspector } from 'ticket-socket/inspector'
import { DEMO_USERS } from '../users.ts'
import { createDemoClient } from './client.ts'
import { mountPlainChat } from './plain-chat.ts'
import { createSession } from './session.ts'

const { session, auth, socket } = createDemoClient(createSession())
const people = document.getElementById('people')
const chat = document.getElementById('chat')
if (!people || !chat) throw new Error('plain.html has no #people or no #chat')

mountInspector({ socket, auth, recordSends: true })

for (const { id, name } of DEMO_USERS) {
  const button = document.createElement('button')
  button.className = 'button'
  button.textContent = name
  button.addEventListener('click', () => void session.signIn(id))
  people.append(' ', button)
}
let unmount = () => {}
session.store.subscribe(({ user, notice }, { user: before }) => {
  if (notice) people.append(` ${notice}`)
  if (user === before) return
  unmount()
  people.hidden = user !== null
  chat.hidden = user === null
  unmount = user ? mountPlainChat(chat, socket) : () => {}
})
