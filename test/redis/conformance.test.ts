import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { backendSuite } from '../suites/backend.ts'
import { realTarget } from '../support/real-target.ts'
import { storeOn } from './clients.ts'

// Redis' own clock cannot be moved: expiry and pings have tests of their own, and JWTs do not count whole seconds.
const skips = ['PR-45.4', 'PR-91.1', 'PR-91.2', 'PR-93.1', 'PR-19.6']

backendSuite(
  'the real server on Redis',
  async () => {
    const client = new Redis({ path: inject('redisSocket') })
    const { store } = storeOn(client, { limitPrefix: `${randomUUID()}:limit:` })
    // In real time a user would wait for his tickets.
    const server = await realTarget(store, { limits: { user: false } })
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
