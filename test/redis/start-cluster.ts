// A Redis cluster of three nodes, without replicas.

import { Redis } from 'ioredis'
import { vi } from 'vitest'
import { freePort, launchRedis } from './start-redis.ts'

const SLOTS = 16_384
const NODES = 3

export interface RunningCluster {
  ports: number[]
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
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

async function launchNode() {
  const busPort = await freePort()
  const node = await launchRedis(await freePort(), '--cluster-enabled', 'yes', '--cluster-port', String(busPort))
  return { ...node, busPort }
}
