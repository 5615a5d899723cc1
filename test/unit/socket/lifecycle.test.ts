import { describe, expect, test } from 'vitest'
import { type Connection, type ConnectionEvent, effectsOf, IDLE, type Policy } from '../../../src/socket/connection.ts'
import { spacingAfter } from '../../../src/socket/held-dials.ts'
import { transition } from '../../../src/socket/lifecycle.ts'
import { type Breaker, breakerOf, statusOf } from '../../../src/socket/snapshot.ts'
import { closedWith, eventsOf, explore, idOf, policy, retryable } from '../../support/explore-lifecycle.ts'

const { reached, steps } = explore()
const phases = new Set(reached.map(({ state }) => state.phase))

describe('every reachable state and every event', () => {
  test('reaches all nine phases, and stays finite', () => {
    expect([...phases].sort()).toEqual(
      ['authenticating', 'closed', 'confirming', 'failed', 'idle', 'open', 'opening', 'suspended', 'waiting'].sort(),
    )
    expect(reached.length).toBeGreaterThan(100)
    expect(reached.length).toBeLessThan(9_000)
  })

  test('close always wins, and leaves nothing alive', () => {
    for (const { state, now } of reached) {
      const closed = transition(state, { type: 'close' }, { now, random: 0.5, online: true }, policy)
      expect(closed).toMatchObject({ phase: 'closed', by: 'app' })
      expect(effectsOf(closed)).toEqual([])
    }
  })

  test('a log-out leaves nothing alive', () => {
    for (const { state, now } of reached) {
      const out = transition(
        state,
        { type: 'session_changed', signedIn: false },
        { now, random: 0.5, online: true },
        policy,
      )
      expect(effectsOf(out)).toEqual([])
    }
  })

  test('idle, closed and failed keep nothing alive; no other phase is without a way out', () => {
    for (const { state } of reached) {
      const isAtRest = ['idle', 'closed', 'failed'].includes(state.phase)
      expect(effectsOf(state).length === 0).toBe(isAtRest)
    }
  })

  test('there is never more than one socket, and never one beside a request for a credential', () => {
    for (const { state } of reached) {
      expect(effectsOf(state).filter(({ kind }) => kind === 'socket' || kind === 'credential').length).toBeLessThan(2)
    }
  })

  test('what an older attempt says changes nothing', () => {
    for (const { state, now } of reached) {
      for (const event of eventsOf(idOf(state) - 1)) {
        if (!('id' in event)) continue
        expect(transition(state, event, { now, random: 0.5, online: true }, policy)).toBe(state)
      }
    }
  })

  test('nothing is dialled before the moment that a server asked for', () => {
    const dials = steps.filter(({ before, after }) => after.lastId > before.lastId)
    expect(dials.length).toBeGreaterThan(0)
    for (const { before, env } of dials) expect(env.now).toBeGreaterThanOrEqual(before.notBefore)
  })

  test('only connect, reconnect, a log-in, the network, the tab, reversion and a wait that is over begin an attempt', () => {
    const causes = new Set(steps.filter(({ before, after }) => after.lastId > before.lastId).map((s) => s.event.type))
    expect([...causes].sort()).toEqual([
      'connect',
      'due',
      'online',
      'reconnect',
      'reverted',
      'session_changed',
      'shown',
    ])
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
      if (after.failures.attempts >= before.failures.attempts) continue
      expect(after.failures.attempts).toBe(0)
      const asksAgain = event.type === 'connect' || event.type === 'reconnect'
      const isSettled = event.type === 'due' && before.phase === 'open'
      const wasOver = before.phase === 'failed' || before.phase === 'closed'
      expect(event.type === 'session_changed' || isSettled || (asksAgain && wasOver)).toBe(true)
    }
  })

  test('a wait is never longer than the cap, unless the server asked for more or the browser holds dials back', () => {
    for (const { before, env, after } of steps) {
      if (after.phase !== 'waiting' || before.phase === 'waiting') continue
      expect(after.until - env.now).toBeGreaterThanOrEqual(0)
      // Clients that received the same moment spread over a fifth of the wait.
      const hinted = env.now + 1.2 * (after.notBefore - env.now)
      const cap = env.now + Math.max(policy.reconnect.maxDelayMs, spacingAfter(after.refusals))
      expect(after.until).toBeLessThanOrEqual(Math.max(after.notBefore, hinted, cap))
    }
  })

  test('with a healthy server each state but those that were ended on purpose comes to open', () => {
    for (const { state, now } of reached) {
      let current = state
      let at = now
      for (let step = 0; step < 12 && current.phase !== 'open'; step++) {
        if (['idle', 'closed', 'failed'].includes(current.phase)) break
        at = Math.max(at, current.phase === 'waiting' ? current.until : at)
        const env = { now: at, random: 0.5, online: true }
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
      return { type: 'opened', id: state.id, negotiated: true }
    case 'confirming':
      return { type: 'confirmed', id: state.id }
    case 'suspended':
      return { type: 'online' }
    default:
      return { type: 'due' }
  }
}

function run(events: (ConnectionEvent & { at?: number; random?: number; online?: boolean })[]): Connection {
  let state = IDLE
  for (const { at = 0, random = 1, online = true, ...event } of events) {
    state = transition(state, event as ConnectionEvent, { now: at, random, online }, policy)
  }
  return state
}

describe('the ways that matter', () => {
  const toConfirming: ConnectionEvent[] = [
    { type: 'connect' },
    { type: 'granted', id: 1, method: 'ticket' },
    { type: 'opened', id: 1, negotiated: true },
  ]

  test('an opened socket is not open until the server has confirmed', () => {
    expect(run(toConfirming).phase).toBe('confirming')
    expect(run([...toConfirming, { type: 'confirmed', id: 1 }])).toMatchObject({ phase: 'open', accepted: true })
  })

  test('a plain server is open after 100 ms, and accepted when it speaks or when settled', () => {
    const opened: ConnectionEvent[] = [
      { type: 'connect' },
      { type: 'granted', id: 1, method: 'jwt' },
      { type: 'opened', id: 1, negotiated: false },
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

  test('PR-02: an error frame of a plain server puts the opening off, once, and is kept', () => {
    const frame = { kind: 'messages' as const, messages: [{ type: 'error' }] }
    const held = (n: number) => ({ frame, data: `${n}`, text: `${n}` })
    const opened = run([
      { type: 'connect' },
      { type: 'granted', id: 1, method: 'ticket' },
      { type: 'opened', id: 1, negotiated: false },
      { type: 'error_frame', id: 1, held: held(1), at: 50 },
      { type: 'error_frame', id: 1, held: held(2), at: 800 },
    ])
    expect(opened).toMatchObject({ phase: 'confirming', until: 1_050, held: [held(1), held(2)] })
    const at = (now: number) => ({ now, random: 0, online: true })
    expect(transition(opened, { type: 'due' }, at(1_049), policy)).toBe(opened)
    expect(transition(opened, { type: 'due' }, at(1_050), policy)).toMatchObject({ phase: 'open', accepted: false })
    expect(transition(opened, { type: 'confirmed', id: 1 }, at(900), policy)).toMatchObject({ accepted: true })
    const patient = { ...policy, plainOpenDelayMs: 5_000 }
    const confirming: Connection = { ...opened, phase: 'confirming', until: 5_000, held: [] } as never
    expect(transition(confirming, { type: 'error_frame', id: 1, held: held(1) }, at(50), patient)).toMatchObject({
      until: 5_000,
    })
  })

  describe('PR-65: sessions that the server ends by refusing their credential', () => {
    const refusal = closedWith(1, { kind: 'refused' })
    const env = (now: number) => ({ now, random: 0, online: true })
    const open = (sessionsRefused: number, settled = false): Connection => {
      const opened = run([...toConfirming, { type: 'confirmed', id: 1 }])
      return {
        ...opened,
        failures: { ...opened.failures, sessions: sessionsRefused },
        ...(settled && { settleAt: null }),
      } as Connection
    }

    test('are opened again twice, and not a third time', () => {
      expect(transition(open(0), refusal, env(1), policy)).toMatchObject({
        phase: 'waiting',
        failures: { sessions: 1 },
      })
      expect(transition(open(1), refusal, env(1), policy)).toMatchObject({
        phase: 'waiting',
        failures: { sessions: 2 },
      })
      expect(transition(open(2), refusal, env(1), policy)).toMatchObject({
        phase: 'failed',
        cause: { code: 'unauthenticated' },
        closeDetails: { code: 4000 },
      })
    })

    test('are forgotten when one has been open for five seconds, by a sign-in, and by connect() after the end', () => {
      expect(transition(open(2), { type: 'due' }, env(5_000), policy)).toMatchObject({ failures: { sessions: 0 } })
      expect(transition(open(2, true), refusal, env(9_000), policy)).toMatchObject({ failures: { sessions: 0 } })
      expect(transition(open(2), { type: 'session_changed', signedIn: true }, env(1), policy)).toMatchObject({
        failures: { sessions: 0 },
      })
      const failed = transition(open(2), refusal, env(1), policy)
      expect(transition(failed, { type: 'connect' }, env(2), policy)).toMatchObject({ failures: { sessions: 0 } })
    })

    test('are not forgotten by a dial that is lost between them', () => {
      const lost = transition(
        open(2),
        closedWith(1, { kind: 'reconnect', pace: 'backoff', code: 'connection_lost' }),
        env(1),
        policy,
      )
      expect(lost).toMatchObject({ failures: { sessions: 2 } })
    })

    test('a plain connection that has accepted nothing yet is a refused credential', () => {
      const unaccepted = { ...open(2), accepted: false } as Connection
      expect(transition(unaccepted, refusal, env(1), policy)).toMatchObject({
        phase: 'waiting',
        failures: { sessions: 2 },
        cause: { code: 'ticket_rejected' },
      })
    })
  })

  test('a server that speaks the protocol but confirms nothing is given up at the deadline', () => {
    expect(run([...toConfirming, { type: 'due', at: 10_000 }])).toMatchObject({
      phase: 'waiting',
      failures: { attempts: 1 },
    })
  })

  test('waits grow from 2 s to the cap at 10 s, and end after maxRetries', () => {
    const waits: number[] = []
    let state = transition(IDLE, { type: 'connect' }, { now: 0, random: 1, online: true }, policy)
    for (let now = 0; state.phase !== 'failed'; ) {
      const event: ConnectionEvent = { type: 'denied', id: state.lastId, error: retryable }
      state = transition(state, event, { now, random: 1, online: true }, policy)
      if (state.phase !== 'waiting') break
      waits.push(state.until - now)
      now = state.until
      state = transition(state, { type: 'due' }, { now, random: 1, online: true }, policy)
    }
    expect(waits).toEqual([2_000, 4_000, 8_000])
    expect(state).toMatchObject({ phase: 'failed', cause: { code: 'retries_exhausted', cause: retryable } })
  })

  test('an expired session is renewed at once, but not again and again', () => {
    const expired = { kind: 'reconnect', pace: 'now', code: 'session_expired' } as const
    const first = run([...toConfirming, { type: 'confirmed', id: 1 }, { ...closedWith(1, expired), at: 9 }])
    expect(first).toMatchObject({ phase: 'waiting', until: 9 })
    const dialled = transition(first, { type: 'due' }, { now: 9, random: 1, online: true }, policy)
    const granted = transition(
      dialled,
      { type: 'granted', id: 2, method: 'ticket' },
      { now: 9, random: 1, online: true },
      policy,
    )
    const again = transition(granted, closedWith(2, expired), { now: 9, random: 1, online: true }, policy)
    expect(again).toMatchObject({ phase: 'waiting', until: 9 + 4_000 })
  })

  describe('a refusal after which another credential is offered', () => {
    const refusal = (id: number) => closedWith(id, { kind: 'refused' }, 'redial')
    /** So many refusals one after the other, each at its own millisecond. */
    function refused(times: number, impatient: Policy = policy): Connection {
      let state = transition(IDLE, { type: 'connect' }, { now: 0, random: 1, online: true }, impatient)
      for (let now = 1; now <= times; now++) {
        const env = { now, random: 1, online: true }
        const id = state.lastId
        state = transition(state, { type: 'granted', id, method: 'ticket' }, env, impatient)
        state = transition(state, refusal(id), env, impatient)
        if (now < times) state = transition(state, { type: 'due' }, env, impatient)
      }
      return state
    }

    test('is dialled after at once, and is no lost attempt', () => {
      expect(refused(1)).toMatchObject({
        phase: 'waiting',
        until: 1,
        failures: { attempts: 0 },
        cause: { code: 'ticket_rejected' },
      })
      expect(statusOf(refused(1))).toBe('connecting')
    })

    test('three times in a row at most, whatever the advice: the fourth is a lost attempt', () => {
      expect(refused(3)).toMatchObject({ phase: 'waiting', until: 3, failures: { attempts: 0 } })
      expect(refused(4)).toMatchObject({ phase: 'waiting', until: 4 + 2_000, failures: { attempts: 1, redials: 0 } })
    })

    test('uses up none of the app’s retries', () => {
      const once = { ...policy, reconnect: { ...policy.reconnect, maxRetries: 0 } }
      expect(refused(3, once)).toMatchObject({ phase: 'waiting', until: 3 })
      expect(refused(4, once).phase).toBe('failed')
    })

    test('is not dialled after before the moment that a server asked for, nor offline', () => {
      const state = run([
        { type: 'connect' },
        { type: 'granted', id: 1, method: 'ticket' },
        { type: 'closed', id: 1, ...refusalOf('too_many', 60_000) },
        { type: 'due', at: 72_000 },
        { type: 'granted', id: 2, method: 'ticket', at: 72_000 },
        { ...refusal(2), at: 72_000, online: false },
      ])
      expect(state).toMatchObject({ phase: 'suspended', failures: { redials: 1, attempts: 1 } })
    })

    test('restarts when a connection has settled', () => {
      const open = [
        { type: 'connect' as const },
        { type: 'granted' as const, id: 1, method: 'ticket' as const },
        refusal(1),
        { type: 'due' as const },
        { type: 'granted' as const, id: 2, method: 'ticket' as const },
        { type: 'opened' as const, id: 2, negotiated: true },
        { type: 'confirmed' as const, id: 2 },
      ]
      expect(run(open)).toMatchObject({ phase: 'open', failures: { redials: 1 } })
      expect(run([...open, { type: 'due', at: 5_000 }])).toMatchObject({ phase: 'open', failures: { redials: 0 } })
    })
  })

  test('a refused connection without a credential fails: there is nothing to renew', () => {
    const state = run([
      { type: 'connect' },
      { type: 'granted', id: 1, method: 'none' },
      closedWith(1, { kind: 'refused' }),
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
    const closed = run([...toConfirming, { type: 'session_changed', signedIn: false }])
    expect(closed).toMatchObject({ phase: 'closed', by: 'logout' })
    const again = transition(
      closed,
      { type: 'session_changed', signedIn: true },
      { now: 1, random: 0, online: true },
      policy,
    )
    expect(again.phase).toBe('authenticating')
  })

  describe('the breaker', () => {
    type Changes = Partial<Policy['reconnect'] & Policy['breaker']>
    const patientPolicy = ({ failureThreshold = 20, resetMs = 15_000, ...reconnect }: Changes): Policy => ({
      ...policy,
      reconnect: { ...policy.reconnect, maxRetries: Number.POSITIVE_INFINITY, ...reconnect },
      breaker: { failureThreshold, resetMs },
    })

    /** The waits of so many attempts that are lost in a row, and what the breaker is in each. */
    function lose(times: number, changes: Changes = {}) {
      const patient = patientPolicy(changes)
      const waits: number[] = []
      const readings: Breaker[] = []
      let state = transition(IDLE, { type: 'connect' }, { now: 0, random: 0.5, online: true }, patient)
      for (let now = 0; waits.length < times; ) {
        const env = { now, random: 0.5, online: true }
        state = transition(state, { type: 'denied', id: state.lastId, error: retryable }, env, patient)
        if (state.phase !== 'waiting') break
        waits.push(state.until - now)
        readings.push(breakerOf(state, patient.breaker))
        now = state.until
        state = transition(state, { type: 'due' }, { ...env, now }, patient)
      }
      return { waits, readings, state }
    }

    test('twenty lost in a row: from then on one probe every 15 to 30 s', () => {
      const { waits } = lose(22)
      expect(Math.max(...waits.slice(0, 19))).toBe(5_000)
      expect(waits.slice(19)).toEqual([22_500, 22_500, 22_500])
    })

    test('failureThreshold and resetMs say after how many, and how long', () => {
      expect(lose(4, { failureThreshold: 3, resetMs: 60_000 })).toMatchObject({
        waits: [1_000, 2_000, 90_000, 90_000],
        readings: ['closed', 'closed', 'open', 'open'],
      })
    })

    test('a threshold of Infinity switches it off', () => {
      const { waits, readings } = lose(60, { failureThreshold: Number.POSITIVE_INFINITY })
      expect(Math.max(...waits)).toBe(5_000)
      expect(new Set(readings)).toEqual(new Set(['closed']))
    })

    test('a backoff that is longer than its wait is kept', () => {
      const { waits } = lose(5, { maxDelayMs: 600_000, multiplier: 10, failureThreshold: 3 })
      expect(waits).toEqual([1_000, 10_000, 100_000, 300_000, 300_000])
    })

    test('the network that is back cuts its wait to resetMs after the last attempt', () => {
      const changes = { failureThreshold: 2, resetMs: 60_000 }
      const { state } = lose(2, changes)
      const back = { now: state.lastDialAt + 30_000, random: 0.5, online: true }
      const lost = transition(
        state,
        { type: 'denied', id: state.lastId, error: retryable },
        back,
        patientPolicy(changes),
      )
      expect(transition(lost, { type: 'online' }, back, patientPolicy(changes))).toMatchObject({
        phase: 'waiting',
        until: state.lastDialAt + 60_000,
      })
    })

    test('a session that ran out is opened again at once, also with a threshold of one', () => {
      const strict = patientPolicy({ failureThreshold: 1 })
      const expired = closedWith(1, { kind: 'reconnect', pace: 'now', code: 'session_expired' })
      const open = run([...toConfirming, { type: 'confirmed', id: 1 }])
      const env = { now: 60_000, random: 0.5, online: true }
      expect(transition(open, expired, env, strict)).toMatchObject({ phase: 'waiting', until: 60_000 })
    })
  })

  describe('renewal', () => {
    const openFor = (expiresInMs: number) => run([...toConfirming, { type: 'confirmed', id: 1, expiresInMs }])
    const at = (now: number) => ({ now, random: 0, online: true })
    const askingAt = (now: number, state: Connection) => transition(state, { type: 'due' }, at(now), policy)

    test('is asked for a minute before the end at the earliest, and never for what does not end', () => {
      expect(openFor(3_600_000)).toMatchObject({ renewal: { kind: 'later', at: 3_540_000, endsAt: 3_600_000 } })
      expect(openFor(20_000)).toMatchObject({ renewal: { kind: 'later', at: 15_000 } })
      expect(openFor(5_000)).toMatchObject({ renewal: { kind: 'none' } })
      expect(run([...toConfirming, { type: 'confirmed', id: 1 }])).toMatchObject({ renewal: { kind: 'none' } })
    })

    test('extends the session, and is asked for again before the new end', () => {
      const asking = askingAt(3_540_000, openFor(3_600_000))
      expect(effectsOf(asking).map(({ kind }) => kind)).toContain('renewal')
      const renewed = transition(asking, { type: 'renewed', id: 1, expiresInMs: 3_600_000 }, at(3_541_000), policy)
      expect(renewed).toMatchObject({ phase: 'open', renewal: { kind: 'later', endsAt: 7_141_000 } })
      expect(effectsOf(renewed).map(({ kind }) => kind)).not.toContain('renewal')
    })

    test('is not asked for again when it gained nothing, was refused, or was not answered', () => {
      const asking = askingAt(3_540_000, openFor(3_600_000))
      for (const event of [
        { type: 'renewed', id: 1, expiresInMs: 60_000 },
        { type: 'not_renewed', id: 1 },
      ] as const) {
        expect(transition(asking, event, at(3_540_000), policy)).toMatchObject({ renewal: { kind: 'none' } })
      }
      expect(askingAt(3_570_000, asking)).toMatchObject({ phase: 'open', renewal: { kind: 'none' } })
    })
  })

  test('a server that goes away is left at a random moment of its window, and the next dial is at once', () => {
    const open = run([...toConfirming, { type: 'confirmed', id: 1 }])
    const env = { now: 6_000, random: 0.25, online: true }
    const settled = transition(open, { type: 'due' }, env, policy)
    const leaving = transition(settled, { type: 'going_away', id: 1, withinMs: 8_000 }, env, policy)
    expect(leaving).toMatchObject({ phase: 'open', leaveAt: 8_000 })
    const left = transition(leaving, { type: 'due' }, { ...env, now: 8_000 }, policy)
    expect(left).toMatchObject({ phase: 'waiting', until: 8_000, cause: { code: 'going_away' } })
  })

  test('two deadlines of one moment are both met', () => {
    const open = run([...toConfirming, { type: 'confirmed', id: 1, expiresInMs: 10_000 }])
    if (open.phase !== 'open' || open.renewal.kind !== 'later') return expect.unreachable()
    const both: Connection = { ...open, settleAt: 7_500, renewal: { ...open.renewal, at: 7_500 } }
    expect(effectsOf(both).filter(({ kind }) => kind === 'timer')).toHaveLength(1)
    const met = transition(both, { type: 'due' }, { now: 7_500, random: 0, online: true }, policy)
    expect(met).toMatchObject({ settleAt: null, renewal: { kind: 'asking' } })
  })

  test('a timer that comes early changes nothing', () => {
    const state = run(toConfirming)
    expect(transition(state, { type: 'due' }, { now: 9_999, random: 0, online: true }, policy)).toBe(state)
  })
})

const refusalOf = (code: 'too_many', retryAfterMs: number) => ({
  verdict: { kind: 'reconnect', pace: 'backoff', code, retryAfterMs } as const,
  closeDetails: null,
})

test('every phase has a public status', () => {
  const pairs = Object.fromEntries(
    reached.map(({ state }) => [`${state.phase}${state.failures.attempts ? '+' : ''}`, statusOf(state)]),
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
