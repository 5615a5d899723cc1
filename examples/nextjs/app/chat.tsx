'use client'

import { auth, socket, TicketSocketProvider, useMessages, useTicketSocket } from '../lib/connection.ts'

export function Chat() {
  return (
    <TicketSocketProvider socket={socket} auth={auth}>
      <Conversation />
    </TicketSocketProvider>
  )
}

function Conversation() {
  const { status, method, send } = useTicketSocket()
  const messages = useMessages('chat')
  return (
    <>
      <p>
        Connection: <output>{method ? `${status} (${method})` : status}</output>
      </p>
      <ol>
        {messages.map(({ id, from, text }) => (
          <li key={id}>
            {from}: {text}
          </li>
        ))}
      </ol>
      <form action={(form) => void send({ type: 'chat', text: String(form.get('text')) })}>
        <label>
          Message <input name="text" required autoComplete="off" />
        </label>
        <button type="submit">Send</button>
      </form>
    </>
  )
}
