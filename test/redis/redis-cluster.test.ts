// The store on a real cluster: every command and every script touches one key, wherever that key is.

import { beforeAll, describe, expect, test } from 'vitest'
import { exampleClaims, testTicketStore } from '../../src/server/conformance/index.ts'
import { createRedisRevocationChannel } from '../../src/server/redis/index.ts'
import type { PubSubClient } from '../../src/server/redis/redis-subscriber.ts'
import { handleOf } from '../../src/server/ticket-value.ts'
import { revocationChannelContract } from '../suites/revocation-channel.ts'
import { CLUSTER_CLIENTS, connectIoredis, cutOff, storeOn } from './clients.ts'
import { launchCluster, type RunningCluster } from './start-cluster.ts'

let cluster: RunningCluster

beforeAll(async () => {
  cluster = await launchCluster()
  return cluster.stop
}, 30_000)

describe.each(CLUSTER_CLIENTS)('through the cluster client of %s', (name, connect) => {
  revocationChannelContract(`a cluster, through ${name}`, async () => {
    const channelOf = async () => {
      const client = (await connect(cluster.ports)) as unknown as PubSubClient
      return createRedisRevocationChannel(client, { channel: `cluster:${name}` })
    }
    return { here: await channelOf(), there: await channelOf() }
  })

  testTicketStore({
    test,
    arrange: async () => ({ store: storeOn(await connect(cluster.ports)).store }),
    arrangeUnreachable: async () => ({ store: storeOn(cutOff(await connect(cluster.ports))).store }),
  })

  test('a revoke-all finds the tickets of a user on every node', async () => {
    const client = await connect(cluster.ports)
    const { store } = storeOn(client)
    const handles = Array.from({ length: 30 }, (_, n) => String(n).padStart(43, 'h'))
    for (const handle of handles) await store.put(handle, exampleClaims('alice'), 60_000)
    expect((await store.consume(handles[0] as string))?.claims).toEqual(exampleClaims('alice'))
    expect((await store.revokeAll('alice')).tickets).toBe(29)
  })

  test('WAIT is refused, which would speak of another node', async () => {
    const client = await connect(cluster.ports)
    expect(() => storeOn(client, { consumeReplicas: 1 })).toThrow(
      new TypeError('consumeReplicas must be 0 with a cluster or a pool of connections, got 1'),
    )
  })
})

test('a revoke-all is recorded although the node of some of the tickets is gone', { timeout: 60_000 }, async () => {
  const [port = 0, , gone = 0] = cluster.ports
  const node = await connectIoredis({ port })
  const subjects = await Promise.all(CLUSTER_CLIENTS.map(async ([, connect]) => storeOn(await connect(cluster.ports))))
  const slotOf = async (key: string) => Number(await node.call('CLUSTER', 'KEYSLOT', key))
  /** One whose marks are on the first node. */
  async function userOn({ userPrefix }: { userPrefix: string }): Promise<string> {
    for (let n = 0; ; n++) {
      const userId = `user ${n}`
      if ((await slotOf(`${userPrefix}{${handleOf(userId)}}:not_before`)) < 5_000) return userId
    }
  }
  const users = await Promise.all(subjects.map(userOn))
  for (const [n, { store }] of subjects.entries()) {
    for (let ticket = 0; ticket < 15; ticket++) {
      await store.put(String(ticket).padStart(43, 'h'), exampleClaims(users[n] as string), 60_000)
    }
  }
  await cluster.kill(gone)
  for (const [n, { store }] of subjects.entries()) {
    const { tickets, revocation } = await store.revokeAll(users[n] as string)
    expect([tickets, revocation]).toEqual([15, await store.revocation(users[n] as string)])
  }
})
