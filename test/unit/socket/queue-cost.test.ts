// What a message costs must not depend on how many wait. Counted, not timed: steps of the queue's code, and looks at the clock and at
// the socket.

import { afterAll, describe, expect, test } from 'vitest'
import { createMessageLimit } from '../../../src/socket/message-limit.ts'
import { type OutboxPolicy, PRIORITIES, type Priority, type QueuePolicy } from '../../../src/socket/queue-options.ts'
import { arrange } from '../../support/arrange.ts'
import { startCountingSteps } from '../../support/count-steps.ts'
import { createMessageQueue } from '../../support/create-message-queue.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const FEW = 60
const MANY = 10 * FEW

const { stepsOf, stop } = startCountingSteps(['message-queue.ts', 'queued-message.ts'])
afterAll(stop)

/** Every look at a property of what it returns is counted, every call of a method included. */
function createCounter() {
  const counter = {
    looks: 0,
    counted: <T extends object>(target: T): T => new Proxy(target, handler as ProxyHandler<T>),
  }
  const handler: ProxyHandler<object> = {
    get(target, name) {
      counter.looks++
      return Reflect.get(target, name)
    },
  }
  return counter
}

describe('of a queue in which ten times as many wait', () => {
  /** In which so many messages wait, by turns of every priority or all of one, with room for no other. */
  function fill(waiting: number, overflow: OutboxPolicy['overflow'], priorities: readonly Priority[] = PRIORITIES) {
    const clock = createVirtualClock()
    const limit = { bytes: Number.POSITIVE_INFINITY }
    const dropped: number[] = []
    const queue = createMessageQueue({
      policy: {
        maxCount: waiting,
        maxBytes: 10 * waiting,
        ttlMs: 1_000,
        overflow,
        maxBufferedBytes: 0,
        rateLimit: null,
      },
      clock,
      wire: { send: () => true, bufferedAmount: () => 0 },
      maxMessageBytes: () => limit.bytes,
      onSent: () => {},
      onDropped: (id) => dropped.push(id),
      onCount: () => {},
    })
    const signals = Array.from({ length: waiting }, () => new AbortController())
    const send = (priority: Priority, bytes = 10, id = waiting) =>
      queue.send(id, 'm'.repeat(bytes), { priority, signal: signals[id]?.signal })
    for (let n = 0; n < waiting; n++) send(priorities[n % priorities.length] as Priority, 10, n)
    return { queue, clock, limit, dropped, signals, send }
  }

  type Filled = ReturnType<typeof fill>

  const cases: [
    name: string,
    outcome: [receipt: unknown, dropped: number],
    work: (filled: Filled) => unknown,
    overflow?: OutboxPolicy['overflow'],
    priorities?: readonly Priority[],
  ][] = [
    ['adding one, for which the oldest goes', ['queued', 1], ({ send }) => send('normal')],
    ['adding one, for which the newest goes', ['queued', 1], ({ send }) => send('high'), 'drop-newest'],
    ['refusing one', ['overflow', 0], ({ send }) => send('high'), 'reject'],
    ['refusing one for which no message may go', ['overflow', 0], ({ send }) => send('low'), 'drop-oldest', ['high']],
    [
      'refusing one for which there would be no room if all of the less important went',
      ['overflow', 0],
      ({ send, signals }) => send('normal', 5 * signals.length + 1),
      'drop-oldest',
      ['high', 'low'],
    ],
    ['taking one back from the middle', [undefined, 1], ({ signals }) => signals[signals.length / 2]?.abort()],
    ['looking for expired ones, of which there is none', [undefined, 0], ({ queue }) => queue.pause()],
    [
      'looking for the ones that are too large, of which there is none',
      [undefined, 0],
      ({ queue, limit }) => {
        limit.bytes = 10
        queue.pause()
      },
    ],
  ]
  test.each(cases)('%s takes no more steps', async (_name, outcome, work, overflow = 'drop-oldest', priorities) => {
    const counts: number[] = []
    for (const waiting of [FEW, MANY]) {
      const filled = fill(waiting, overflow, priorities)
      const { steps, result } = await stepsOf(() => work(filled))
      expect([result, filled.dropped.length]).toEqual(outcome)
      counts.push(steps)
    }
    const [few, many] = counts as [number, number]
    expect(few).toBeGreaterThan(0)
    // One step for each that waits, or for each of one priority, would be far more.
    expect(many).toBeLessThan(few + 20)
  })

  test.each<[name: string, work: (filled: Filled) => Promise<void> | void, many: boolean]>([
    ['expiry', ({ clock }) => clock.advance(1_000), true],
    ['opening', ({ queue }) => queue.open(), false],
    ['clearing', ({ queue }) => void queue.clear(), true],
  ])('%s takes ten times as many: the same for each', async (_name, work, areDropped) => {
    const counts: number[] = []
    for (const waiting of [FEW, MANY]) {
      const filled = fill(waiting, 'drop-oldest')
      const { steps } = await stepsOf(() => work(filled))
      expect(filled.dropped).toHaveLength(areDropped ? waiting : 0)
      counts.push(steps)
    }
    const [few, many] = counts as [number, number]
    expect(many / few).toBeGreaterThan(9)
    expect(many / few).toBeLessThanOrEqual(10)
  })
})

describe('ten times as many messages take ten times as many looks at the clock and the socket', () => {
  function arrangeQueue(policy: Partial<QueuePolicy> = {}) {
    const counter = createCounter()
    const clock = createVirtualClock()
    const sent: unknown[] = []
    const dropped: number[] = []
    const queue = createMessageQueue({
      policy: {
        maxCount: MANY,
        maxBytes: 1e6,
        ttlMs: 1_000,
        overflow: 'drop-oldest',
        maxBufferedBytes: 1_000,
        rateLimit: null,
        ...policy,
      },
      clock: counter.counted(clock),
      wire: counter.counted({ send: (data: unknown) => sent.push(data) > 0, bufferedAmount: () => 0 }),
      maxMessageBytes: () => Number.POSITIVE_INFINITY,
      onSent: () => {},
      onDropped: (id) => dropped.push(id),
      onCount: () => {},
    })
    const send = (count: number, priorities = PRIORITIES) => {
      for (let n = 0; n < count; n++) queue.send(n, 'm', { priority: priorities[n % priorities.length] as Priority })
    }
    return { queue, clock, counter, send, sent, dropped }
  }

  type Arranged = ReturnType<typeof arrangeQueue>

  const cases: [
    name: string,
    work: (arranged: Arranged, count: number) => Promise<number>,
    policy?: Partial<QueuePolicy>,
  ][] = [
    [
      'sent before the connection is open',
      async ({ counter, send }, count) => {
        // Before it, none waits.
        send(3)
        counter.looks = 0
        send(count)
        return counter.looks
      },
    ],
    [
      'sent where no more may wait',
      async ({ counter, send, dropped }, count) => {
        send(MANY, ['normal'])
        counter.looks = 0
        send(count, ['normal'])
        expect(dropped).toHaveLength(count)
        return counter.looks
      },
    ],
    [
      'sent when it opens',
      async ({ counter, send, queue, sent }, count) => {
        send(count)
        counter.looks = 0
        queue.open()
        expect(sent).toHaveLength(count)
        return counter.looks
      },
    ],
    [
      'expired',
      async ({ counter, send, clock, dropped }, count) => {
        send(count)
        counter.looks = 0
        await clock.advance(1_000)
        expect(dropped).toHaveLength(count)
        return counter.looks
      },
    ],
  ]
  test.each(cases)('%s', async (_name, work, policy) => {
    const few = await work(arrangeQueue(policy), FEW)
    const many = await work(arrangeQueue(policy), MANY)
    expect(few).toBeGreaterThan(0)
    expect(many / few).toBeLessThanOrEqual(10)
  })

  test('and a socket sets one timer for all that wait', () => {
    const counter = createCounter()
    const page = arrange({
      wrap: (platform) => ({ ...platform, clock: counter.counted(platform.clock as object) as never }),
    })
    const looksOf = (count: number) => {
      counter.looks = 0
      for (let n = 0; n < count; n++) page.socket.send({ type: 'note', n })
      return counter.looks
    }
    page.socket.send({ type: 'first' })
    expect(looksOf(MANY)).toBe(10 * looksOf(FEW))
    expect(page.clock.pending()).toBe(1)
  })
})

test.each([
  ['smaller', (n: number) => MANY - n],
  ['larger', (n: number) => n],
  ['smaller and larger', (n: number) => (n * 7) % 11],
])(
  'a frame whose size is %s than that of the frames before is compared with two of them on average',
  (_how, sizeOf) => {
    const [few, many] = [FEW, MANY].map((sent) => {
      const limit = createMessageLimit(createVirtualClock())
      let looks = 0
      for (let n = 0; n < sent; n++) {
        const bytes = { valueOf: () => looks++ * 0 + sizeOf(n) }
        limit.sent(bytes as unknown as number)
      }
      return looks / sent
    })
    // Each comparison looks at two sizes.
    expect(few).toBeLessThanOrEqual(4)
    expect(many).toBeLessThanOrEqual(4)
  },
)
