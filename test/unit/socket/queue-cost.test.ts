// What a message costs must not depend on how many wait. Counted, not timed: looks at waiting messages, at the clock and at the
// socket.

import { describe, expect, test } from 'vitest'
import { createMessageLimit } from '../../../src/socket/message-limit.ts'
import { Outbox, type OutboxPolicy, PRIORITIES, type Priority, type Queued } from '../../../src/socket/outbox.ts'
import type { OutgoingPolicy } from '../../../src/socket/outgoing.ts'
import { arrange } from '../../support/arrange.ts'
import { createOutgoing } from '../../support/create-outgoing.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const FEW = 60
const MANY = 10 * FEW

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
    set(target, name, value) {
      counter.looks++
      return Reflect.set(target, name, value)
    },
  }
  return counter
}

describe('of an outbox in which ten times as many wait', () => {
  /** In which so many messages wait, by turns of every priority or all of one, with room for no other. */
  function fill(waiting: number, overflow: OutboxPolicy['overflow'], priorities: readonly Priority[] = PRIORITIES) {
    const counter = createCounter()
    const clock = createVirtualClock()
    const policy = { maxCount: waiting, maxBytes: 10 * waiting, ttlMs: 1_000, overflow }
    const outbox = new Outbox(policy, clock)
    const messageOf = (priority: Priority, bytes = 10): Queued =>
      counter.counted({
        id: 0,
        data: '',
        priority,
        bytes,
        turn: 'later',
        previous: null,
        next: null,
        isWaiting: false,
        expiresAt: 0,
        expiresAtWall: 0,
      })
    const messages = Array.from({ length: waiting }, (_, n) => messageOf(priorities[n % priorities.length] as Priority))
    for (const message of messages) outbox.add(message, true)
    return { outbox, clock, messages, messageOf, counter }
  }

  type Filled = ReturnType<typeof fill>

  const cases: [
    name: string,
    work: (filled: Filled) => unknown,
    overflow?: OutboxPolicy['overflow'],
    priorities?: readonly Priority[],
  ][] = [
    ['adding one, for which the oldest goes', ({ outbox, messageOf }) => outbox.add(messageOf('normal'), true)],
    [
      'adding one, for which the newest goes',
      ({ outbox, messageOf }) => outbox.add(messageOf('high'), true),
      'drop-newest',
    ],
    ['refusing one', ({ outbox, messageOf }) => outbox.add(messageOf('high'), true), 'reject'],
    [
      'refusing one for which no message may go',
      ({ outbox, messageOf }) => outbox.add(messageOf('low'), true),
      'drop-oldest',
      ['high'],
    ],
    [
      'refusing one for which there would be no room if all of the less important went',
      ({ outbox, messageOf, messages }) => outbox.add(messageOf('normal', 5 * messages.length + 1), true),
      'drop-oldest',
      ['high', 'low'],
    ],
    ['taking the next one', ({ outbox }) => outbox.remove(outbox.next() as Queued)],
    ['taking one from the middle', ({ outbox, messages }) => outbox.remove(messages[messages.length / 2] as Queued)],
    ['taking the expired ones, of which there is none', ({ outbox }) => outbox.takeExpired()],
    ['taking the ones that are too large, of which there is none', ({ outbox }) => outbox.takeLarger(10)],
    [
      'asking for the next, the next expiry, and how many wait',
      ({ outbox }) => [outbox.next(), outbox.isNext('low'), outbox.nextExpiryAt(), outbox.count],
    ],
  ]
  test.each(cases)('%s looks at as many messages', (_name, work, overflow = 'drop-oldest', priorities) => {
    const [few, many] = [FEW, MANY].map((waiting) => {
      const filled = fill(waiting, overflow, priorities)
      filled.counter.looks = 0
      const result = work(filled)
      return [filled.counter.looks, Array.isArray(result) ? result.length : result]
    })
    expect(many).toEqual(few)
  })

  test('expiry looks ten times as often: once for each', async () => {
    const [few, many] = await Promise.all(
      [FEW, MANY].map(async (waiting) => {
        const { outbox, clock, counter } = fill(waiting, 'drop-oldest')
        await clock.advance(1_000)
        counter.looks = 0
        expect(outbox.takeExpired()).toHaveLength(waiting)
        return counter.looks
      }),
    )
    // Those at an end of the queue have one neighbour less.
    expect((many as number) / (few as number)).toBeCloseTo(10, 1)
  })
})

describe('ten times as many messages take ten times as many looks at the clock and the socket', () => {
  function arrangeOutgoing(policy: Partial<OutgoingPolicy> = {}) {
    const counter = createCounter()
    const clock = createVirtualClock()
    const sent: unknown[] = []
    const dropped: number[] = []
    const outgoing = createOutgoing({
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
      for (let n = 0; n < count; n++) outgoing.send(n, 'm', { priority: priorities[n % priorities.length] as Priority })
    }
    return { outgoing, clock, counter, send, sent, dropped }
  }

  type Arranged = ReturnType<typeof arrangeOutgoing>

  const cases: [
    name: string,
    work: (arranged: Arranged, count: number) => Promise<number>,
    policy?: Partial<OutgoingPolicy>,
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
      async ({ counter, send, outgoing, sent }, count) => {
        send(count)
        counter.looks = 0
        outgoing.open()
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
    const few = await work(arrangeOutgoing(policy), FEW)
    const many = await work(arrangeOutgoing(policy), MANY)
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
