// Makes memory stores in a process of its own, as the primary of a cluster and as a worker of it: `fork(…)`.

import cluster from 'node:cluster'
import { createMemoryTicketStore } from '../../../src/server/index.ts'

createMemoryTicketStore()
createMemoryTicketStore()
if (cluster.isPrimary) cluster.fork()
else process.disconnect()
