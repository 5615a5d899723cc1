// The server of a walk, in a thread of its own: V8 counts the calls of each thread by itself, so that the server's use of
// the contract is not counted as the client's.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { AuthTicketManager, createMemoryTicketStore, createTicketHandler } from '../../src/server/index.ts'
import { attachTicketSocket, toNodeHandler } from '../../src/server/node/index.ts'

const shared = {
  tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
  verifyToken: () => ({ userId: 'alice', permissions: ['chat'] }),
}
const http = createServer(toNodeHandler(createTicketHandler(shared)))
attachTicketSocket(http, {
  ...shared,
  path: '/ws',
  onConnection: (connection) => {
    connection.onMessage(({ text }) => connection.send({ type: 'answer', to: text }))
  },
})
http.listen(0, '127.0.0.1', () => parentPort?.postMessage((http.address() as AddressInfo).port))
