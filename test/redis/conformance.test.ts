import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { backendSuite } from '../suites/backend.ts'
import { realTarget } from '../support/real-target.ts'
import { storeOn } from './clients.ts'

// Redis' own clock cannot be moved: expiry there has tests of its own, and JWTs do not count whole seconds.
const skips = ['PR-45.4', 'PR-19.6']

backendSuite(
  'the real server on Redis',
  async () => {
    const client = new Redis({ path: inject('redisSocket') })
    const server = await realTarget(storeOn(client).store)
    return {
      target: server.target,
      async close() {
        await server.close()
        client.disconnect()
      },
    }
  },
  { skips },
)
