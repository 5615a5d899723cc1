import { expect, test } from 'vitest'
import type { OutboxPolicy, Priority } from '../../../src/socket/queue-options.ts'
import type { DropReason } from '../../../src/socket/validator.ts'
import { createMessageQueue } from '../../support/create-message-queue.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

/** A queue that is not open. */
function arrange(policy: Partial<OutboxPolicy> = {}) {
  const clock = createVirtualClock()
  const texts: string[] = []
  const taken: unknown[] = []
  const dropped: [data: unknown, reason: DropReason][] = []
  let waiting = 0
  const queue = createMessageQueue({
    policy: {
      maxCount: 3,
      maxBytes: 100,
      ttlMs: 60_000,
      overflow: 'drop-oldest',
      maxBufferedBytes: 1_000,
      rateLimit: null,
      ...policy,
    },
    clock,
    wire: { send: (data) => taken.push(data) > 0, bufferedAmount: () => 0 },
    maxMessageBytes: () => Number.POSITIVE_INFINITY,
    onSent: () => {},
    onDropped: (id, reason) => dropped.push([texts[id], reason]),
    onCount: (count) => {
      waiting = count
    },
  })
  return {
    clock,
    /** Whether it waits. */
    add: (data: string, priority: Priority = 'normal') =>
      queue.send(texts.push(data) - 1, data, { priority }) === 'queued',
    /** In the order in which they were dropped. */
    dropped: (reason: DropReason) => dropped.filter((drop) => drop[1] === reason).map(([data]) => data),
    waiting: () => waiting,
    /** In the order of their turns. */
    taken() {
      queue.open()
      queue.pause()
      return taken.splice(0)
    },
  }
}

test('keeps the order within a priority, higher ones first', () => {
  const { waiting, add, taken } = arrange({ maxCount: 10 })
  for (const [data, priority] of [
    ['a', 'low'],
    ['b', 'normal'],
    ['c', 'high'],
    ['d', 'normal'],
    ['e', 'high'],
  ] as const) {
    add(data, priority)
  }
  expect(taken()).toEqual(['c', 'e', 'b', 'd', 'a'])
  expect(waiting()).toBe(0)
  expect(add('x'.repeat(100), 'low')).toBe(true)
})

test('drop-oldest: when full, the oldest of the lowest priority goes', () => {
  const { add, dropped, taken } = arrange()
  add('low', 'low')
  add('one')
  add('two')
  add('three')
  add('four')
  expect(dropped('overflow')).toEqual(['low', 'one'])
  expect(taken()).toEqual(['two', 'three', 'four'])
})

test('a message never pushes a more important one out', () => {
  const { add, dropped } = arrange()
  for (const data of ['a', 'b', 'c']) add(data, 'high')
  expect(add('d', 'low')).toBe(false)
  expect(add('e', 'normal')).toBe(false)
  expect(dropped('overflow')).toEqual([])
})

test('drop-newest keeps what waits, unless that is less important: then its newest goes', () => {
  const { add, dropped, taken } = arrange({ overflow: 'drop-newest' })
  for (const [data, priority] of [
    ['a', 'low'],
    ['b', 'low'],
    ['c', 'normal'],
  ] as const) {
    expect(add(data, priority)).toBe(true)
  }
  expect(add('d', 'low')).toBe(false)
  expect(add('e', 'high')).toBe(true)
  expect(add('f', 'normal')).toBe(true)
  expect(add('g', 'normal')).toBe(false)
  expect(dropped('overflow')).toEqual(['b', 'a'])
  expect(taken()).toEqual(['e', 'c', 'f'])
})

test('reject keeps what waits, however important the new message is', () => {
  const { add, dropped, taken } = arrange({ overflow: 'reject' })
  for (const data of ['a', 'b', 'c']) add(data, 'low')
  expect(add('d', 'high')).toBe(false)
  expect(dropped('overflow')).toEqual([])
  expect(taken()).toEqual(['a', 'b', 'c'])
})

test('with room for none, none is taken', () => {
  expect(arrange({ maxCount: 0 }).add('a')).toBe(false)
})

test('is bounded by bytes, counted in UTF-8', () => {
  const { waiting, add, dropped } = arrange({ maxBytes: 10 })
  add('€€') // six bytes
  add('abcd')
  expect([waiting(), dropped('overflow')]).toEqual([2, []])
  add('e')
  expect(dropped('overflow')).toEqual(['€€'])
  expect(add('x'.repeat(11))).toBe(false)
})

test('what has waited too long is given up, each at its own time', async () => {
  const { add, dropped, waiting, clock } = arrange()
  add('old')
  await clock.advance(59_000)
  add('new', 'high')
  await clock.advance(999)
  expect(dropped('expired')).toEqual([])
  await clock.advance(1)
  expect(dropped('expired')).toEqual(['old'])
  await clock.advance(58_999)
  expect(waiting()).toBe(1)
  await clock.advance(1)
  expect(dropped('expired')).toEqual(['old', 'new'])
  expect(clock.pending()).toBe(0)
})

test.each([
  ['the monotonic clock alone, as the wall clock was set back', 1_000, -3_600_000],
  ['the wall clock alone, as the machine slept', 0, 1_000],
])('a message has waited too long by %s', async (_by, elapsedMs, wallMs) => {
  const { add, dropped, taken, clock } = arrange({ ttlMs: 1_000 })
  add('old')
  clock.setWall(clock.wallNow() + wallMs)
  await clock.advance(elapsedMs)
  expect(taken()).toEqual([])
  expect(dropped('expired')).toEqual(['old'])
})
