import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a memory store in a worker of a cluster warns once, and one in the primary does not', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'cluster-process.ts'),
  ])
  expect(stdout).toBe('')
  expect(stderr.trim()).toBe(
    'ticket-socket: createMemoryTicketStore() is used in a cluster worker: a ticket opens a connection on the worker that issued ' +
      'it, and on no other one. Use createRedisTicketStore() of ticket-socket/server/redis.',
  )
})
