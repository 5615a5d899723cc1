// The few Redis commands that the store needs, on the two clients that people have. Which one it is shows in the names of
// its methods, so neither package is imported, and their relatives (iovalkey, the clusters) work as well.

import { show } from '../options.ts'
import { isUnknownCommand, isUnknownScript } from './refusals.ts'
import { type Script, TAKE_VALUE } from './scripts.ts'

type Command = (...args: never[]) => Promise<unknown>

/** ioredis, its cluster, and what is built like it. */
export interface IoredisClient {
  get: Command
  set: Command
  getdel: Command
  del: Command
  eval: Command
  /** Left out, each script is sent whole, by EVAL. */
  evalsha?: Command
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
  /** Left out, each script is sent whole, by EVAL. */
  evalSha?: Command
  ping: Command
  wait?: Command
}

export type RedisClient = IoredisClient | NodeRedisClient

export interface RedisCommands {
  get(key: string): Promise<unknown>
  /** Sets unless the key exists; resolves to `OK` or `null`. */
  setNew(key: string, value: string, ttlMs: number): Promise<unknown>
  /** Reads and deletes in one step: GETDEL, or a script where Redis is older than that (6.2). */
  take(key: string): Promise<unknown>
  del(key: string): Promise<unknown>
  /** By EVALSHA, and by EVAL where Redis does not know the script yet. The keys MUST share a hash tag. */
  run(script: Script, keys: readonly string[], ...args: readonly string[]): Promise<unknown>
  /** By EVAL, whether or not Redis knows the script. */
  runWhole(script: Script, keys: readonly string[], ...args: readonly string[]): Promise<unknown>
  /** Waits until `replicas` have everything this connection wrote; resolves to how many have. */
  wait(replicas: number, timeoutMs: number): Promise<unknown>
}

/** The commands as a client spells them. */
interface Spelling {
  get(key: string): Promise<unknown>
  setNew(key: string, value: string, ttlMs: number): Promise<unknown>
  getdel(key: string): Promise<unknown>
  del(key: string): Promise<unknown>
  eval(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  evalsha?(sha1: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  wait(replicas: number, timeoutMs: number): Promise<unknown>
}

type Callable<Name extends string> = Record<Name, (...args: unknown[]) => Promise<unknown>>
const SHARED = ['get', 'set', 'del', 'eval', 'ping'] as const

export function commandsOf(client: RedisClient): RedisCommands {
  const spelling = spellingOf(client)
  let hasGetdel = true

  const runWhole: RedisCommands['runWhole'] = (script, keys, ...args) => spelling.eval(script.text, keys, args)

  async function run(script: Script, keys: readonly string[], ...args: readonly string[]) {
    if (!spelling.evalsha) return runWhole(script, keys, ...args)
    try {
      return await spelling.evalsha(script.sha1, keys, args)
    } catch (error) {
      // It was restarted, or flushed its scripts. Nothing was run yet, and EVAL also keeps the script.
      if (isUnknownScript(error)) return runWhole(script, keys, ...args)
      throw error
    }
  }

  async function take(key: string) {
    if (!hasGetdel) return run(TAKE_VALUE, [key])
    try {
      return await spelling.getdel(key)
    } catch (error) {
      if (!isUnknownCommand(error)) throw error
      hasGetdel = false
      return run(TAKE_VALUE, [key])
    }
  }

  return { get: spelling.get, setNew: spelling.setNew, del: spelling.del, wait: spelling.wait, run, runWhole, take }
}

/** Before anything else is found missing, since only this says what to use. */
export function refuseHttp(client: unknown): void {
  if (!speaksHttp(client)) return
  throw new TypeError(
    'client must be an ioredis or node-redis client, got one that speaks HTTP (@upstash/redis). ' +
      'Use ioredis with the rediss:// address of the same database',
  )
}

function spellingOf(client: RedisClient): Spelling {
  refuseHttp(client)
  if (has(client, [...SHARED, 'getdel'])) return ioredisSpelling(client as Callable<IoredisName>)
  if (has(client, [...SHARED, 'getDel'])) return nodeRedisSpelling(client as Callable<NodeRedisName>)
  throw new TypeError(`client must be an ioredis or node-redis client (its GETDEL was not found), got ${show(client)}`)
}

type IoredisName = (typeof SHARED)[number] | 'getdel' | 'evalsha' | 'wait'
type NodeRedisName = (typeof SHARED)[number] | 'getDel' | 'evalSha' | 'wait'

const ioredisSpelling = (client: Callable<IoredisName>): Spelling => ({
  get: (key) => client.get(key),
  setNew: (key, value, ttlMs) => client.set(key, value, 'PX', ttlMs, 'NX'),
  getdel: (key) => client.getdel(key),
  del: (key) => client.del(key),
  eval: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
  ...(has(client, ['evalsha']) && { evalsha: (sha, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args) }),
  wait: (replicas, timeoutMs) => client.wait(replicas, timeoutMs),
})

const nodeRedisSpelling = (client: Callable<NodeRedisName>): Spelling => ({
  get: (key) => client.get(key),
  setNew: (key, value, ttlMs) => client.set(key, value, { PX: ttlMs, NX: true }),
  getdel: (key) => client.getDel(key),
  del: (key) => client.del(key),
  eval: (script, keys, args) => client.eval(script, { keys, arguments: args }),
  ...(has(client, ['evalSha']) && { evalsha: (sha, keys, args) => client.evalSha(sha, { keys, arguments: args }) }),
  wait: (replicas, timeoutMs) => client.wait(replicas, timeoutMs),
})

/** What the clients of node-redis have that keep several connections: a cluster, a pool, and one that asks Sentinel. */
const OF_SEVERAL_CONNECTIONS = ['masters', 'totalClients', 'getMasterNode']

/** WAIT is about the connection that it is sent on. A cluster or a pool would send it on any connection. */
export function hasOneConnection(client: RedisClient): boolean {
  const { isCluster } = client as { isCluster?: unknown }
  return has(client, ['wait']) && isCluster !== true && !OF_SEVERAL_CONNECTIONS.some((name) => name in client)
}

/** It spells GETDEL like ioredis and EVALSHA_RO like node-redis, takes lists where both do not, and cannot listen. */
const speaksHttp = (client: unknown) => has(client, ['getdel', 'evalshaRo']) && !has(client, ['duplicate'])

function has<Name extends string>(client: unknown, methods: readonly Name[]): client is Callable<Name> {
  const object = client as Partial<Record<string, unknown>> | null | undefined
  return methods.every((method) => typeof object?.[method] === 'function')
}
