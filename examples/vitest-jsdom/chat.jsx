import { useState } from 'react'
import { useMessage, useTicketSocket } from 'ticket-socket/react'

export function Chat() {
  const { status, method, send } = useTicketSocket()
  const [lines, setLines] = useState([])
  useMessage('chat', ({ text }) => setLines((before) => [...before, text]))
  return (
    <section>
      <p role="status">{status === 'open' ? `open (${method})` : status}</p>
      <button type="button" onClick={() => send({ type: 'chat', text: 'hi' })}>
        Say hi
      </button>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  )
}
