import { expect, test } from 'vitest'
import { sizeOf } from '../../../src/platform/binary.ts'
import { Outbox, type OutboxPolicy, type Priority, type Queued } from '../../../src/socket/outbox.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange(policy: Partial<OutboxPolicy> = {}) {
  const clock = createVirtualClock()
  const outbox = new Outbox({ maxCount: 3, maxBytes: 100, ttlMs: 60_000, overflow: 'drop-oldest', ...policy }, clock)
  /** In the order in which they were evicted. */
  const evicted: unknown[] = []
  let lastId = 0
  const add = (data: string, priority: Priority = 'normal') => {
    const bytes = sizeOf(data)
    const item = { id: ++lastId, data, bytes, priority, turn: 'later' as const, previous: null, next: null }
    const left = outbox.add({ ...item, isWaiting: false, expiresAt: 0, expiresAtWall: 0 }, true)
    evicted.push(...dataOf(left ?? []))
    return left !== null
  }
  /** In the order of their turns. */
  const taken = () => {
    const all: unknown[] = []
    for (let next = outbox.next(); next; next = outbox.next()) {
      outbox.remove(next)
      all.push(next.data)
    }
    return all
  }
  return { clock, outbox, add, evicted, taken }
}

const dataOf = (items: readonly Queued[]) => items.map(({ data }) => data)

test('keeps the order within a priority, higher ones first', () => {
  const { outbox, add, taken } = arrange({ maxCount: 10 })
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
  expect(outbox.count).toBe(0)
  expect(add('x'.repeat(100), 'low')).toBe(true)
})

test('drop-oldest: when full, the oldest of the lowest priority goes', () => {
  const { add, evicted, taken } = arrange()
  add('low', 'low')
  add('one')
  add('two')
  add('three')
  add('four')
  expect(evicted).toEqual(['low', 'one'])
  expect(taken()).toEqual(['two', 'three', 'four'])
})

test('a message never pushes a more important one out', () => {
  const { add, evicted } = arrange()
  for (const data of ['a', 'b', 'c']) add(data, 'high')
  expect(add('d', 'low')).toBe(false)
  expect(add('e', 'normal')).toBe(false)
  expect(evicted).toEqual([])
})

test('drop-newest keeps what waits, unless that is less important: then its newest goes', () => {
  const { add, evicted, taken } = arrange({ overflow: 'drop-newest' })
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
  expect(evicted).toEqual(['b', 'a'])
  expect(taken()).toEqual(['e', 'c', 'f'])
})

test('reject keeps what waits, however important the new message is', () => {
  const { add, evicted, taken } = arrange({ overflow: 'reject' })
  for (const data of ['a', 'b', 'c']) add(data, 'low')
  expect(add('d', 'high')).toBe(false)
  expect(evicted).toEqual([])
  expect(taken()).toEqual(['a', 'b', 'c'])
})

test('with room for none, none is taken', () => {
  expect(arrange({ maxCount: 0 }).add('a')).toBe(false)
})

test('is bounded by bytes, counted in UTF-8', () => {
  const { outbox, add, evicted } = arrange({ maxBytes: 10 })
  add('€€') // six bytes
  add('abcd')
  expect([outbox.count, evicted]).toEqual([2, []])
  add('e')
  expect(evicted).toEqual(['€€'])
  expect(add('x'.repeat(11))).toBe(false)
})

test('what has waited too long is given up, each at its own time', async () => {
  const { outbox, add, taken, clock } = arrange()
  add('old')
  await clock.advance(59_000)
  add('new', 'high')
  expect(outbox.nextExpiryAt() - clock.now()).toBe(1_000)
  await clock.advance(1_000)
  expect(dataOf(outbox.takeExpired())).toEqual(['old'])
  expect(outbox.nextExpiryAt() - clock.now()).toBe(59_000)
  expect(taken()).toEqual(['new'])
  expect(outbox.nextExpiryAt()).toBe(Number.POSITIVE_INFINITY)
})

test.each([
  ['the monotonic clock alone, as the wall clock was set back', 1_000, -3_600_000],
  ['the wall clock alone, as the machine slept', 0, 1_000],
])('a message has waited too long by %s', async (_by, elapsedMs, wallMs) => {
  const { outbox, add, clock } = arrange({ ttlMs: 1_000 })
  add('old')
  await clock.advance(elapsedMs)
  clock.setWall(clock.wallNow() + wallMs)
  expect(dataOf(outbox.takeExpired())).toEqual(['old'])
})
