import { expect, onTestFinished, test } from 'vitest'
import { arrange } from '../support/arrange.ts'

/** Counts turns of the loop, by tasks that nothing holds back, until the test ends. */
function countTurns(): () => number {
  let turns = 0
  const { port1, port2 } = new MessageChannel()
  // Node delivers a thousand messages in one turn.
  const nextTurn = typeof setImmediate === 'function' ? () => setImmediate(count) : () => port2.postMessage(null)
  let isOn = true
  function count() {
    turns++
    if (isOn) nextTurn()
  }
  port1.onmessage = count
  nextTurn()
  onTestFinished(() => {
    isOn = false
    port1.close()
  })
  return () => turns
}

/** Nested timers, which a browser holds back for 4 ms each, would let hundreds go by. */
const MOST_TURNS = 30

test('the manual clock takes some turns of the loop for a message, and waits for no timer of the browser', async () => {
  const page = arrange()
  const received: unknown[] = []
  page.backend.onMessage('chat', ({ n }) => void received.push(n))
  await page.connect()
  const turns = countTurns()
  const counts: number[] = []
  for (let n = 0; n < 200; n++) {
    const before = turns()
    page.socket.send({ type: 'chat', n })
    await page.clock.advance(0)
    counts.push(turns() - before)
    expect(received).toHaveLength(n + 1)
  }
  expect(counts.toSorted((a, b) => a - b)[100]).toBeLessThan(MOST_TURNS)
})

test('a ticket request is answered within one advance, though a browser reads bodies on another thread', async () => {
  const page = arrange({ auth: { ticket: { metadata: { of: 'x'.repeat(500) } } } })
  page.socket.connect()
  await page.clock.advance(1_000)
  expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  for (let round = 0; round < 20; round++) {
    page.backend.dropConnections()
    await page.clock.advance(30_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  }
})
