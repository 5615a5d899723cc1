import { createTicketSocket, type TicketSocketOptions } from '../../../src/index.ts'
import { arrivalSuite } from './arrival.ts'
import type { SignedInPage } from './page.ts'

function start({ source }: SignedInPage, url: TicketSocketOptions['url']) {
  const socket = createTicketSocket({ url, auth: source, reconnect: { baseDelayMs: 5, maxDelayMs: 20 } })
  socket.connect()
  return { stop: () => socket.dispose() }
}

arrivalSuite({ name: 'createTicketSocket', start, startAsking: start })
