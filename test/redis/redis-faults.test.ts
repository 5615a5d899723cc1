// What the store does while Redis does not do its part.

import { createSentinel } from 'redis'
import { describe, expect, inject, test } from 'vitest'
import { exampleClaims } from '../../src/server/conformance/index.ts'
import { AuthTicketManager } from '../../src/server/ticket-manager.ts'
import type { TicketStore } from '../../src/server/ticket-store.ts'
import { handleOf } from '../../src/server/ticket-value.ts'
import { CLIENTS, connectIoredis, storeOn } from './clients.ts'
import { startRedis } from './start-redis.ts'

const HANDLE = 'h'.repeat(43)

const questions: [string, (store: TicketStore) => Promise<unknown>][] = [
  ['put', (store) => store.put(HANDLE, exampleClaims('alice'), 60_000)],
  ['peek', (store) => store.peek(HANDLE)],
  ['consume', (store) => store.consume(HANDLE)],
  ['revoke', (store) => store.revoke(HANDLE, 'alice')],
  ['revokeAll', (store) => store.revokeAll('alice')],
  ['revocation', (store) => store.revocation('alice')],
  ['ping', (store) => store.ping()],
]

describe.each(CLIENTS)('through %s', (_, connect) => {
  test('a Redis that stopped answering is an error within the deadline, and never "unknown"', async () => {
    const { port, process } = await startRedis()
    const { store } = storeOn(await connect({ port }), { deadlineMs: 100 })
    await expect.poll(() => store.ping().then(() => 'up'), { timeout: 5_000 }).toBe('up')
    process.kill('SIGSTOP')
    for (const [name, ask] of questions) {
      const startedAt = performance.now()
      const error = await ask(store).catch((reason: unknown) => reason)
      expect(error, name).toMatchObject({ code: 'store_unavailable', retryable: true })
      expect(performance.now() - startedAt, name).toBeLessThan(1_000)
    }
    process.kill('SIGCONT')
    await expect.poll(() => store.ping().then(() => 'back'), { timeout: 5_000 }).toBe('back')
  })

  test('a Redis that is gone is an error within the deadline, and never "unknown"', async () => {
    const { port, process } = await startRedis()
    const { store } = storeOn(await connect({ port }), { deadlineMs: 100 })
    await expect.poll(() => store.ping().then(() => 'up'), { timeout: 5_000 }).toBe('up')
    const gone = new Promise((resolve) => process.once('close', resolve))
    process.kill('SIGKILL')
    await gone
    for (const [name, ask] of questions) {
      expect(await ask(store).catch((reason: unknown) => reason), name).toMatchObject({ code: 'store_unavailable' })
    }
  })

  test('a full Redis takes no ticket and still gives out those it has', async () => {
    const { port } = await startRedis('--maxmemory-policy', 'noeviction')
    const admin = await connectIoredis({ port })
    const { store } = storeOn(await connect({ port }))
    await store.put(HANDLE, exampleClaims('alice'), 60_000)
    await admin.config('SET', 'maxmemory', '1')
    await expect(store.put('i'.repeat(43), exampleClaims('alice'), 60_000)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect((await store.consume(HANDLE))?.claims).toEqual(exampleClaims('alice'))
  })

  test('a consumption that no replica knows of is refused, and its ticket is spent', async () => {
    const { store } = storeOn(await connect({ path: inject('redisSocket') }), { consumeReplicas: 1, deadlineMs: 100 })
    await store.put(HANDLE, exampleClaims('alice'), 60_000)
    await expect(store.consume(HANDLE)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await store.peek(HANDLE)).toBeNull()
    expect(await store.consume(HANDLE)).toBeNull() // nothing was consumed, so nobody has to know
  })

  test('a consumption that a replica acknowledged counts', async () => {
    const primary = await startRedis('--repl-diskless-sync', 'no')
    const replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port))
    const watcher = await connectIoredis({ port: replica.port })
    await expect.poll(() => watcher.info('replication'), { timeout: 10_000 }).toContain('master_link_status:up')
    const { store, prefix } = storeOn(await connect({ port: primary.port }), { consumeReplicas: 1, deadlineMs: 2_000 })
    await store.put(HANDLE, exampleClaims('alice'), 60_000)
    await expect.poll(() => watcher.exists(prefix + HANDLE), { timeout: 5_000 }).toBe(1)
    expect((await store.consume(HANDLE))?.claims).toEqual(exampleClaims('alice'))
    expect(await watcher.exists(prefix + HANDLE)).toBe(0)
  }, 20_000)
})

describe('a revoke-all whose marks are recorded has succeeded', () => {
  test('whatever becomes of the deletion of tickets, which are refused', async () => {
    const client = await connectIoredis({ path: inject('redisSocket') })
    const failing = new Proxy(client, {
      get(target, name) {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return name === 'del' ? () => Promise.reject(new Error('CLUSTERDOWN')) : member.bind(target)
      },
    })
    const { store } = storeOn(failing)
    const tickets = new AuthTicketManager({ store })
    const [first] = [await tickets.generate({ userId: 'alice' }), await tickets.generate({ userId: 'alice' })]
    expect(await tickets.revokeAll('alice')).toBe(2)
    expect(await store.peek(first.ticket_handle)).not.toBeNull()
    expect(await tickets.consume(first.ticket_id)).toBeNull()
  })

  test('whatever somebody else wrote into the index', async () => {
    const client = await connectIoredis({ path: inject('redisSocket') })
    const { store, userPrefix } = storeOn(client)
    await client.set(`${userPrefix}{${handleOf('alice')}}:index`, 'x', 'PX', 10_000)
    const { tickets, revocation } = await store.revokeAll('alice')
    expect([tickets, revocation]).toEqual([0, await store.revocation('alice')])
    await store.put(HANDLE, exampleClaims('alice'), 60_000) // the index is one again
  })
})

test('an error tells nothing of what was asked', async () => {
  const secret = 's'.repeat(43)
  const failing = async () => {
    throw Object.assign(new Error(`ERR while setting ${secret}`), { command: { args: [secret] } })
  }
  const client = { get: failing, set: failing, getdel: failing, del: failing, eval: failing, ping: failing }
  const error = await storeOn(client)
    .store.consume(HANDLE)
    .catch((reason: Error) => reason)
  const cause = (error as Error).cause as Error
  expect(JSON.stringify([String(error), String(cause), { ...cause }])).not.toContain(secret)
})

test('PR-32: a consumption whose WAIT came to a promoted replica is refused, since that one still has the ticket', async () => {
  const [old, promoted] = [
    await connectIoredis({ path: inject('redisSocket') }),
    await connectIoredis(await startRedis()),
  ]
  const client = new Proxy(promoted, {
    get(target, name) {
      if (name === 'wait') return async () => 1 // its own replica knows all that this connection wrote: nothing
      const connected = name === 'getdel' ? old : target
      const member = Reflect.get(connected, name)
      return typeof member === 'function' ? member.bind(connected) : member
    },
  })
  const { store, prefix } = storeOn(client, { consumeReplicas: 1 })
  await store.put(HANDLE, exampleClaims('alice'), 60_000)
  await old.set(prefix + HANDLE, String(await promoted.get(prefix + HANDLE)), 'PX', 60_000)
  await expect(store.consume(HANDLE)).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await store.peek(HANDLE)).not.toBeNull()
})

test('consumeReplicas is refused where WAIT would speak of another connection', () => {
  const command = async () => null
  const client = { get: command, set: command, getdel: command, del: command, eval: command, ping: command }
  const message = 'consumeReplicas must be 0 with a cluster or a pool of connections, got 1'
  expect(() => storeOn({ ...client, wait: command, isCluster: true } as never, { consumeReplicas: 1 })).toThrow(message)
  expect(() => storeOn(client, { consumeReplicas: 1 })).toThrow(message)
  const sentinel = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 26_379 }] }) // asks nobody
  expect(() => storeOn(sentinel as never, { consumeReplicas: 1 })).toThrow(message)
  expect(() => storeOn({ ...client, wait: command }, { consumeReplicas: 1 })).not.toThrow()
})
