import imported from 'reconnecting-websocket'
import { ticketWebSocket } from '../../../src/index.ts'
import { createReconnectingTicketSocket } from '../../../src/reconnecting-websocket/index.ts'
import { clientSuite } from './suite.ts'

// Its types are of a bundler's world: here the default import is the class.
const ReconnectingWebSocket = imported as unknown as typeof imported.default

const delays = { minReconnectionDelay: 5, maxReconnectionDelay: 20 }

clientSuite({
  name: 'reconnecting-websocket',
  keepsTrying: true,
  start({ source }, url) {
    const socket = new ReconnectingWebSocket(url, [], {
      WebSocket: ticketWebSocket(source),
      ...delays,
    })
    return { say: (words) => socket.send(words), stop: () => socket.close() }
  },
})

clientSuite({
  name: 'createReconnectingTicketSocket',
  keepsTrying: false,
  start({ source }, url) {
    const socket = createReconnectingTicketSocket(source, url, delays)
    return { say: (words) => socket.send(words), stop: () => socket.close() }
  },
})
