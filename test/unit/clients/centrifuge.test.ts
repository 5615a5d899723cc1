import { Centrifuge } from 'centrifuge'
import { ticketWebSocket } from '../../../src/index.ts'
import type { Serve } from './page.ts'
import { clientSuite } from './suite.ts'

interface Command {
  id?: number
  connect?: object
  publish?: { channel: string; data: unknown }
}

/** As much of Centrifugo as the client needs: commands come as JSON, one a line; each is answered by its id. */
const serveCentrifugo: Serve = (connection, _context, heard) => {
  connection.onText((text) => {
    for (const line of text.split('\n')) {
      const { id, connect, publish } = JSON.parse(line) as Command
      if (publish) heard(publish.data)
      if (connect) connection.send({ id, connect: { client: connection.id, version: 'test', ping: 25, pong: true } })
      else if (id !== undefined) connection.send({ id, publish: {} })
    }
  })
}

clientSuite({
  name: 'centrifuge',
  keepsTrying: true,
  serve: serveCentrifugo,
  start({ source }, url) {
    const centrifuge = new Centrifuge(url, {
      websocket: ticketWebSocket(source),
      minReconnectDelay: 5,
      maxReconnectDelay: 20,
    })
    centrifuge.connect()
    return {
      // It waits for the connection, or fails when there is none: either is right.
      say: (words) => void centrifuge.publish('room', words).catch(() => {}),
      stop: () => centrifuge.disconnect(),
    }
  },
})
