// A server in a process of its own, to be attacked: `fork(…)`, then it says its port. Asked, it tells how it is.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AuthTicketManager,
  createMemoryTicketStore,
  createTicketHandler,
  jwtVerifier,
} from '../../../src/server/index.ts'
import { attachTicketSocket, toNodeHandler } from '../../../src/server/node/index.ts'

const secret = process.argv[2] ?? ''
const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), maxTicketsPerUser: 1_000 })
const shared = { tickets, verifyToken: jwtVerifier({ secret }), allowedOrigins: ['https://app.example.com'] }
const http = createServer()
// The attackers and the honest clients come from one address here.
const sockets = attachTicketSocket(http, { ...shared, limit: false, maxConnectionsPerAddress: 100_000 })
const handle = createTicketHandler({
  ...shared,
  websocketUrl: 'ws://localhost/ws',
  limits: { user: false, address: false },
})
http.on('request', toNodeHandler(handle))
process.on('message', () =>
  http.getConnections((_error, open) =>
    process.send?.({ open, sessions: sockets.sessions.connections().length, rss: process.memoryUsage().rss }),
  ),
)
process.once('disconnect', () => process.exit(0))
http.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (http.address() as AddressInfo).port }))
