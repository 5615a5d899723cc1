import { describe, expect, test } from 'vitest'
import { exampleClaims } from '../../../../src/server/conformance/index.ts'
import { createRedisTicketStore } from '../../../../src/server/redis/redis-ticket-store.ts'
import { encodeClaims } from '../../../../src/server/ticket-store.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const HANDLE = 'h'.repeat(43)
const UNAVAILABLE = { code: 'store_unavailable' }

/** A store with 500 ms for a question, on a client whose commands take this long, in milliseconds. */
function arrange(takes: { getdel?: number; wait?: number; eval?: number }, scriptAnswer: unknown = null) {
  const clock = createVirtualClock()
  const after = (ms: number, answer: unknown) =>
    new Promise((resolve) => void clock.setTimer(() => resolve(answer), ms))
  const scripts: unknown[][] = []
  const client = {
    get: async () => null,
    set: async () => 'OK',
    del: async () => 1,
    ping: async () => 'PONG',
    getdel: () => after(takes.getdel ?? 0, encodeClaims(exampleClaims('alice'))),
    wait: () => after(takes.wait ?? 0, 1),
    eval(_text: string, _keys: number, ...rest: unknown[]) {
      scripts.push(rest)
      return after(takes.eval ?? 0, typeof scriptAnswer === 'function' ? scriptAnswer() : scriptAnswer)
    },
  }
  const store = createRedisTicketStore(client as never, { clock, consumeReplicas: takes.wait === undefined ? 0 : 1 })
  const consumed = { claims: exampleClaims('alice'), revocation: null }
  /** What became of it. */
  async function outcomeOf(question: Promise<unknown>) {
    let isOver = false
    const outcome = question
      .catch((error: unknown) => error)
      .finally(() => {
        isOver = true
      })
    for (let ms = 0; !isOver && ms < 5_000; ms += 10) await clock.advance(10)
    return outcome
  }
  return { clock, store, consumed, outcomeOf, scripts }
}

describe('the commands of a question', () => {
  test('share one deadline, where Redis is slow', async () => {
    const { clock, store, outcomeOf } = arrange({ getdel: 300, eval: 300 })
    const startedAtMs = clock.now()
    expect(await outcomeOf(store.consume(HANDLE))).toMatchObject(UNAVAILABLE)
    expect(clock.now() - startedAtMs).toBe(500)
  })

  test('share it with the replicas', async () => {
    const { clock, store, outcomeOf } = arrange({ getdel: 200, wait: 200, eval: 200 })
    const startedAtMs = clock.now()
    expect(await outcomeOf(store.consume(HANDLE))).toMatchObject(UNAVAILABLE)
    expect(clock.now() - startedAtMs).toBe(500)
  })

  test('have 100 ms more, once, after one that took all of it', async () => {
    const within = arrange({ getdel: 490, wait: 50, eval: 40 })
    expect(await within.outcomeOf(within.store.consume(HANDLE))).toEqual(within.consumed)
    const beyond = arrange({ getdel: 490, wait: 60, eval: 60 })
    const startedAtMs = beyond.clock.now()
    expect(await beyond.outcomeOf(beyond.store.consume(HANDLE))).toMatchObject(UNAVAILABLE)
    expect(beyond.clock.now() - startedAtMs).toBe(590)
  })

  test('burn no ticket where this process was held up for longer than the deadline', async () => {
    const { clock, store, consumed, outcomeOf } = arrange({ getdel: 10, wait: 10, eval: 10 })
    const question = store.consume(HANDLE)
    await clock.sleep(700)
    expect(await outcomeOf(question)).toEqual(consumed)
  })
})

test('a revoke-all carries the time until which it may be recorded, by the clock of Redis and within its deadline', async () => {
  const answers: unknown[] = [1_763_800_000_000, ['1763800000200 1763800000200']]
  const { store, outcomeOf, scripts } = arrange({ eval: 200 }, () => answers.shift())
  expect(await outcomeOf(store.revokeAll('alice'))).toMatchObject({ revocation: { atMs: 1_763_800_000_200 } })
  expect(scripts[1]?.at(-1)).toBe('1763800000300')
  expect(scripts[0]?.[0]).toBe(scripts[1]?.[0]) // the same node of a cluster
})

test('a Redis that does not say what time it is records nothing', async () => {
  const { store, outcomeOf, scripts } = arrange({}, () => 'soon')
  expect(await outcomeOf(store.revokeAll('alice'))).toMatchObject(UNAVAILABLE)
  expect(scripts).toHaveLength(1)
})
