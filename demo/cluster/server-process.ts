// One of the two servers, in its own process. It sends its events to the process that started it.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { AuthTicketManager, createHealthHandler, createTicketHandler, jwtVerifier } from '../../src/server/index.ts'
import { attachTicketSocket, shutDown, toNodeHandler } from '../../src/server/node/index.ts'
import { createRedisRevocationChannel, createRedisTicketStore } from '../../src/server/redis/index.ts'
import type { ServerMessage, ServerSettings } from './servers.ts'

const { redisSocket, secret } = JSON.parse(process.argv[2] ?? '{}') as ServerSettings
const report = (message: ServerMessage) => void process.send?.(message)

const client = new Redis({ path: redisSocket })
client.on('error', () => {}) // it reconnects by itself, and each command fails with its own error
const observe = (event: Extract<ServerMessage, { event: unknown }>['event']) => report({ event })
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
http.listen(0, '127.0.0.1', () => report({ port: (http.address() as AddressInfo).port }))

process.on('SIGINT', () => {}) // Ctrl-C is for the parent process
process.once('SIGTERM', () => shutDown(http, sockets, { drainMs: 1_500 }).then(() => process.exit(0)))
process.once('disconnect', () => process.exit(0))
