import { expect, test } from 'vitest'
import { createOutbox, type DropReason, type OutboxPolicy, type Queued } from '../../../src/socket/outbox.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange(policy: Partial<OutboxPolicy> = {}) {
  const clock = createVirtualClock()
  const dropped: [unknown, DropReason][] = []
  const outbox = createOutbox({
    maxCount: 3,
    maxBytes: 100,
    ttlMs: 60_000,
    overflow: 'drop-oldest',
    ...policy,
    clock,
    onDropped: ({ data }: Queued, reason) => dropped.push([data, reason]),
  })
  const flushed = (limit = Number.POSITIVE_INFINITY) => {
    const sent: unknown[] = []
    outbox.flush(({ data }) => sent.length < limit && sent.push(data) > 0)
    return sent
  }
  return { clock, outbox, dropped, flushed }
}

test('keeps the order within a priority, higher ones first', () => {
  const { outbox, flushed } = arrange({ maxCount: 10 })
  for (const [data, priority] of [
    ['a', 'low'],
    ['b', 'normal'],
    ['c', 'high'],
    ['d', 'normal'],
    ['e', 'high'],
  ] as const) {
    outbox.add(data, priority)
  }
  expect(flushed()).toEqual(['c', 'e', 'b', 'd', 'a'])
  expect([outbox.count(), outbox.bytes()]).toEqual([0, 0])
})

test('when full, the oldest of the lowest priority goes, and is reported', () => {
  const { outbox, dropped, flushed } = arrange()
  outbox.add('low', 'low')
  outbox.add('one')
  outbox.add('two')
  outbox.add('three')
  outbox.add('four')
  expect(dropped).toEqual([
    ['low', 'overflow'],
    ['one', 'overflow'],
  ])
  expect(flushed()).toEqual(['two', 'three', 'four'])
})

test('a message never pushes a more important one out', () => {
  const { outbox, dropped } = arrange()
  for (const data of ['a', 'b', 'c']) outbox.add(data, 'high')
  expect(outbox.add('d', 'low')).toBeNull()
  expect(outbox.add('e', 'normal')).toBeNull()
  expect(dropped).toEqual([])
})

test('drop-newest keeps what waits', () => {
  const { outbox, flushed } = arrange({ overflow: 'drop-newest' })
  for (const data of ['a', 'b', 'c', 'd']) outbox.add(data)
  expect(flushed()).toEqual(['a', 'b', 'c'])
})

test('is bounded by bytes, counted in UTF-8', () => {
  const { outbox, dropped } = arrange({ maxBytes: 10 })
  outbox.add('€€') // six bytes
  outbox.add('abcd')
  expect(outbox.bytes()).toBe(10)
  outbox.add('e')
  expect(dropped).toEqual([['€€', 'overflow']])
  expect(outbox.add('x'.repeat(11))).toBeNull()
})

test('what waited too long is reported instead of sent', async () => {
  const { outbox, dropped, flushed, clock } = arrange()
  outbox.add('old')
  await clock.advance(59_000)
  outbox.add('new')
  await clock.advance(1_000)
  expect(flushed()).toEqual(['new'])
  expect(dropped).toEqual([['old', 'expired']])
})

test('a flush that is cut short leaves the rest in order', () => {
  const { outbox, flushed } = arrange()
  for (const data of ['a', 'b', 'c']) outbox.add(data)
  expect(flushed(1)).toEqual(['a'])
  expect(flushed()).toEqual(['b', 'c'])
})
