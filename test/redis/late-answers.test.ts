// A ticket that was answered with 503 keeps no slot of its user's, in whatever order Redis' answers and our deadline come.

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { exampleClaims } from '../../src/server/conformance/index.ts'
import { createRedisTicketStore } from '../../src/server/redis/index.ts'
import { connectIoredis } from './clients.ts'
import { startRedis } from './start-redis.ts'

const DEADLINE_MS = 60
const LATE_MS = 200

type Fault = 'the answer is late' | 'it is sent late' | 'the answer is lost'

/** The client, and a switch that makes the nth command from then on go wrong. */
async function arrange() {
  const { port } = await startRedis()
  const client = await connectIoredis({ port })
  const fault: { kind: Fault; countdown: number } = { kind: 'the answer is late', countdown: 0 }
  const later = () => new Promise((resolve) => setTimeout(resolve, LATE_MS))
  const flawed = new Proxy(client, {
    get(target, name: keyof typeof client) {
      const member = target[name]
      if (typeof member !== 'function') return member
      return async (...args: never[]) => {
        const send = () => (member as (...args: never[]) => unknown).apply(target, args)
        if (--fault.countdown !== 0) return send()
        if (fault.kind === 'it is sent late') await later()
        const answer = await send()
        if (fault.kind === 'the answer is late') await later()
        if (fault.kind === 'the answer is lost') throw new Error('Connection is closed.')
        return answer
      }
    },
  })
  const prefix = `${randomUUID()}:`
  const store = createRedisTicketStore(flawed, {
    deadlineMs: DEADLINE_MS,
    prefix: `${prefix}ticket:`,
    userPrefix: `${prefix}user:`,
  })
  const kept = async () => (await client.keys(`${prefix}*`)).filter((key) => !key.includes(':limit'))
  return { store, fault, kept }
}

const faults: Fault[] = ['the answer is late', 'it is sent late', 'the answer is lost']
test.each(faults.flatMap((kind) => [1, 2].map((countdown) => [kind, countdown] as const)))(
  'nothing of a ticket stays where %s, of command %i',
  async (kind, countdown) => {
    const { store, fault, kept } = await arrange()
    const handle = (n: number) => String(n).padStart(43, 'h')
    await store.put(handle(0), exampleClaims('alice'), 60_000)
    await store.consume(handle(0))
    await expect.poll(kept, { timeout: 3_000, interval: 10 }).toEqual([])
    Object.assign(fault, { kind, countdown })
    await expect(store.put(handle(1), exampleClaims('alice'), 60_000)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    await new Promise((resolve) => setTimeout(resolve, 2 * LATE_MS)) // everything that is late has come
    await expect.poll(kept, { timeout: 3_000, interval: 10 }).toEqual([])
  },
)
