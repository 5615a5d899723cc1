import { describe, expect, test } from 'vitest'
import type { Priority, QueuePolicy } from '../../../src/socket/queue-options.ts'
import type { DropReason } from '../../../src/socket/validator.ts'
import { createMessageQueue, type TestQueue } from '../../support/create-message-queue.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const POLICY: QueuePolicy = {
  maxCount: 100,
  maxBytes: 10_000,
  ttlMs: 60_000,
  overflow: 'drop-oldest',
  maxBufferedBytes: 1_000,
  rateLimit: null,
}

/** A wire whose buffer the test fills and drains. */
function arrange(policy: Partial<QueuePolicy> = {}) {
  const clock = createVirtualClock()
  const wire = { sent: [] as unknown[], buffered: 0, takes: true }
  const told: [event: 'sent' | DropReason, id: number][] = []
  let waiting = 0
  const queue = createMessageQueue({
    policy: { ...POLICY, ...policy },
    clock,
    wire: {
      send(data) {
        if (wire.takes) wire.sent.push(data)
        return wire.takes
      },
      bufferedAmount: () => wire.buffered,
    },
    maxMessageBytes: () => Number.POSITIVE_INFINITY,
    onSent: (id) => told.push(['sent', id]),
    onDropped: (id, reason) => told.push([reason, id]),
    onCount: (count) => {
      waiting = count
    },
  })
  let lastId = 0
  const send = (data: string, priority: Priority = 'normal') => queue.send(++lastId, data, { priority })
  return { clock, wire, told, queue, send, waiting: () => waiting }
}

test('what is sent before the connection is open waits, and leaves by priority when it is', () => {
  const { queue, send, wire, told, waiting } = arrange()
  expect([send('a'), send('b', 'low'), send('c', 'high')]).toEqual(['queued', 'queued', 'queued'])
  expect(waiting()).toBe(3)
  queue.open()
  expect(wire.sent).toEqual(['c', 'a', 'b'])
  expect(told).toEqual([
    ['sent', 3],
    ['sent', 1],
    ['sent', 2],
  ])
  expect(send('d')).toBe('sent')
  expect(waiting()).toBe(0)
})

test('a message that waits too long is given up at that moment, connected or not', async () => {
  const { clock, send, told, waiting } = arrange()
  send('a')
  await clock.advance(30_000)
  send('b')
  await clock.advance(29_999)
  expect(told).toEqual([])
  await clock.advance(1)
  expect(told).toEqual([['expired', 1]])
  await clock.advance(30_000)
  expect(told).toEqual([
    ['expired', 1],
    ['expired', 2],
  ])
  expect([waiting(), clock.pending()]).toEqual([0, 0])
})

describe('a socket whose buffer is full', () => {
  test('is given nothing more until it has drained, and then everything in order', async () => {
    const { clock, queue, send, wire } = arrange()
    queue.open()
    wire.buffered = 1_001
    expect([send('a'), send('b', 'high')]).toEqual(['queued', 'queued'])
    await clock.advance(5_000)
    expect(wire.sent).toEqual([])
    wire.buffered = 1_000
    await clock.advance(50)
    expect(wire.sent).toEqual(['b', 'a'])
    expect(clock.pending()).toBe(0)
  })

  test('that has drained meanwhile is given what waits before what comes next', () => {
    const { clock, queue, send, wire } = arrange()
    queue.open()
    wire.buffered = 2_000
    send('a')
    wire.buffered = 0
    expect(send('b')).toBe('sent')
    expect(wire.sent).toEqual(['a', 'b'])
    expect(clock.pending()).toBe(0)
  })

  test('that drains between two looks at it lets nothing overtake what waits, and all of it leaves soon', async () => {
    const { clock, queue, send, wire } = arrange()
    queue.open()
    wire.buffered = 2_000
    send('a')
    let looks = 0
    Object.defineProperty(wire, 'buffered', { get: () => (looks++ === 0 ? 2_000 : 0) })
    expect(send('b')).toBe('queued')
    expect(wire.sent).toEqual([])
    await clock.advance(50)
    expect(wire.sent).toEqual(['a', 'b'])
  })
})

describe('a rate limit', () => {
  test('lets a burst pass, and then so many a second', async () => {
    const { clock, queue, send, wire } = arrange({ rateLimit: { perSecond: 2, burst: 3 } })
    queue.open()
    for (let i = 0; i < 10; i++) send(`m${i}`)
    expect(wire.sent).toHaveLength(3)
    await clock.advance(499)
    expect(wire.sent).toHaveLength(3)
    await clock.advance(1)
    expect(wire.sent).toHaveLength(4)
    await clock.advance(3_000)
    expect(wire.sent).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9'])
  })

  test('never lets more through than burst + rate × time, in any window', async () => {
    const { clock, queue, send, wire } = arrange({ rateLimit: { perSecond: 7, burst: 5 }, ttlMs: 3_600_000 })
    queue.open()
    const sentAt: number[] = []
    for (let i = 0; i < 400; i++) {
      if (i % 3 !== 0) send(`m${i}`)
      await clock.advance(37)
      while (sentAt.length < wire.sent.length) sentAt.push(clock.now())
    }
    for (const [first, from] of sentAt.entries()) {
      for (const [last, to] of sentAt.entries()) {
        if (last > first) expect(last - first).toBeLessThanOrEqual(5 + (7 * (to - from + 37)) / 1_000)
      }
    }
    expect(sentAt.length).toBeGreaterThan(80)
  })

  test('fills up again in a pause, to the burst and not beyond', async () => {
    const { clock, queue, send, wire } = arrange({ rateLimit: { perSecond: 1, burst: 2 } })
    queue.open()
    await clock.advance(60_000)
    for (let i = 0; i < 5; i++) send(`m${i}`)
    expect(wire.sent).toHaveLength(2)
  })
})

test('a lost connection keeps what waits; the next one sends it', async () => {
  const { clock, queue, send, wire } = arrange()
  queue.open()
  queue.pause()
  send('a')
  await clock.advance(1_000)
  expect(wire.sent).toEqual([])
  queue.open()
  expect(wire.sent).toEqual(['a'])
})

test('a socket that takes nothing loses nothing', () => {
  const { queue, send, wire } = arrange()
  queue.open()
  wire.takes = false
  expect(send('a')).toBe('queued')
  queue.pause()
  wire.takes = true
  queue.open()
  expect(wire.sent).toEqual(['a'])
})

test('given up, everything is reported once, and no timer is left', () => {
  const { clock, queue, send, told } = arrange()
  send('a')
  send('b')
  queue.drop('signed_out')
  queue.drop('closed')
  expect(told).toEqual([
    ['signed_out', 1],
    ['signed_out', 2],
  ])
  expect(clock.pending()).toBe(0)
})

test('a message that is sent by a listener of an expired one comes after what is just being sent', async () => {
  const clock = createVirtualClock()
  const sent: unknown[] = []
  const queue = createMessageQueue({
    policy: { ...POLICY, ttlMs: 1_000 },
    clock,
    wire: { send: (data) => sent.push(data) > 0, bufferedAmount: () => 0 },
    maxMessageBytes: () => Number.POSITIVE_INFINITY,
    onSent: () => {},
    onDropped: () => void queue.send(3, 'from within'),
    onCount: () => {},
  })
  queue.send(1, 'old')
  // Its timer has not come, as after a sleep.
  clock.setWall(clock.wallNow() + 5_000)
  queue.send(2, 'just now')
  queue.open()
  expect(sent).toEqual(['just now', 'from within'])
})

test('an expired message is reported before those that are dropped to make room', () => {
  const { clock, send, told } = arrange({ maxBytes: 10, ttlMs: 1_000, overflow: 'drop-newest' })
  send('aaaa', 'low')
  clock.setWall(clock.wallNow() + 800)
  send('bbbbb')
  // Its timer has not come, as in a hidden tab.
  clock.setWall(clock.wallNow() + 300)
  expect(send('cccccccc', 'high')).toBe('queued')
  expect(told).toEqual([
    ['expired', 1],
    ['overflow', 2],
  ])
})

test('a listener that sends from within is served, in order', () => {
  const sent: unknown[] = []
  const clock = createVirtualClock()
  const queue = createMessageQueue({
    policy: POLICY,
    clock,
    wire: { send: (data) => sent.push(data) > 0, bufferedAmount: () => 0 },
    maxMessageBytes: () => Number.POSITIVE_INFINITY,
    onSent: (id) => {
      if (id === 1) queue.send(3, 'from within')
    },
    onDropped: () => {},
    onCount: () => {},
  })
  queue.send(1, 'a')
  queue.send(2, 'b')
  queue.open()
  expect(sent).toEqual(['a', 'b', 'from within'])
})

describe('a listener of a message that was dropped', () => {
  /** Calls `listen` on hearing of the first one. */
  function arrangeListener(listen: (queue: TestQueue) => void, policy: Partial<QueuePolicy> = {}) {
    const told: [DropReason | 'sent', number][] = []
    const queue: TestQueue = createMessageQueue({
      policy: { ...POLICY, ...policy },
      clock: createVirtualClock(),
      wire: { send: () => true, bufferedAmount: () => 0 },
      maxMessageBytes: () => Number.POSITIVE_INFINITY,
      onSent: (id) => told.push(['sent', id]),
      onDropped: (id, reason) => {
        told.push([reason, id])
        if (told.length === 1) listen(queue)
      },
      onCount: () => {},
    })
    return { queue, told }
  }

  test('that sends again, and again, evicts no other message for it', () => {
    const receipts: string[] = []
    const { queue, told } = arrangeListener((queue) => receipts.push(queue.send(9, 'again')), { maxCount: 2 })
    for (const id of [1, 2, 3]) queue.send(id, 'm')
    expect([receipts, told]).toEqual([['overflow'], [['overflow', 1]]])
  })

  test('that opens the connection receives the messages that were dropped before those that are sent', () => {
    const { queue, told } = arrangeListener((queue) => {
      queue.send(3, 'from within')
      queue.open()
    })
    queue.send(1, 'a')
    queue.send(2, 'b')
    queue.clear()
    expect(told).toEqual([
      ['cleared', 1],
      ['cleared', 2],
      ['sent', 3],
    ])
  })

  test('that ends the session receives an event for every message afterwards, each once', () => {
    let heard = 0
    const { queue, told } = arrangeListener((queue) => {
      queue.send(3, 'from within')
      queue.drop('signed_out')
      heard = told.length
    })
    queue.send(1, 'a')
    queue.send(2, 'b')
    queue.clear()
    expect(told).toEqual([
      ['cleared', 1],
      ['cleared', 2],
      ['signed_out', 3],
    ])
    expect(heard).toBe(1)
  })
})

test('a wall clock that was set back and forward: no message is sent that is too old by it, whatever waits before it', () => {
  const { clock, send, queue, wire, told } = arrange({ ttlMs: 1_000 })
  const wall = clock.wallNow()
  send('a')
  clock.setWall(wall - 900)
  send('b')
  clock.setWall(wall + 500)
  queue.open()
  expect(wire.sent).toEqual(['a'])
  expect(told).toEqual([
    ['sent', 1],
    ['expired', 2],
  ])
})

describe('a socket that answers within its send()', () => {
  /** `onAnswer`: a listener of the answer. Called for each message. */
  function arrangeAnswering(
    onAnswer: (queue: TestQueue, count: number) => void,
    { ids = [1, 2], ...policy }: Partial<QueuePolicy> & { ids?: number[] } = {},
  ) {
    const sent: unknown[] = []
    const told: [DropReason | 'sent', number][] = []
    const queue: TestQueue = createMessageQueue({
      policy: { ...POLICY, ...policy },
      clock: createVirtualClock(),
      wire: {
        send(data) {
          onAnswer(queue, sent.push(data))
          return true
        },
        bufferedAmount: () => 0,
      },
      maxMessageBytes: () => Number.POSITIVE_INFINITY,
      onSent: (id) => told.push(['sent', id]),
      onDropped: (id, reason) => told.push([reason, id]),
      onCount: () => {},
    })
    for (const id of ids) queue.send(id, `m${id}`)
    return { queue, sent, told }
  }

  test('gets each message once, in order, though a listener of the answer sends', () => {
    const { queue, sent, told } = arrangeAnswering((queue, count) => {
      if (count < 4) queue.send(10 + count, `answer ${count}`)
    })
    queue.open()
    expect(sent).toEqual(['m1', 'm2', 'answer 1', 'answer 2', 'answer 3'])
    expect(told.map(([, id]) => id)).toEqual([1, 2, 11, 12, 13])
  })

  test('and has a full queue drops no message that it has been given', () => {
    const answer = (queue: TestQueue, count: number) => void (count === 1 && queue.send(3, 'answer'))
    const { queue, sent, told } = arrangeAnswering(answer, { ids: [1], maxCount: 1 })
    queue.open()
    expect(sent).toEqual(['m1', 'answer'])
    expect(told).toEqual([
      ['sent', 1],
      ['sent', 3],
    ])
  })

  test('gets nothing more when a listener of the answer ends the session, and each message is reported once', () => {
    const { queue, sent, told } = arrangeAnswering((queue) => queue.drop('signed_out'))
    queue.open()
    expect(sent).toEqual(['m1'])
    expect(told).toEqual([
      ['signed_out', 1],
      ['signed_out', 2],
    ])
    expect(queue.send(3, 'of the next user')).toBe('queued')
    queue.open()
    expect(sent).toEqual(['m1', 'of the next user'])
  })
})
