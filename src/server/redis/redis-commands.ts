// The few Redis commands that the store needs, on the two clients that people have. Which one it is shows in the names of
// its methods, so neither package is imported, and their relatives (iovalkey, the clusters) work as well.

import { show } from '../options.ts'

type Command = (...args: never[]) => Promise<unknown>

/** ioredis, its cluster, and what is built like it. */
export interface IoredisClient {
  get: Command
  set: Command
  getdel: Command
  del: Command
  eval: Command
  ping: Command
  wait?: Command
}

/** node-redis (the package `redis`), from 4 on, and its cluster. */
export interface NodeRedisClient {
  get: Command
  set: Command
  getDel: Command
  del: Command
  eval: Command
  ping: Command
  wait?: Command
}

export type RedisClient = IoredisClient | NodeRedisClient

export interface RedisCommands {
  get(key: string): Promise<unknown>
  /** Sets unless the key exists; resolves to `OK` or `null`. */
  setNew(key: string, value: string, ttlMs: number): Promise<unknown>
  getdel(key: string): Promise<unknown>
  del(key: string): Promise<unknown>
  /** Every script touches one key, so that a cluster can run it. */
  eval(script: string, key: string, ...args: string[]): Promise<unknown>
  /** Waits until `replicas` have everything this connection wrote; resolves to how many have. */
  wait(replicas: number, timeoutMs: number): Promise<unknown>
  ping(): Promise<unknown>
}

type Callable<Name extends string> = Record<Name, (...args: unknown[]) => Promise<unknown>>
const SHARED = ['get', 'set', 'del', 'eval', 'ping'] as const

export function commandsOf(client: RedisClient): RedisCommands {
  if (has(client, [...SHARED, 'getdel']))
    return ioredisCommands(client as Callable<(typeof SHARED)[number] | 'getdel' | 'wait'>)
  if (has(client, [...SHARED, 'getDel']))
    return nodeRedisCommands(client as Callable<(typeof SHARED)[number] | 'getDel' | 'wait'>)
  throw new TypeError(`client must be an ioredis or node-redis client (its GETDEL was not found), got ${show(client)}`)
}

const ioredisCommands = (client: Callable<(typeof SHARED)[number] | 'getdel' | 'wait'>): RedisCommands => ({
  get: (key) => client.get(key),
  setNew: (key, value, ttlMs) => client.set(key, value, 'PX', ttlMs, 'NX'),
  getdel: (key) => client.getdel(key),
  del: (key) => client.del(key),
  eval: (script, key, ...args) => client.eval(script, 1, key, ...args),
  wait: (replicas, timeoutMs) => client.wait(replicas, timeoutMs),
  ping: () => client.ping(),
})

const nodeRedisCommands = (client: Callable<(typeof SHARED)[number] | 'getDel' | 'wait'>): RedisCommands => ({
  get: (key) => client.get(key),
  setNew: (key, value, ttlMs) => client.set(key, value, { PX: ttlMs, NX: true }),
  getdel: (key) => client.getDel(key),
  del: (key) => client.del(key),
  eval: (script, key, ...args) => client.eval(script, { keys: [key], arguments: args }),
  wait: (replicas, timeoutMs) => client.wait(replicas, timeoutMs),
  ping: () => client.ping(),
})

/** WAIT speaks about the connection it is sent on. A cluster or a pool would send it on any. */
export function hasOneConnection(client: RedisClient): boolean {
  const { isCluster } = client as { isCluster?: unknown }
  return has(client, ['wait']) && isCluster !== true && !('masters' in client) && !('totalClients' in client)
}

function has<Name extends string>(client: unknown, methods: readonly Name[]): client is Callable<Name> {
  const object = client as Partial<Record<string, unknown>> | null | undefined
  return methods.every((method) => typeof object?.[method] === 'function')
}
