import { describe, expect, test } from 'vitest'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import {
  type Connection,
  type ConnectionEvent,
  type Env,
  IDLE,
  needs,
  type Policy,
  transition,
} from '../../../src/socket/lifecycle.ts'
import { statusOf } from '../../../src/socket/status.ts'

const policy: Policy = {
  reconnect: { baseDelayMs: 2_000, maxDelayMs: 10_000, maxRetries: 3 },
  openTimeoutMs: 10_000,
  plainConfirmMs: 100,
  settleMs: 5_000,
}

const retryable = new TicketSocketError('server_unavailable', 'later')
const asksToWait = new TicketSocketError('rate_limited', 'later', { retryAfterMs: 60_000 })
const final = new TicketSocketError('unauthenticated', 'no')

/** Everything that can happen to the attempt `id`. */
const eventsOf = (id: number): ConnectionEvent[] => [
  { type: 'connect' },
  { type: 'reconnect' },
  { type: 'close' },
  { type: 'granted', id, method: 'ticket' },
  { type: 'granted', id, method: 'none' },
  { type: 'denied', id, error: retryable },
  { type: 'denied', id, error: asksToWait },
  { type: 'denied', id, error: final },
  { type: 'opened', id, spoken: true },
  { type: 'opened', id, spoken: false },
  { type: 'confirmed', id },
  { type: 'closed', id, verdict: { kind: 'done' } },
  { type: 'closed', id, verdict: { kind: 'refused' } },
  { type: 'closed', id, verdict: { kind: 'stop', code: 'revoked' } },
  { type: 'closed', id, verdict: { kind: 'reconnect', pace: 'now', code: 'session_expired' } },
  { type: 'closed', id, verdict: { kind: 'reconnect', pace: 'spread', code: 'connection_lost' } },
  {
    type: 'closed',
    id,
    verdict: { kind: 'reconnect', pace: 'backoff', code: 'too_many', retryAfterMs: 60_000 },
  },
  { type: 'silent', id },
  { type: 'due' },
  { type: 'online' },
  { type: 'offline' },
  { type: 'shown' },
  { type: 'fenced', signedIn: true },
  { type: 'fenced', signedIn: false },
]

const idOf = (state: Connection) => ('id' in state ? state.id : state.lastId)
const untilOf = (state: Connection) => ('until' in state ? state.until : 'settleAt' in state ? state.settleAt : null)

/** Two moments and two networks for each state: before its deadline and at it, online and offline. */
function envsOf(state: Connection, now: number): Env[] {
  const deadline = untilOf(state) ?? now
  return [now, Math.max(now, deadline)].flatMap((at) =>
    [true, false].map((online) => ({ now: at, chance: 0.5, online })),
  )
}

/** A name for the state that is the same for states which differ only in the counting of attempts and the time. */
function canonical(state: Connection, now: number): string {
  const { lastId: _, lastDialAt, ...rest } = state
  return JSON.stringify({
    ...rest,
    ...('id' in state && { id: 0 }),
    ...('until' in state && { until: state.until - now }),
    ...('settleAt' in state && { settleAt: state.settleAt === null ? null : state.settleAt - now }),
    ...('cause' in state && { cause: state.cause.code }),
    notBefore: Math.max(0, state.notBefore - now),
    gap: now - lastDialAt < 500,
  })
}

interface Reached {
  state: Connection
  now: number
}

function explore() {
  const reached = new Map<string, Reached>([[canonical(IDLE, 0), { state: IDLE, now: 0 }]])
  const steps: { before: Connection; event: ConnectionEvent; env: Env; after: Connection }[] = []
  for (const { state, now } of reached.values()) {
    for (const event of eventsOf(idOf(state))) {
      for (const env of envsOf(state, now)) {
        const after = transition(state, event, env, policy)
        steps.push({ before: state, event, env, after })
        const name = canonical(after, env.now)
        if (!reached.has(name)) reached.set(name, { state: after, now: env.now })
      }
    }
  }
  return { reached: [...reached.values()], steps }
}

const { reached, steps } = explore()
const phases = new Set(reached.map(({ state }) => state.phase))

describe('every reachable state and every event', () => {
  test('reaches all nine phases, and stays finite', () => {
    expect([...phases].sort()).toEqual(
      ['authenticating', 'closed', 'confirming', 'failed', 'idle', 'open', 'opening', 'suspended', 'waiting'].sort(),
    )
    expect(reached.length).toBeGreaterThan(100)
    expect(reached.length).toBeLessThan(5_000)
  })

  test('close always wins, and leaves nothing alive', () => {
    for (const { state, now } of reached) {
      const closed = transition(state, { type: 'close' }, { now, chance: 0.5, online: true }, policy)
      expect(closed).toMatchObject({ phase: 'closed', by: 'app' })
      expect(needs(closed)).toEqual([])
    }
  })

  test('a log-out leaves nothing alive', () => {
    for (const { state, now } of reached) {
      const out = transition(state, { type: 'fenced', signedIn: false }, { now, chance: 0.5, online: true }, policy)
      expect(needs(out)).toEqual([])
    }
  })

  test('idle, closed and failed keep nothing alive; no other phase is without a way out', () => {
    for (const { state } of reached) {
      const isAtRest = ['idle', 'closed', 'failed'].includes(state.phase)
      expect(needs(state).length === 0).toBe(isAtRest)
    }
  })

  test('there is never more than one socket, and never one beside a request for a credential', () => {
    for (const { state } of reached) {
      expect(needs(state).filter(({ kind }) => kind === 'socket' || kind === 'credential').length).toBeLessThan(2)
    }
  })

  test('what an older attempt says changes nothing', () => {
    for (const { state, now } of reached) {
      for (const event of eventsOf(idOf(state) - 1)) {
        if (!('id' in event)) continue
        expect(transition(state, event, { now, chance: 0.5, online: true }, policy)).toBe(state)
      }
    }
  })

  test('nothing is dialled before the moment that a server asked for', () => {
    const dials = steps.filter(({ before, after }) => after.lastId > before.lastId)
    expect(dials.length).toBeGreaterThan(0)
    for (const { before, env } of dials) expect(env.now).toBeGreaterThanOrEqual(before.notBefore)
  })

  test('only connect, reconnect, a log-in, the network, the tab and a wait that is over begin an attempt', () => {
    const causes = new Set(steps.filter(({ before, after }) => after.lastId > before.lastId).map((s) => s.event.type))
    expect([...causes].sort()).toEqual(['connect', 'due', 'fenced', 'online', 'reconnect', 'shown'])
  })

  test('closed by the app stays closed until connect or reconnect', () => {
    for (const { before, event, after } of steps) {
      if (before.phase !== 'closed' || before.by !== 'app') continue
      if (event.type === 'connect' || event.type === 'reconnect') continue
      expect(after).toMatchObject({ phase: 'closed', by: 'app' })
    }
  })

  test('offline, a lost connection is not dialled again by itself', () => {
    for (const { before, event, env, after } of steps) {
      if (env.online || !('id' in before) || !['denied', 'closed', 'silent'].includes(event.type)) continue
      expect(['suspended', 'closed', 'failed', before.phase]).toContain(after.phase)
    }
  })

  test('failures are forgotten when settled, by a new session, and by who asks again after the end', () => {
    for (const { before, event, after } of steps) {
      if (after.streak >= before.streak) continue
      expect(after.streak).toBe(0)
      const asksAgain = event.type === 'connect' || event.type === 'reconnect'
      const isSettled = event.type === 'due' && before.phase === 'open'
      const wasOver = before.phase === 'failed' || before.phase === 'closed'
      expect(event.type === 'fenced' || isSettled || (asksAgain && wasOver)).toBe(true)
    }
  })

  test('a wait is never longer than the cap, unless the server asked for more', () => {
    for (const { before, env, after } of steps) {
      if (after.phase !== 'waiting' || before.phase === 'waiting') continue
      expect(after.until - env.now).toBeGreaterThanOrEqual(0)
      expect(after.until).toBeLessThanOrEqual(Math.max(after.notBefore, env.now + policy.reconnect.maxDelayMs))
    }
  })

  test('with a healthy server each state but those that were ended on purpose comes to open', () => {
    for (const { state, now } of reached) {
      let current = state
      let at = now
      for (let step = 0; step < 12 && current.phase !== 'open'; step++) {
        if (['idle', 'closed', 'failed'].includes(current.phase)) break
        at = Math.max(at, current.phase === 'waiting' ? current.until : at)
        const env = { now: at, chance: 0.5, online: true }
        current = transition(current, healthyAnswer(current), env, policy)
      }
      expect(['open', 'idle', 'closed', 'failed']).toContain(current.phase)
    }
  })
})

function healthyAnswer(state: Connection): ConnectionEvent {
  switch (state.phase) {
    case 'authenticating':
      return { type: 'granted', id: state.id, method: 'ticket' }
    case 'opening':
      return { type: 'opened', id: state.id, spoken: true }
    case 'confirming':
      return { type: 'confirmed', id: state.id }
    case 'suspended':
      return { type: 'online' }
    default:
      return { type: 'due' }
  }
}

function run(events: (ConnectionEvent & { at?: number; chance?: number; online?: boolean })[]): Connection {
  let state = IDLE
  for (const { at = 0, chance = 1, online = true, ...event } of events) {
    state = transition(state, event as ConnectionEvent, { now: at, chance, online }, policy)
  }
  return state
}

describe('the ways that matter', () => {
  const toConfirming: ConnectionEvent[] = [
    { type: 'connect' },
    { type: 'granted', id: 1, method: 'ticket' },
    { type: 'opened', id: 1, spoken: true },
  ]

  test('an opened socket is not open until the server has confirmed', () => {
    expect(run(toConfirming).phase).toBe('confirming')
    expect(run([...toConfirming, { type: 'confirmed', id: 1 }])).toMatchObject({ phase: 'open', accepted: true })
  })

  test('a plain server is open after 100 ms, and accepted when it speaks or when settled', () => {
    const opened: ConnectionEvent[] = [
      { type: 'connect' },
      { type: 'granted', id: 1, method: 'jwt' },
      { type: 'opened', id: 1, spoken: false },
    ]
    const quiet = run([...opened, { type: 'due', at: 100 }])
    expect(quiet).toMatchObject({ phase: 'open', accepted: false })
    expect(run([...opened, { type: 'due', at: 100 }, { type: 'confirmed', id: 1, at: 200 }])).toMatchObject({
      accepted: true,
    })
    expect(run([...opened, { type: 'due', at: 100 }, { type: 'due', at: 5_100 }])).toMatchObject({
      accepted: true,
      settleAt: null,
    })
  })

  test('a server that speaks the protocol but confirms nothing is given up at the deadline', () => {
    expect(run([...toConfirming, { type: 'due', at: 10_000 }])).toMatchObject({ phase: 'waiting', streak: 1 })
  })

  test('waits grow from 2 s to the cap at 10 s, and end after maxRetries', () => {
    const waits: number[] = []
    let state = transition(IDLE, { type: 'connect' }, { now: 0, chance: 1, online: true }, policy)
    for (let now = 0; state.phase !== 'failed'; ) {
      const event: ConnectionEvent = { type: 'denied', id: state.lastId, error: retryable }
      state = transition(state, event, { now, chance: 1, online: true }, policy)
      if (state.phase !== 'waiting') break
      waits.push(state.until - now)
      now = state.until
      state = transition(state, { type: 'due' }, { now, chance: 1, online: true }, policy)
    }
    expect(waits).toEqual([2_000, 4_000, 8_000])
    expect(state).toMatchObject({ phase: 'failed', cause: { code: 'retries_exhausted', cause: retryable } })
  })

  test('an expired session is renewed at once, but not again and again', () => {
    const expired = { kind: 'reconnect', pace: 'now', code: 'session_expired' } as const
    const first = run([
      ...toConfirming,
      { type: 'confirmed', id: 1 },
      { type: 'closed', id: 1, verdict: expired, at: 9 },
    ])
    expect(first).toMatchObject({ phase: 'waiting', until: 9 })
    const dialled = transition(first, { type: 'due' }, { now: 9, chance: 1, online: true }, policy)
    const granted = transition(
      dialled,
      { type: 'granted', id: 2, method: 'ticket' },
      { now: 9, chance: 1, online: true },
      policy,
    )
    const again = transition(
      granted,
      { type: 'closed', id: 2, verdict: expired },
      { now: 9, chance: 1, online: true },
      policy,
    )
    expect(again).toMatchObject({ phase: 'waiting', until: 9 + 4_000 })
  })

  test('a refused connection without a credential fails: there is nothing to renew', () => {
    const state = run([
      { type: 'connect' },
      { type: 'granted', id: 1, method: 'none' },
      { type: 'closed', id: 1, verdict: { kind: 'refused' } },
    ])
    expect(state).toMatchObject({ phase: 'failed', cause: { code: 'unauthenticated' } })
  })

  test('offline stops a wait; online dials, but not at every flap', () => {
    const lostAt: (ConnectionEvent & { at: number })[] = [
      { type: 'connect', at: 0 },
      { type: 'denied', id: 1, error: retryable, at: 100 },
      { type: 'offline', at: 150 },
    ]
    expect(run(lostAt).phase).toBe('suspended')
    expect(run([...lostAt, { type: 'online', at: 200 }])).toMatchObject({ phase: 'waiting', until: 500 })
    expect(run([...lostAt, { type: 'online', at: 600 }]).phase).toBe('authenticating')
  })

  test('the next log-in connects what a log-out closed or a refusal ended', () => {
    const closed = run([...toConfirming, { type: 'fenced', signedIn: false }])
    expect(closed).toMatchObject({ phase: 'closed', by: 'logout' })
    const again = transition(closed, { type: 'fenced', signedIn: true }, { now: 1, chance: 0, online: true }, policy)
    expect(again.phase).toBe('authenticating')
  })

  test('a timer that comes early changes nothing', () => {
    const state = run(toConfirming)
    expect(transition(state, { type: 'due' }, { now: 9_999, chance: 0, online: true }, policy)).toBe(state)
  })
})

test('every phase has a public status', () => {
  const pairs = Object.fromEntries(
    reached.map(({ state }) => [`${state.phase}${state.streak ? '+' : ''}`, statusOf(state)]),
  )
  expect(pairs).toMatchObject({
    idle: 'idle',
    authenticating: 'connecting',
    'authenticating+': 'reconnecting',
    opening: 'connecting',
    confirming: 'connecting',
    open: 'open',
    'waiting+': 'reconnecting',
    'suspended+': 'offline',
    closed: 'closed',
    failed: 'failed',
  })
})
