// A server of tickets and sockets, as a container runs it. Its settings are environment variables; what it does with messages
// is yours.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import {
  AuthTicketManager,
  combineObservers,
  createHealthHandler,
  createServerMetrics,
  createTicketHandler,
  jwtVerifier,
  logServerEvents,
} from 'ticket-socket/server'
import { attachTicketSocket, shutDown, toNodeHandler } from 'ticket-socket/server/node'
import {
  createRedisRateLimiter,
  createRedisRevocationChannel,
  createRedisTicketStore,
} from 'ticket-socket/server/redis'

const { env } = process
function needed(name: string): string {
  const value = env[name]
  if (value) return value
  throw new TypeError(`${name} must be set. See docs/operations.md, "Containers".`)
}

// A machine that is gone resets no connection: ioredis would keep asking it after a replica was promoted.
const redis = new Redis(needed('REDIS_URL'), { maxRetriesPerRequest: 0, socketTimeout: 2_000 })
redis.on('error', (error) => console.error(JSON.stringify({ level: 'error', event: 'redis', message: error.message })))

const metrics = createServerMetrics()
const observe = combineObservers(metrics.observe, logServerEvents(console))
const tickets = new AuthTicketManager({
  store: createRedisTicketStore(redis),
  revocations: createRedisRevocationChannel(redis),
  observe,
})

const keys = env.JWKS_URL ? { jwks: env.JWKS_URL } : { secret: needed('JWT_SECRET') }
const shared = {
  tickets,
  verifyToken: jwtVerifier({ ...keys, issuer: needed('JWT_ISSUER'), audience: needed('JWT_AUDIENCE') }),
  allowedOrigins: needed('ALLOWED_ORIGINS').split(' '),
  observe,
}
// nginx sets it, and nobody else reaches this port.
const clientAddress = ({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>) =>
  String(headers['x-real-ip'] ?? socket.remoteAddress)

const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 })
const sockets = attachTicketSocket(server, {
  ...shared,
  clientAddress,
  onConnection(connection) {
    connection.onMessage((message) => connection.send({ type: 'echo', of: message }))
  },
})
metrics.watch(sockets)
const endpoints = toNodeHandler(
  createTicketHandler({ ...shared, limits: { limiter: createRedisRateLimiter(redis) } }),
  { clientAddress },
)
const health = toNodeHandler(createHealthHandler({ tickets, sessions: sockets.sessions }))
server.on('request', (request, response) => health(request, response, () => endpoints(request, response)))
// A port that no proxy forwards: the numbers tell how many users there are.
const forPrometheus = createServer(toNodeHandler(() => metrics.handle()))

await Promise.all([
  once(server.listen(Number(env.PORT ?? 3000)), 'listening'),
  once(forPrometheus.listen(Number(env.METRICS_PORT ?? 9464)), 'listening'),
])
const portOf = (listening: Server) => (listening.address() as AddressInfo).port
console.info(
  JSON.stringify({ level: 'info', event: 'listening', port: portOf(server), metricsPort: portOf(forPrometheus) }),
)

process.once('SIGTERM', async () => {
  await shutDown(server, sockets, { drainMs: Number(env.DRAIN_MS ?? 20_000) })
  process.exit(0)
})
