// A cluster that changes while it is used: slots that move to another node, and a node that dies.

import { Redis } from 'ioredis'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { exampleClaims } from '../../src/server/conformance/index.ts'
import type { TicketStore } from '../../src/server/ticket-store.ts'
import { handleOf } from '../../src/server/ticket-value.ts'
import { CLUSTER_CLIENTS, storeOn } from './clients.ts'
import { launchCluster, launchReplica, type RunningCluster } from './start-cluster.ts'

let cluster: RunningCluster

beforeAll(async () => {
  cluster = await launchCluster()
  return cluster.stop
}, 30_000)

async function adminOf(port: number) {
  const admin = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null })
  admin.on('error', () => {})
  onTestFinished(() => admin.disconnect())
  await admin.connect()
  return admin
}

async function nodesOf() {
  return Promise.all(
    cluster.ports.map(async (port) => {
      const admin = await adminOf(port)
      return { port, admin, id: String(await admin.call('CLUSTER', 'MYID')) }
    }),
  )
}

async function ownerOf(slot: number, asked = cluster.ports[0] as number): Promise<number> {
  const admin = await adminOf(asked)
  const ranges = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
  const range = ranges.find(([from, to]) => from <= slot && slot <= to)
  return (range?.[2][1] ?? 0) as number
}

/** Moves a slot key by key, as `redis-cli --cluster reshard` does. */
async function move(slot: number) {
  const nodes = await nodesOf()
  const from = await ownerOf(slot)
  const source = nodes.find(({ port }) => port === from)
  const target = nodes.find(({ port }) => port !== from)
  if (!source || !target) throw new Error(`nobody holds slot ${slot}`)
  await target.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source.id)
  await source.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
  const keysLeft = async () => (await source.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[]
  for (let [key] = await keysLeft(); key !== undefined; [key] = await keysLeft()) {
    await source.admin.call('MIGRATE', '127.0.0.1', target.port, key, 0, 5_000)
  }
  for (const { admin } of [target, source, ...nodes]) await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id)
}

/** Puts and consumes tickets of one user until it is stopped. Each is consumed by two at the same moment. */
function load(store: TicketStore, userId: string) {
  const seen = { kept: 0, once: 0, twice: 0, lost: 0, outages: 0 }
  let isRunning = true
  async function use(n: number) {
    const handle = `${userId}-${n}`.padEnd(43, 'h')
    await store.put(handle, exampleClaims(userId), 60_000)
    seen.kept++
    const outcomes = await Promise.allSettled([store.consume(handle), store.consume(handle)])
    const accepted = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value !== null)
    // An answer that was lost has burnt the ticket: only where both were answered must one have it.
    const areBothAnswered = outcomes.every(({ status }) => status === 'fulfilled')
    if (accepted.length === 2) seen.twice++
    else if (accepted.length === 1) seen.once++
    else if (areBothAnswered) seen.lost++
    else seen.outages++
  }
  async function run() {
    for (let n = 0; isRunning; n++) {
      await use(n).catch((error: { code?: string }) => {
        expect(error.code).toBe('store_unavailable')
        seen.outages++
      })
    }
    return seen
  }
  const ended = run()
  return {
    seen,
    stop() {
      isRunning = false
      return ended
    },
  }
}

describe.each(CLUSTER_CLIENTS)('through the cluster client of %s', (_, connect) => {
  test('slots that move under load lose no ticket and give none twice', async () => {
    const { store, userPrefix, prefix } = storeOn(await connect(cluster.ports), { deadlineMs: 2_000 })
    const admin = await adminOf(cluster.ports[0] as number)
    const slotOf = async (key: string) => Number(await admin.call('CLUSTER', 'KEYSLOT', key))
    const waiting = 'w'.repeat(43)
    await store.put(waiting, exampleClaims('bob'), 60_000)
    const running = load(store, 'alice')
    await vi.waitUntil(() => running.seen.once > 10, { timeout: 5_000 })
    await move(await slotOf(`${userPrefix}{${handleOf('alice')}}:index`))
    await move(await slotOf(prefix + waiting))
    const before = running.seen.once
    await vi.waitUntil(() => running.seen.once > before + 10, { timeout: 5_000 })
    const { twice, lost } = await running.stop()
    expect({ twice, lost }).toEqual({ twice: 0, lost: 0 })
    expect((await store.consume(waiting))?.claims.userId).toBe('bob')
  }, 20_000)
})

test('a node that dies under load is replaced, and every user is served again', async () => {
  const [name, connect] = CLUSTER_CLIENTS[0] as (typeof CLUSTER_CLIENTS)[number]
  const { store, userPrefix } = storeOn(await connect(cluster.ports), { deadlineMs: 1_000 })
  const admin = await adminOf(cluster.ports[0] as number)
  const slot = Number(await admin.call('CLUSTER', 'KEYSLOT', `${userPrefix}{${handleOf(name)}}:index`))
  const port = await ownerOf(slot)
  const replica = await launchReplica(cluster, port)
  onTestFinished(replica.stop)
  const running = load(store, name)
  await vi.waitUntil(() => running.seen.once > 10, { timeout: 5_000 })
  await cluster.kill(port)
  const onReplica = await adminOf(replica.port)
  await onReplica.call('CLUSTER', 'FAILOVER', 'TAKEOVER')
  const before = running.seen.once
  await vi.waitUntil(() => running.seen.once > before + 10, { timeout: 15_000 })
  await running.stop()
  const survivor = cluster.ports.find((each) => each !== port) as number
  expect(await ownerOf(slot, survivor)).toBe(replica.port)
}, 40_000)
