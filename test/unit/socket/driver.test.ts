import { expect, test } from 'vitest'
import type { ConnectionEvent, Effect } from '../../../src/socket/connection.ts'
import { Driver } from '../../../src/socket/driver.ts'

const policy = {
  reconnect: { baseDelayMs: 2_000, maxDelayMs: 10_000, multiplier: 2, maxRetries: 3 },
  breaker: { failureThreshold: 20, resetMs: 15_000 },
  openTimeoutMs: 10_000,
  plainOpenDelayMs: 100,
  settleMs: 5_000,
}

function arrange() {
  const log: string[] = []
  const ends = new Map<string, () => void>()
  const time = { now: 0 }
  const driver = new Driver({
    policy,
    env: () => ({ now: time.now, random: 0, online: true }),
    start(effect: Effect, ended) {
      log.push(`start ${effect.key}`)
      ends.set(effect.key, ended)
      return () => log.push(`stop ${effect.key}`)
    },
    onTransition: (now) => log.push(now.phase),
  })
  const run = (...events: ConnectionEvent[]) => {
    log.length = 0
    for (const event of events) driver.dispatch(event)
    return log
  }
  return { driver, run, time, ends, log }
}

const toOpen: ConnectionEvent[] = [
  { type: 'connect' },
  { type: 'granted', id: 1, method: 'ticket' },
  { type: 'opened', id: 1, negotiated: true },
  { type: 'confirmed', id: 1 },
]

test('starts what is new before it stops what is gone', () => {
  const { run } = arrange()
  run({ type: 'connect' })
  expect(run({ type: 'granted', id: 1, method: 'ticket' })).toEqual([
    'start socket#1',
    'start timer@10000',
    'stop credential#1',
    'opening',
  ])
})

test('keeps what goes on being needed', () => {
  const { run } = arrange()
  run(...toOpen.slice(0, 2))
  expect(run({ type: 'opened', id: 1, negotiated: true })).toEqual(['confirming'])
})

test('close stops everything', () => {
  const { run } = arrange()
  run(...toOpen)
  expect(
    run({ type: 'close' })
      .filter((line) => line.startsWith('stop'))
      .sort(),
  ).toEqual(['stop heartbeat#1', 'stop prefetch@0', 'stop signals', 'stop socket#1', 'stop timer@5000'])
})

test('a timer that has fired is begun again when the next phase waits for the same moment', () => {
  const { run, time, ends } = arrange()
  run(...toOpen)
  time.now = 5_000
  ends.get('timer@5000')?.()
  run({ type: 'due' }, { type: 'going_away', id: 1, withinMs: 0 })
  ends.get('timer@5000')?.()
  expect(run({ type: 'due' })).toContain('start timer@5000')
})

test('an event from within a callback waits for its turn', () => {
  const phases: string[] = []
  const driver = new Driver({
    policy,
    env: () => ({ now: 0, random: 0, online: true }),
    start: () => () => {},
    onTransition(now) {
      phases.push(now.phase)
      if (now.phase === 'authenticating') {
        driver.dispatch({ type: 'close' })
        phases.push('after dispatch')
      }
    },
  })
  driver.dispatch({ type: 'connect' })
  expect(phases).toEqual(['authenticating', 'after dispatch', 'closed'])
})

test('whatever a callback throws, the next event is handled', () => {
  let calls = 0
  const driver = new Driver({
    policy,
    env: () => ({ now: 0, random: 0, online: true }),
    start: () => () => {},
    onTransition() {
      if (++calls === 1) throw new Error('a bug')
    },
  })
  expect(() => driver.dispatch({ type: 'connect' })).toThrow('a bug')
  driver.dispatch({ type: 'close' })
  expect(driver.state.phase).toBe('closed')
})
