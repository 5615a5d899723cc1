// Both Redis clients, connected to a server and gone after the test.

import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import type { RedisClient } from '../../src/server/redis/redis-commands.ts'
import { createRedisTicketStore, type RedisTicketStoreOptions } from '../../src/server/redis/redis-ticket-store.ts'

type Where = { path: string } | { port: number }

export async function connectIoredis(where: Where): Promise<Redis> {
  const client = new Redis({ ...where, lazyConnect: true })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await client.connect()
  return client
}

export async function connectNodeRedis(where: Where) {
  const client = createClient({
    socket: { ...('path' in where ? where : { host: '127.0.0.1', ...where }), tls: false },
  })
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  await client.connect()
  return client
}

export const CLIENTS: readonly [name: string, connect: (where: Where) => Promise<RedisClient>][] = [
  ['ioredis', connectIoredis],
  ['node-redis', connectNodeRedis],
]

/** A store with keys of its own, so that tests may share a server and run side by side. */
export function storeOn(client: RedisClient, options: RedisTicketStoreOptions = {}) {
  const id = randomUUID()
  const prefixes = { prefix: `${id}:ticket:`, userPrefix: `${id}:user:` }
  return { ...prefixes, id, store: createRedisTicketStore(client, { ...prefixes, ...options }) }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
