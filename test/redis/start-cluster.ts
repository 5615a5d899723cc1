// A Redis cluster of three nodes, without replicas until one is launched.

import { Redis } from 'ioredis'
import { vi } from 'vitest'
import { freePort, launchRedis } from './start-redis.ts'

const SLOTS = 16_384
const NODES = 3

export interface RunningCluster {
  ports: number[]
  /** Kills the node at this port. */
  kill(port: number): Promise<void>
  stop(): Promise<void>
}

/** Resolves when every node knows who holds each of the slots. */
export async function launchCluster(): Promise<RunningCluster> {
  const nodes = await Promise.all(Array.from({ length: NODES }, launchNode))
  const admins = nodes.map(({ port }) => new Redis({ port, host: '127.0.0.1' }))
  const [first] = nodes
  await Promise.all(
    admins.map(async (admin, n) => {
      const range = [(SLOTS * n) / NODES, (SLOTS * (n + 1)) / NODES - 1].map(Math.ceil) as [number, number]
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', ...range)
      if (n > 0 && first) await admin.call('CLUSTER', 'MEET', '127.0.0.1', first.port, first.busPort)
    }),
  )
  const isReady = async (admin: Redis) => {
    const slots = (await admin.call('CLUSTER', 'SLOTS')) as unknown[]
    return slots.length === NODES && String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok')
  }
  for (const admin of admins) {
    await vi.waitUntil(() => isReady(admin), { timeout: 20_000 })
    admin.disconnect()
  }
  return {
    ports: nodes.map(({ port }) => port),
    kill: async (port) => void (await nodes.find((node) => node.port === port)?.stop()),
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

/** A node that follows the one at this port. Resolves when it has everything. */
export async function launchReplica({ ports }: RunningCluster, primary: number) {
  const node = await launchNode()
  const [admin, onPrimary] = [node.port, primary].map((port) => new Redis({ port, host: '127.0.0.1' })) as [
    Redis,
    Redis,
  ]
  const id = String(await onPrimary.call('CLUSTER', 'MYID'))
  const busPort = /:\d+@(\d+)[ ,][^\n]*myself/.exec(String(await onPrimary.call('CLUSTER', 'NODES')))?.[1]
  await admin.call('CLUSTER', 'MEET', '127.0.0.1', primary, busPort ?? '')
  const knows = async () => String(await admin.call('CLUSTER', 'NODES')).includes(id)
  await vi.waitUntil(knows, { timeout: 10_000 })
  const follows = () =>
    admin.call('CLUSTER', 'REPLICATE', id).then(
      () => true,
      () => false,
    )
  await vi.waitUntil(follows, { timeout: 10_000, interval: 100 })
  const isLinked = async () => (await admin.info('replication')).includes('master_link_status:up')
  await vi.waitUntil(isLinked, { timeout: 10_000, interval: 50 })
  const knownTo = new Redis({ port: ports.find((port) => port !== primary) ?? primary, host: '127.0.0.1' })
  const nodeId = String(await admin.call('CLUSTER', 'MYID'))
  await vi.waitUntil(async () => String(await knownTo.call('CLUSTER', 'NODES')).includes(nodeId), { timeout: 10_000 })
  for (const client of [admin, onPrimary, knownTo]) client.disconnect()
  return node
}

async function launchNode() {
  const busPort = await freePort()
  const node = await launchRedis(await freePort(), '--cluster-enabled', 'yes', '--cluster-port', String(busPort))
  return { ...node, busPort }
}
