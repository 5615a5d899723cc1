// Next.js does not handle WebSockets: this is a separate process beside `next start`. Run as many as you need.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { attachTicketSocket } from 'ticket-socket/server/node'
import { getBackend } from './lib/backend.ts'
import type { ToClient } from './lib/messages.ts'

const server = createServer((_request, response) => void response.writeHead(404).end())
const { sessions } = attachTicketSocket(server, {
  ...getBackend(),
  onConnection(connection) {
    const from = connection.identity?.userId ?? 'nobody'
    const say = (text: string, by = from): ToClient => ({ type: 'chat', id: randomUUID(), from: by, text })
    connection.send(say(`Hello, ${from}`, 'server'))
    connection.onMessage((message) => {
      if (message.type !== 'chat') return
      const said = say(String(message.text))
      for (const each of sessions.connections()) each.send(said)
    })
  },
})
const port = Number(process.env.PORT ?? 3001)
server.listen(port, 'localhost', () => console.log(`ws://localhost:${port}/ws`))
