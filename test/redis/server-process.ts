// One server of several, in a process of its own: `fork(…)`, then it says its port. It ends with whoever started it.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { AuthTicketManager, createTicketHandler, jwtVerifier } from '../../src/server/index.ts'
import { attachTicketSocket, toNodeHandler } from '../../src/server/node/index.ts'
import { createRedisRevocationChannel, createRedisTicketStore } from '../../src/server/redis/index.ts'
import type { ServerProcessOptions } from './server-processes.ts'

const { redisSocket, prefix, secret } = JSON.parse(process.argv[2] ?? '{}') as ServerProcessOptions
const client = new Redis({ path: redisSocket })
const tickets = new AuthTicketManager({
  store: createRedisTicketStore(client, { prefix: `${prefix}:ticket:`, userPrefix: `${prefix}:user:` }),
  revocations: createRedisRevocationChannel(client, { channel: `${prefix}:revocations` }),
})
const shared = { tickets, verifyToken: jwtVerifier({ secret }) }
const http = createServer()
// Everybody comes from one address here.
attachTicketSocket(http, { ...shared, limit: false, maxConnectionsPerAddress: 100_000, maxConnectionsPerUser: 100_000 })
const handle = createTicketHandler({ ...shared, websocketUrl: 'ws://localhost/ws', limits: { user: false } })
http.on('request', toNodeHandler(handle))
http.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (http.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit(0))
