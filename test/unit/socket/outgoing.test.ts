import { describe, expect, test } from 'vitest'
import type { Priority } from '../../../src/socket/outbox.ts'
import type { Outgoing, OutgoingPolicy } from '../../../src/socket/outgoing.ts'
import type { DropReason } from '../../../src/socket/validator.ts'
import { createOutgoing } from '../../support/create-outgoing.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const POLICY: OutgoingPolicy = {
  maxCount: 100,
  maxBytes: 10_000,
  ttlMs: 60_000,
  overflow: 'drop-oldest',
  maxBufferedBytes: 1_000,
  rateLimit: null,
}

/** A wire whose buffer the test fills and drains. */
function arrange(policy: Partial<OutgoingPolicy> = {}) {
  const clock = createVirtualClock()
  const wire = { sent: [] as unknown[], buffered: 0, takes: true }
  const told: [event: 'sent' | DropReason, id: number][] = []
  let waiting = 0
  const outgoing = createOutgoing({
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
  const send = (data: string, priority: Priority = 'normal') => outgoing.send(++lastId, data, { priority })
  return { clock, wire, told, outgoing, send, waiting: () => waiting }
}

test('what is sent before the connection is open waits, and leaves by priority when it is', () => {
  const { outgoing, send, wire, told, waiting } = arrange()
  expect([send('a'), send('b', 'low'), send('c', 'high')]).toEqual(['queued', 'queued', 'queued'])
  expect(waiting()).toBe(3)
  outgoing.open()
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
    const { clock, outgoing, send, wire } = arrange()
    outgoing.open()
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
    const { clock, outgoing, send, wire } = arrange()
    outgoing.open()
    wire.buffered = 2_000
    send('a')
    wire.buffered = 0
    expect(send('b')).toBe('sent')
    expect(wire.sent).toEqual(['a', 'b'])
    expect(clock.pending()).toBe(0)
  })

  test('that drains between two looks at it lets nothing overtake what waits', () => {
    const { outgoing, send, wire } = arrange()
    outgoing.open()
    wire.buffered = 2_000
    send('a')
    let looks = 0
    Object.defineProperty(wire, 'buffered', { get: () => (looks++ === 0 ? 2_000 : 0) })
    expect(send('b')).toBe('queued')
    expect(wire.sent).toEqual([])
  })
})

describe('a rate limit', () => {
  test('lets a burst pass, and then so many a second', async () => {
    const { clock, outgoing, send, wire } = arrange({ rateLimit: { perSecond: 2, burst: 3 } })
    outgoing.open()
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
    const { clock, outgoing, send, wire } = arrange({ rateLimit: { perSecond: 7, burst: 5 }, ttlMs: 3_600_000 })
    outgoing.open()
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
    const { clock, outgoing, send, wire } = arrange({ rateLimit: { perSecond: 1, burst: 2 } })
    outgoing.open()
    await clock.advance(60_000)
    for (let i = 0; i < 5; i++) send(`m${i}`)
    expect(wire.sent).toHaveLength(2)
  })
})

test('a lost connection keeps what waits; the next one sends it', async () => {
  const { clock, outgoing, send, wire } = arrange()
  outgoing.open()
  outgoing.pause()
  send('a')
  await clock.advance(1_000)
  expect(wire.sent).toEqual([])
  outgoing.open()
  expect(wire.sent).toEqual(['a'])
})

test('a socket that takes nothing loses nothing', () => {
  const { outgoing, send, wire } = arrange()
  outgoing.open()
  wire.takes = false
  expect(send('a')).toBe('queued')
  outgoing.pause()
  wire.takes = true
  outgoing.open()
  expect(wire.sent).toEqual(['a'])
})

test('given up, everything is reported once, and no timer is left', () => {
  const { clock, outgoing, send, told } = arrange()
  send('a')
  send('b')
  outgoing.drop('signed_out')
  outgoing.drop('closed')
  expect(told).toEqual([
    ['signed_out', 1],
    ['signed_out', 2],
  ])
  expect(clock.pending()).toBe(0)
})

test('what is sent on hearing that another waited too long comes after what is just being sent', async () => {
  const clock = createVirtualClock()
  const sent: unknown[] = []
  const outgoing = createOutgoing({
    policy: { ...POLICY, ttlMs: 1_000 },
    clock,
    wire: { send: (data) => sent.push(data) > 0, bufferedAmount: () => 0 },
    maxMessageBytes: () => Number.POSITIVE_INFINITY,
    onSent: () => {},
    onDropped: () => void outgoing.send(3, 'from within'),
    onCount: () => {},
  })
  outgoing.send(1, 'old')
  // Its timer has not come, as after a sleep.
  clock.setWall(clock.wallNow() + 5_000)
  outgoing.send(2, 'just now')
  outgoing.open()
  expect(sent).toEqual(['just now', 'from within'])
})

test('who waited too long is told before whoever has to go for the next one', () => {
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
  const outgoing = createOutgoing({
    policy: POLICY,
    clock,
    wire: { send: (data) => sent.push(data) > 0, bufferedAmount: () => 0 },
    maxMessageBytes: () => Number.POSITIVE_INFINITY,
    onSent: (id) => {
      if (id === 1) outgoing.send(3, 'from within')
    },
    onDropped: () => {},
    onCount: () => {},
  })
  outgoing.send(1, 'a')
  outgoing.send(2, 'b')
  outgoing.open()
  expect(sent).toEqual(['a', 'b', 'from within'])
})

describe('a listener of a message that was dropped', () => {
  /** Calls `listen` on hearing of the first one. */
  function arrangeListener(listen: (outgoing: Outgoing) => void, policy: Partial<OutgoingPolicy> = {}) {
    const told: [DropReason | 'sent', number][] = []
    const outgoing: Outgoing = createOutgoing({
      policy: { ...POLICY, ...policy },
      clock: createVirtualClock(),
      wire: { send: () => true, bufferedAmount: () => 0 },
      maxMessageBytes: () => Number.POSITIVE_INFINITY,
      onSent: (id) => told.push(['sent', id]),
      onDropped: (id, reason) => {
        told.push([reason, id])
        if (told.length === 1) listen(outgoing)
      },
      onCount: () => {},
    })
    return { outgoing, told }
  }

  test('that sends again, and again, evicts no other message for it', () => {
    const receipts: string[] = []
    const { outgoing, told } = arrangeListener((outgoing) => receipts.push(outgoing.send(9, 'again')), { maxCount: 2 })
    for (const id of [1, 2, 3]) outgoing.send(id, 'm')
    expect([receipts, told]).toEqual([['overflow'], [['overflow', 1]]])
  })

  test('that opens the connection hears of the messages that were dropped before of those that are sent', () => {
    const { outgoing, told } = arrangeListener((outgoing) => {
      outgoing.send(3, 'from within')
      outgoing.open()
    })
    outgoing.send(1, 'a')
    outgoing.send(2, 'b')
    outgoing.clear()
    expect(told).toEqual([
      ['cleared', 1],
      ['cleared', 2],
      ['sent', 3],
    ])
  })

  test('that ends the session hears of every message afterwards, each once', () => {
    let heard = 0
    const { outgoing, told } = arrangeListener((outgoing) => {
      outgoing.send(3, 'from within')
      outgoing.drop('signed_out')
      heard = told.length
    })
    outgoing.send(1, 'a')
    outgoing.send(2, 'b')
    outgoing.clear()
    expect(told).toEqual([
      ['cleared', 1],
      ['cleared', 2],
      ['signed_out', 3],
    ])
    expect(heard).toBe(1)
  })
})

test('a wall clock that was set back and forward: no message is sent that is too old by it, whatever waits before it', () => {
  const { clock, send, outgoing, wire, told } = arrange({ ttlMs: 1_000 })
  const wall = clock.wallNow()
  send('a')
  clock.setWall(wall - 900)
  send('b')
  clock.setWall(wall + 500)
  outgoing.open()
  expect(wire.sent).toEqual(['a'])
  expect(told).toEqual([
    ['sent', 1],
    ['expired', 2],
  ])
})

describe('a socket that answers within its send()', () => {
  /** `onAnswer`: a listener of the answer. Called for each message. */
  function arrangeAnswering(onAnswer: (outgoing: Outgoing, count: number) => void) {
    const sent: unknown[] = []
    const told: [DropReason | 'sent', number][] = []
    const outgoing: Outgoing = createOutgoing({
      policy: POLICY,
      clock: createVirtualClock(),
      wire: {
        send(data) {
          onAnswer(outgoing, sent.push(data))
          return true
        },
        bufferedAmount: () => 0,
      },
      maxMessageBytes: () => Number.POSITIVE_INFINITY,
      onSent: (id) => told.push(['sent', id]),
      onDropped: (id, reason) => told.push([reason, id]),
      onCount: () => {},
    })
    for (const id of [1, 2]) outgoing.send(id, `m${id}`)
    return { outgoing, sent, told }
  }

  test('gets each message once, in order, though a listener of the answer sends', () => {
    const { outgoing, sent, told } = arrangeAnswering((outgoing, count) => {
      if (count < 4) outgoing.send(10 + count, `answer ${count}`)
    })
    outgoing.open()
    expect(sent).toEqual(['m1', 'm2', 'answer 1', 'answer 2', 'answer 3'])
    expect(told.map(([, id]) => id)).toEqual([1, 2, 11, 12, 13])
  })

  test('gets nothing more when a listener of the answer ends the session, and each message is reported once', () => {
    const { outgoing, sent, told } = arrangeAnswering((outgoing) => outgoing.drop('signed_out'))
    outgoing.open()
    expect(sent).toEqual(['m1'])
    expect(told).toEqual([
      ['signed_out', 1],
      ['signed_out', 2],
    ])
    expect(outgoing.send(3, 'of the next user')).toBe('queued')
    outgoing.open()
    expect(sent).toEqual(['m1', 'of the next user'])
  })
})
