import { afterAll, expect, test } from 'vitest'
import { frame, isFull, startVictim } from './victim.ts'

const FRAMES = isFull ? 200_000 : 20_000

const victim = await startVictim()
afterAll(victim.stop)

test('ts:auth_refresh in a loop asks the store a few times, and an honest client is served meanwhile', async () => {
  const mallory = await victim.connectAs('mallory')
  const honest = await victim.connectAs('alice')
  const ticket = await victim.ticketFor('alice')
  const { questions } = await victim.state()
  const one = frame(JSON.stringify({ type: 'ts:auth_refresh', ticket: 'x'.repeat(43) }))
  const hundred = Buffer.concat(Array.from({ length: 100 }, () => one))
  for (let n = 0; n < FRAMES; n += 100) {
    mallory.socket.write(hundred)
    // One at a time, as the server answers them: else most are refused because one is under way.
    if (n % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  mallory.socket.write(frame(JSON.stringify({ type: 'ts:ping', timestamp: 1 })))
  await expect.poll(mallory.answer, { timeout: 15_000, interval: 20 }).toContain('ts:pong')
  // Consuming, for five at once and one in five seconds; the attack takes less than a minute.
  expect((await victim.state()).questions - questions).toBeLessThan(5 + 12 + 5)
  expect(mallory.answer()).toContain('"code":"too_many"')
  honest.socket.write(frame(JSON.stringify({ type: 'ts:auth_refresh', ticket })))
  await expect.poll(honest.answer).toContain('ts:auth_refreshed')
})
