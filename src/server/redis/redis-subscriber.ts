// A connection that listens to one channel, on the two clients that people have; as in redis-commands.ts, the names of its
// methods show which one it is. A client that subscribes can do little else, so this is a duplicate of the app's.

import { show } from '../options.ts'
import { type IoredisClient, type NodeRedisClient, refuseHttp } from './redis-commands.ts'

interface Publisher {
  publish(channel: string, message: string): Promise<unknown>
  // What it takes and returns differs from client to client; what it returned is looked at.
  duplicate(...options: never[]): unknown
}

/** ioredis, what is built like it, and their clusters. */
export interface IoredisPublisher extends Publisher, IoredisClient {
  psubscribe: unknown
}

/** node-redis (the package `redis`), from 4 on, and its cluster. */
export interface NodeRedisPublisher extends Publisher, NodeRedisClient {
  pSubscribe: unknown
}

export type PubSubClient = IoredisPublisher | NodeRedisPublisher

/** Listens until the function that is returned is called. Never throws: what cannot be had now is tried again. */
export type Subscribe = (channel: string, receive: (text: string) => void) => () => void

type Loose = Record<string, (...args: unknown[]) => unknown>

export function subscriberOf(client: PubSubClient): Subscribe {
  refuseHttp(client)
  if (has(client, ['publish', 'duplicate', 'psubscribe'])) return (...args) => onIoredis(client.duplicate(), ...args)
  if (has(client, ['publish', 'duplicate', 'pSubscribe'])) return (...args) => onNodeRedis(client.duplicate(), ...args)
  throw new TypeError(`client must be an ioredis or node-redis client (its PUBLISH was not found), got ${show(client)}`)
}

// Without a listener an `error` event would end the process; the client tries again by itself.
const ignore = () => {}
const settle = (outcome: unknown) => void Promise.resolve(outcome).catch(ignore)

const onIoredis = (duplicate: unknown, ...[channel, receive]: Parameters<Subscribe>) => {
  const own = duplicate as Loose
  own.on?.('error', ignore)
  own.on?.('message', (from: unknown, text: unknown) => from === channel && receive(String(text)))
  // At each connection, not once: the app may have switched off its client's own way of subscribing again.
  own.on?.('ready', () => settle(own.subscribe?.(channel)))
  if ((duplicate as { status?: unknown }).status === 'wait') settle(own.connect?.())
  return () => void own.disconnect?.()
}

const onNodeRedis = (duplicate: unknown, ...[channel, receive]: Parameters<Subscribe>) => {
  const own = duplicate as Loose
  let isOver = false
  const hangUp = () => {
    try {
      own.destroy?.()
    } catch {
      // It was not open yet, or no longer.
    }
  }
  own.on?.('error', ignore)
  const listen = async () => {
    await own.connect?.()
    if (isOver) return hangUp()
    await own.subscribe?.(channel, (text: unknown) => receive(String(text)))
  }
  settle(listen())
  return () => {
    isOver = true
    hangUp()
  }
}

function has(client: unknown, methods: readonly string[]): client is Loose & { duplicate(): unknown } {
  const object = client as Partial<Record<string, unknown>> | null | undefined
  return methods.every((method) => typeof object?.[method] === 'function')
}
