import { expect, test, vi } from 'vitest'
import { withDeadline } from '../../../src/server/deadline.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function arrange() {
  const clock = createVirtualClock()
  const work = { resolve: (_: string) => {}, reject: (_: string) => {} }
  const promise = new Promise<string>((resolve, reject) => Object.assign(work, { resolve, reject }))
  const outcome = vi.fn<(outcome: unknown) => void>()
  withDeadline(clock, 500, promise, () => new Error('late')).then(outcome, outcome)
  return { clock, work, outcome }
}

test('work that takes longer than the deadline is late, on time', async () => {
  const { clock, outcome } = arrange()
  await clock.advance(499)
  expect(outcome).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(outcome).toHaveBeenCalledWith(new Error('late'))
  expect(clock.pending()).toBe(0)
})

test('work that ends in time is what it came to, and leaves no timer', async () => {
  for (const end of ['resolve', 'reject'] as const) {
    const { clock, work, outcome } = arrange()
    await clock.advance(499)
    work[end]('done')
    await clock.settle()
    expect(outcome).toHaveBeenCalledWith('done')
    expect(clock.pending()).toBe(0)
  }
})

test('after the event loop was blocked for longer than the deadline, an answer that waits to be read still counts', async () => {
  const { clock, work, outcome } = arrange()
  await clock.sleep(700)
  expect(outcome).not.toHaveBeenCalled()
  work.resolve('the answer')
  await clock.settle()
  expect(outcome).toHaveBeenCalledWith('the answer')
  expect(clock.pending()).toBe(0)
})

test('and without one the work is late after all, 50 ms later, however often the loop is blocked', async () => {
  const { clock, outcome } = arrange()
  await clock.sleep(700)
  await clock.advance(49)
  expect(outcome).not.toHaveBeenCalled()
  await clock.sleep(700)
  expect(outcome).toHaveBeenCalledWith(new Error('late'))
  expect(clock.pending()).toBe(0)
})
