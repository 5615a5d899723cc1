import { expect, test, vi } from 'vitest'
import { askWithin } from '../../../../src/server/redis/ask.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const UNAVAILABLE = { name: 'TicketSocketError', code: 'store_unavailable' }

test('what a client throws at once is an error of ours, as what it rejects with', async () => {
  const clock = createVirtualClock()
  const commands: (() => Promise<unknown>)[] = [
    () => {
      throw new Error('The client is closed')
    },
    () => Promise.reject(new Error('The client is closed')),
  ]
  for (const command of commands) {
    const undo = vi.fn()
    await expect(askWithin(clock, 500, command, undo)).rejects.toMatchObject(UNAVAILABLE)
    await clock.settle()
    expect(undo).toHaveBeenCalledOnce()
  }
})

test('a command whose answer is late is undone when it has come to its end, and no other', async () => {
  const clock = createVirtualClock()
  const undo = vi.fn()
  expect(await askWithin(clock, 500, async () => 'OK', undo)).toBe('OK')
  let answer = (_: string) => {}
  const late = askWithin(clock, 500, () => new Promise((resolve) => (answer = resolve)), undo).catch((error) => error)
  await clock.advance(500)
  expect(await late).toMatchObject(UNAVAILABLE)
  expect(undo).not.toHaveBeenCalled()
  answer('OK')
  await clock.settle()
  expect(undo).toHaveBeenCalledOnce()
})
