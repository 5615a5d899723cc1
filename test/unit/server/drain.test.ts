import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/contract/wire.ts'
import { arrangeSessions } from './arrange-sessions.ts'

type Opened = ReturnType<ReturnType<typeof arrangeSessions>['open']>

const plain = { subprotocol: undefined }
const announcementsTo = ({ wire }: Opened) =>
  wire.sent.filter((frame): frame is Message => (frame as Message).type === 'ts:going_away')
const isAsked = (opened: Opened) => announcementsTo(opened).length > 0

function arrange(count: number, isPlain = false) {
  const it = arrangeSessions({ maxConnectionsPerUser: 10_000 })
  const all = Array.from({ length: count }, () => it.open(isPlain ? plain : {}))
  /** Whether the drain is over. */
  const drain = (windowMs: number) => {
    const outcome = { isOver: false }
    void it.sessions.drain(windowMs).then(() => {
      outcome.isOver = true
    })
    return outcome
  }
  return { ...it, all, drain }
}

describe('a drain', () => {
  test('asks one connection after another to leave, and names the time that is left', async () => {
    const { all, drain, clock } = arrange(4)
    drain(8_000)
    const asked: number[] = []
    for (let n = 0; n < 5; n++) {
      asked.push(all.filter(isAsked).length)
      await clock.advance(1_500)
    }
    expect(asked).toEqual([1, 2, 3, 4, 4])
    expect(all.map((one) => announcementsTo(one))).toEqual(
      [8_000, 6_500, 5_000, 3_500].map((deadline_ms) => [{ type: 'ts:going_away', deadline_ms }]),
    )
    expect(all.flatMap(({ wire }) => wire.closes)).toEqual([])
  })

  test('is over as soon as everybody has gone, and leaves no timer', async () => {
    const { all, drain, clock, sessions, told } = arrange(3)
    const outcome = drain(60_000)
    await clock.advance(40_000)
    for (const { handle } of all) handle.closed(1000, 'done')
    await clock.settle()
    expect([outcome.isOver, clock.pending(), sessions.isDraining]).toEqual([true, 0, true])
    expect(told.filter(({ kind }) => kind.startsWith('drain'))).toEqual([
      { kind: 'drain_started', connections: 3, windowMs: 60_000 },
      { kind: 'drain_ended', connections: 3, stragglers: 0 },
    ])
  })

  test('PR-74: closes the connections that are still open at its end with 4512, each with another wait', async () => {
    const { all, drain, clock, told } = arrange(5)
    const outcome = drain(10_000)
    all[2]?.handle.closed(1000, 'done')
    await clock.advance(9_999)
    expect([outcome.isOver, all.flatMap(({ wire }) => wire.closes)]).toEqual([false, []])
    await clock.advance(1)
    expect(all.flatMap(({ wire }) => wire.closes)).toEqual(
      [0, 1_250, 2_500, 3_750].map((ms) => [4512, `restart;retry_after_ms=${ms}`]),
    )
    expect([outcome.isOver, clock.pending()]).toEqual([true, 0])
    expect(told.at(-1)).toEqual({ kind: 'drain_ended', connections: 5, stragglers: 4 })
  })

  test('drops a straggler that does not answer, and only then is over', async () => {
    const { all, drain, clock } = arrange(1)
    const { wire } = all[0] as Opened
    wire.isDeaf = true
    const outcome = drain(1_000)
    await clock.advance(5_999)
    expect([wire.closes.length, wire.terminated, outcome.isOver]).toEqual([1, 0, false])
    await clock.advance(1)
    expect([wire.terminated, outcome.isOver, clock.pending()]).toEqual([1, true, 0])
  })

  test('closes a connection without the protocol at its turn, since it cannot be asked', async () => {
    const { all, drain, clock } = arrange(4, true)
    const outcome = drain(8_000)
    const closed: number[] = []
    for (let n = 0; n < 4; n++) {
      closed.push(all.filter(({ wire }) => wire.closes.length > 0).length)
      await clock.advance(1_500)
    }
    expect(closed).toEqual([1, 2, 3, 4])
    expect(all.flatMap(({ wire }) => wire.closes)).toEqual(Array(4).fill([1012, 'restart']))
    expect(all.flatMap(({ wire }) => wire.sent)).toEqual([])
    expect([outcome.isOver, clock.pending()]).toEqual([true, 0])
  })

  test('asks a connection that opens meanwhile at once', async () => {
    const { drain, open, clock } = arrange(1)
    drain(10_000)
    await clock.advance(4_000)
    const late = open()
    expect(late.wire.sent.map((frame) => (frame as Message).type)).toEqual([
      'ts:connection_established',
      'ts:going_away',
    ])
    expect(announcementsTo(late)).toEqual([{ type: 'ts:going_away', deadline_ms: 6_000 }])
  })

  test('asks two thousand in ten seconds, never more than a little at once', async () => {
    const { all, drain, clock } = arrange(2_000)
    drain(10_000)
    let before = all.filter(isAsked).length
    let most = before
    for (let n = 0; n < 75; n++) {
      await clock.advance(100)
      const now = all.filter(isAsked).length
      most = Math.max(most, now - before)
      before = now
    }
    expect(before).toBe(2_000)
    expect(most).toBeLessThan(30) // 2,000 in 7.5 s are 27 in 100 ms
  })

  test('PR-74: with no time at all announces it, and closes everybody at once', async () => {
    const { all, drain, clock } = arrange(2)
    const outcome = drain(0)
    await clock.settle()
    expect(all.map((one) => [announcementsTo(one), one.wire.closes])).toEqual([
      [[{ type: 'ts:going_away', deadline_ms: 5_000 }], [[4512, 'restart;retry_after_ms=0']]],
      [[{ type: 'ts:going_away', deadline_ms: 5_000 }], [[4512, 'restart;retry_after_ms=2500']]],
    ])
    expect([outcome.isOver, clock.pending()]).toEqual([true, 0])
  })

  test('with no time at all closes connections without the protocol with 1012 and the same waits', async () => {
    const { all, drain, clock } = arrange(2, true)
    drain(0)
    await clock.settle()
    expect(all.map(({ wire }) => [wire.sent, wire.closes])).toEqual([
      [[], [[1012, 'restart;retry_after_ms=0']]],
      [[], [[1012, 'restart;retry_after_ms=2500']]],
    ])
  })

  test('of no connection is over at once', async () => {
    const { drain, clock } = arrange(0)
    const outcome = drain(60_000)
    await clock.settle()
    expect([outcome.isOver, clock.pending()]).toEqual([true, 0])
  })

  test('that is begun twice is one', async () => {
    const { all, drain, clock, told } = arrange(1)
    const outcomes = [drain(10_000), drain(1)]
    await clock.advance(9_999)
    expect(outcomes.map(({ isOver }) => isOver)).toEqual([false, false])
    all[0]?.handle.closed(1000, 'done')
    await clock.settle()
    expect(outcomes.map(({ isOver }) => isOver)).toEqual([true, true])
    expect(told.filter(({ kind }) => kind === 'drain_started')).toHaveLength(1)
  })

  test('ends with dispose', async () => {
    const { sessions, drain, clock } = arrange(3)
    const outcome = drain(10_000)
    sessions.dispose()
    await clock.settle()
    expect([outcome.isOver, clock.pending()]).toEqual([true, 0])
  })

  test('refuses a window that is no time', async () => {
    await expect(arrange(0).sessions.drain(-1)).rejects.toThrow('windowMs must be a number of at least 0, got -1')
  })
})
