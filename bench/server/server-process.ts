// A server as in docs/operations.md, without the limits per address: all clients of the benchmark come from one.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { AuthTicketManager, createTicketHandler, jwtVerifier } from '../../src/server/index.ts'
import { attachTicketSocket, shutDown, toNodeHandler } from '../../src/server/node/index.ts'
import { createRedisRevocationChannel, createRedisTicketStore } from '../../src/server/redis/index.ts'

export interface ServerSettings {
  /** Where Sentinel is, and how it calls the primary. */
  redis: { sentinels: { host: string; port: number }[]; name: string }
  secret: string
}

const { redis, secret } = JSON.parse(process.argv[2] ?? '{}') as ServerSettings

/** What a server says: once when it listens, and whenever it is asked. */
export type Report =
  | { kind: 'listening'; port: number }
  | { kind: 'report'; connections: number; residentBytes: number; openedAtMs: number[] }

/** `collect`: after a collection of garbage, which stands still for as long as the heap is large. */
export type Order = { kind: 'report'; collect: boolean } | { kind: 'drain'; drainMs: number }

const client = new Redis({ ...redis, maxRetriesPerRequest: 0, socketTimeout: 2_000 })
client.on('error', () => {}) // while the primary is away, for each attempt
const tickets = new AuthTicketManager({
  store: createRedisTicketStore(client),
  revocations: createRedisRevocationChannel(client),
})
const shared = { tickets, verifyToken: jwtVerifier({ secret }) }
const server = createServer()
let openedAtMs: number[] = []
const sockets = attachTicketSocket(server, {
  ...shared,
  limit: false,
  maxConnectionsPerAddress: Number.MAX_SAFE_INTEGER,
  maxPendingUpgrades: 100_000,
  onConnection: () => void openedAtMs.push(Date.now()),
})
const endpoints = toNodeHandler(createTicketHandler({ ...shared, limits: { user: false, address: false } }))
server.on('request', endpoints)
await once(server.listen(0, '127.0.0.1', 8_192), 'listening')
process.send?.({ kind: 'listening', port: (server.address() as AddressInfo).port } satisfies Report)

process.on('message', (order: Order) => {
  if (order.kind === 'drain') {
    void shutDown(server, sockets, { drainMs: order.drainMs }).then(() => process.exit(0))
    return
  }
  if (order.collect) globalThis.gc?.()
  const connections = sockets.sessions.connections().length
  process.send?.({ kind: 'report', connections, residentBytes: process.memoryUsage().rss, openedAtMs } satisfies Report)
  openedAtMs = []
})
process.once('disconnect', () => process.exit(0))
