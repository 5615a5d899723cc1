// Every Redis client, connected to a server or a cluster, and gone after the test.

import { randomUUID } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { Redis as Iovalkey, Cluster as IovalkeyCluster } from 'iovalkey'
import { createClient, createCluster } from 'redis'
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

async function connectIovalkey(where: Where): Promise<RedisClient> {
  const client = new Iovalkey({ ...where, lazyConnect: true })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await client.connect()
  return client
}

export const CLIENTS: readonly [name: string, connect: (where: Where) => Promise<RedisClient>][] = [
  ['ioredis', connectIoredis],
  ['iovalkey', connectIovalkey],
  ['node-redis', connectNodeRedis],
]

const nodesOf = (ports: readonly number[]) => ports.map((port) => ({ host: '127.0.0.1', port }))

export const CLUSTER_CLIENTS: readonly [name: string, connect: (ports: readonly number[]) => Promise<RedisClient>][] = [
  [
    'ioredis',
    async (ports) => {
      const client = new Cluster(nodesOf(ports), { lazyConnect: true })
      client.on('error', () => {})
      onTestFinished(() => client.disconnect())
      await client.connect()
      return client
    },
  ],
  [
    'iovalkey',
    async (ports) => {
      const client = new IovalkeyCluster(nodesOf(ports), { lazyConnect: true })
      client.on('error', () => {})
      onTestFinished(() => client.disconnect())
      await client.connect()
      return client
    },
  ],
  [
    'node-redis',
    async (ports) => {
      const client = createCluster({
        rootNodes: nodesOf(ports).map((socket) => ({ socket: { ...socket, tls: false } })),
      })
      client.on('error', () => {})
      onTestFinished(() => client.destroy())
      await client.connect()
      return client
    },
  ],
]

/** A client like this one whose every command fails, as when its server is gone and it keeps no queue. */
export function cutOff(client: RedisClient): RedisClient {
  const refuse = async () => {
    throw new Error('connect ECONNREFUSED')
  }
  return new Proxy(client, {
    get: (target, name) => (typeof Reflect.get(target, name) === 'function' ? refuse : Reflect.get(target, name)),
  })
}

/** A store with keys of its own, so that tests may share a server and run side by side. */
export function storeOn(client: RedisClient, options: RedisTicketStoreOptions = {}) {
  const id = randomUUID()
  const prefixes = { prefix: `${id}:ticket:`, userPrefix: `${id}:user:` }
  return { ...prefixes, id, store: createRedisTicketStore(client, { ...prefixes, ...options }) }
}
