// The store on a real cluster: every command and every script touches one key, wherever that key is.

import { beforeAll, describe, expect, test } from 'vitest'
import { exampleClaims, testTicketStore } from '../../src/server/conformance/index.ts'
import { createRedisRevocationChannel } from '../../src/server/redis/index.ts'
import type { PubSubClient } from '../../src/server/redis/redis-subscriber.ts'
import { revocationChannelContract } from '../suites/revocation-channel.ts'
import { CLUSTER_CLIENTS, cutOff, storeOn } from './clients.ts'
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
