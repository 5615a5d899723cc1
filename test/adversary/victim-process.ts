// A server in a process of its own, to be attacked: `fork(…)`, then it says its port. Asked, it tells how it is.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import nodeAdapter from 'crossws/adapters/node'
import { createCrosswsSocket } from '../../src/server/crossws/index.ts'
import {
  AuthTicketManager,
  createMemoryTicketStore,
  createTicketHandler,
  jwtVerifier,
  type ServerObserver,
} from '../../src/server/index.ts'
import { type AttachTicketSocketOptions, attachTicketSocket, toNodeHandler } from '../../src/server/node/index.ts'
import type { VictimOptions, VictimState } from './victim.ts'

const { secret, forwarded, httpLimit, onCrossws, ...options }: VictimOptions & { secret: string } = JSON.parse(
  process.argv[2] ?? '{}',
)
const closes: Record<string, number> = {}
let questions = 0
const observe: ServerObserver = (event) => {
  if (event.kind === 'connection_closed') closes[event.code] = (closes[event.code] ?? 0) + 1
  if (event.kind === 'store_asked') questions++
}
const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), maxTicketsPerUser: 10_000, observe })
const clientAddress: AttachTicketSocketOptions['clientAddress'] = ({ headers, socket }) =>
  forwarded ? (headers['x-real-ip'] as string) : socket.remoteAddress
const shared = { tickets, verifyToken: jwtVerifier({ secret }), allowedOrigins: ['https://app.example.com'] }
const http = createServer()
const sockets = onCrossws
  ? serveOnCrossws()
  : attachTicketSocket(http, { ...shared, clientAddress, observe, ...options })
function serveOnCrossws() {
  const { perMessageDeflate: _none, ...rest } = options
  const made = createCrosswsSocket({ ...shared, observe, ...rest })
  const { handleUpgrade } = nodeAdapter({ hooks: made.hooks })
  http.on('upgrade', (request, socket, head) => void handleUpgrade(request, socket, head))
  return made
}
const handle = createTicketHandler({ ...shared, limits: { user: false, address: httpLimit ?? false } })
http.on('request', toNodeHandler(handle, { clientAddress }))

process.on('message', () => {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const state: VictimState = { sessions: sockets.sessions.connections().length, heapUsed, rss, closes, questions }
  process.send?.(state)
})
process.once('disconnect', () => process.exit(0))
http.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (http.address() as AddressInfo).port }))
