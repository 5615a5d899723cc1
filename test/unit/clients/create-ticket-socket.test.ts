import { createTicketSocket } from '../../../src/index.ts'
import { arrivalSuite } from './arrival.ts'

arrivalSuite({
  name: 'createTicketSocket',
  start({ source }, url) {
    const socket = createTicketSocket({ url, auth: source, reconnect: { baseDelayMs: 5, maxDelayMs: 20 } })
    socket.connect()
    return { stop: () => socket.dispose() }
  },
})
