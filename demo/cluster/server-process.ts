// One of the two servers, in a process of its own. Everything that it sees it tells whoever started it.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { AuthTicketManager, createHealthHandler, createTicketHandler, jwtVerifier } from '../../src/server/index.ts'
import { attachTicketSocket, shutDown, toNodeHandler } from '../../src/server/node/index.ts'
import { createRedisRevocationChannel, createRedisTicketStore } from '../../src/server/redis/index.ts'
import type { ServerMessage, ServerSettings } from './servers.ts'

const { redisSocket, secret } = JSON.parse(process.argv[2] ?? '{}') as ServerSettings
const tell = (message: ServerMessage) => void process.send?.(message)

const client = new Redis({ path: redisSocket })
client.on('error', () => {}) // it connects again by itself, and each command fails with words of its own
const observe = (event: Extract<ServerMessage, { event: unknown }>['event']) => tell({ event })
const tickets = new AuthTicketManager({
  store: createRedisTicketStore(client),
  revocations: createRedisRevocationChannel(client),
  observe,
})
const shared = { tickets, verifyToken: jwtVerifier({ secret }), observe }

const http = createServer()
const sockets = attachTicketSocket(http, {
  ...shared,
  onConnection: (connection) => {
    connection.onMessage((message) => connection.send({ type: 'echo', text: message.text }))
  },
})
const endpoints = toNodeHandler(createTicketHandler(shared))
const health = toNodeHandler(createHealthHandler({ tickets, sessions: sockets.sessions }))
http.on('request', (request, response) => health(request, response, () => endpoints(request, response)))
http.maxRequestsPerSocket = 1 // so that the proxy sends each request to the next server
http.listen(0, '127.0.0.1', () => tell({ port: (http.address() as AddressInfo).port }))

process.on('SIGINT', () => {}) // Ctrl-C is for whoever started us
process.once('SIGTERM', () => shutDown(http, sockets, { drainMs: 1_500 }).then(() => process.exit(0)))
process.once('disconnect', () => process.exit(0))
