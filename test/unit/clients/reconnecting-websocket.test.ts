import imported from 'reconnecting-websocket'
import { ticketWebSocket } from '../../../src/index.ts'
import { createReconnectingTicketSocket } from '../../../src/reconnecting-websocket/index.ts'
import type { SignedInPage } from './page.ts'
import { clientSuite } from './suite.ts'

// Its types are of a bundler's world: here the default import is the class.
const ReconnectingWebSocket = imported as unknown as typeof imported.default

const delays = { minReconnectionDelay: 5, maxReconnectionDelay: 20 }

function startPlain({ source }: SignedInPage, url: string | (() => string)) {
  const socket = new ReconnectingWebSocket(url, [], { WebSocket: ticketWebSocket(source), ...delays })
  return { say: (words: string) => socket.send(words), stop: () => socket.close() }
}

clientSuite({ name: 'reconnecting-websocket', keepsTrying: true, start: startPlain, startAsking: startPlain })

function startContained({ source }: SignedInPage, url: string | (() => string)) {
  const socket = createReconnectingTicketSocket(source, url, delays)
  return { say: (words: string) => socket.send(words), stop: () => socket.close() }
}

clientSuite({
  name: 'createReconnectingTicketSocket',
  keepsTrying: false,
  start: startContained,
  startAsking: startContained,
})
