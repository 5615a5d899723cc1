import { describe, expect, test } from 'vitest'
import { createSessions } from '../../../src/auth/session.ts'
import { type Ticket, toTicket } from '../../../src/auth/ticket.ts'
import { dropCache } from '../../../src/auth/ticket-cache.ts'
import { createTicketPool, type Taken } from '../../../src/auth/ticket-pool.ts'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { ticketAnswer } from '../../support/scripted-fetch.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const JWT = new Secret('jwt')
const never = () => new AbortController().signal

function arrange({ ttlSeconds = 300, singleUse = true, mayPrefetch = (): boolean => true } = {}) {
  const clock = createVirtualClock()
  const sessions = createSessions(() => {})
  const requests: {
    quiet: boolean
    signal: AbortSignal
    resolve: (ticket?: Ticket) => void
    reject: (error: Error) => void
  }[] = []
  const refreshed: string[] = []
  const issued = () => {
    const answer = ticketAnswer({ ttl_seconds: ttlSeconds, single_use: singleUse })
    return toTicket(answer as never, { single_use: singleUse }, { now: clock.now(), wall: clock.wallNow() }, JWT)
  }
  const parts = createTicketPool({
    sessions,
    isReusable: !singleUse,
    issue: (_session, { signal, quiet = false }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new TicketSocketError('aborted', 'aborted')))
        requests.push({ quiet, signal, resolve: (ticket = issued()) => resolve(ticket), reject })
      }),
    mayPrefetch,
    clock,
    random: () => 0,
    refreshThresholdMs: 30_000,
    onChange: () => {},
    emit: (_session, name, payload) => {
      if (name === 'ticketRefreshed') refreshed.push((payload as { handle: string }).handle)
    },
  })
  const session = sessions.current()
  const pool = {
    ...parts,
    take: (signal: AbortSignal) => parts.take(session, signal),
    putBack: (taken: Taken) => parts.putBack(session, taken),
    drop: () => parts.drop(session),
    prefetched: () => session.cache.prefetched,
  }
  const open = () => requests.filter(({ signal }) => !signal.aborted)
  /** Holds a lease and lets the ticket arrive. */
  async function withPrefetched() {
    const end = pool.lease()
    requests.at(-1)?.resolve()
    await clock.settle()
    expect(pool.prefetched()).not.toBeNull()
    return end
  }
  return { clock, session, pool, requests, refreshed, open, withPrefetched, issued }
}

const ticketOf = ({ ticket }: { ticket: Ticket }) => ticket.secret.reveal()

describe('taking', () => {
  test('hands the prefetched one over and forgets it: the next caller gets another ticket', async () => {
    const { pool, withPrefetched, requests, clock } = arrange()
    ;(await withPrefetched())()
    const first = await pool.take(never())
    expect(first.fresh).toBe(false)
    expect(pool.prefetched()).toBeNull()
    const second = pool.take(never())
    await clock.settle()
    requests.at(-1)?.resolve()
    expect(ticketOf(await second)).not.toBe(ticketOf(first))
    expect((await second).fresh).toBe(true)
  })

  test('a hundred callers at once get a hundred different tickets, at most six requests at a time', async () => {
    const { pool, requests, clock } = arrange()
    const taken = Array.from({ length: 100 }, () => pool.take(never()))
    let most = 0
    for (let served = 0; served < 100; ) {
      await clock.settle()
      most = Math.max(most, requests.length - served)
      requests[served++]?.resolve()
    }
    const values = (await Promise.all(taken)).map(ticketOf)
    expect(new Set(values).size).toBe(100)
    expect(most).toBe(6)
    expect(requests).toHaveLength(100)
  })

  test('exactly one of the callers takes the prefetch that is under way', async () => {
    const { pool, requests, clock } = arrange()
    const end = pool.lease()
    const [first, second] = [pool.take(never()), pool.take(never())]
    await clock.settle()
    expect(requests.map(({ quiet }) => quiet)).toEqual([true, false])
    for (const request of requests) request.resolve()
    expect(ticketOf(await first)).not.toBe(ticketOf(await second))
    end()
  })

  test('a prefetch that fails is followed by a request of the caller’s own', async () => {
    const { pool, requests, clock } = arrange()
    const end = pool.lease()
    const taken = pool.take(never())
    requests[0]?.reject(new TicketSocketError('network', 'quiet try failed'))
    await clock.settle()
    expect(requests[1]?.quiet).toBe(false)
    requests[1]?.resolve()
    expect((await taken).fresh).toBe(true)
    end()
  })

  test('who has queued does not wait for a prefetch that began later: it may last longer than the caller’s budget', async () => {
    const { pool, requests, clock } = arrange({ singleUse: false })
    pool.lease()
    const [first, second] = [pool.take(never()), pool.take(never())]
    requests[0]?.reject(new TicketSocketError('server_unavailable', 'down'))
    await clock.settle()
    await clock.advance(6_000)
    expect(requests.map(({ quiet }) => quiet)).toEqual([true, false, true])
    requests[1]?.reject(new TicketSocketError('timeout', 'late'))
    await expect(first).rejects.toThrow('late')
    await clock.settle()
    expect(requests.map(({ quiet }) => quiet)).toEqual([true, false, true, false])
    requests[3]?.resolve()
    expect((await second).fresh).toBe(true)
  })

  test('errors are those of the request', async () => {
    const { pool, requests, clock } = arrange()
    const taken = pool.take(never())
    await clock.settle()
    requests[0]?.reject(new TicketSocketError('forbidden', 'no'))
    await expect(taken).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a caller that leaves before its ticket came does not waste it: it is kept as the prefetched one', async () => {
    const { pool, requests, clock } = arrange()
    const end = pool.lease()
    const caller = new AbortController()
    const taken = pool.take(caller.signal)
    taken.catch(() => {})
    caller.abort()
    requests[0]?.resolve()
    await expect(taken).rejects.toMatchObject({ code: 'aborted' })
    await clock.settle()
    expect(pool.prefetched()).not.toBeNull()
    end()
  })

  test('nor does one that leaves as its ticket comes, without a lease: the next caller takes it', async () => {
    const { pool, requests, clock } = arrange()
    const caller = new AbortController()
    const taken = pool.take(caller.signal)
    await clock.settle()
    requests[0]?.resolve()
    caller.abort()
    await expect(taken).rejects.toMatchObject({ code: 'aborted' })
    expect((await pool.take(never())).fresh).toBe(false)
    expect(requests).toHaveLength(1)
  })

  test('a queued caller that leaves gives its place up', async () => {
    const { pool, requests, clock } = arrange()
    const six = Array.from({ length: 6 }, () => pool.take(never()))
    const leaver = new AbortController()
    const seventh = pool.take(leaver.signal)
    const eighth = pool.take(never())
    await clock.settle()
    leaver.abort()
    await expect(seventh).rejects.toMatchObject({ code: 'aborted' })
    requests[0]?.resolve()
    await clock.settle()
    expect(requests).toHaveLength(7)
    for (const request of requests) request.resolve()
    expect(new Set((await Promise.all([...six, eighth])).map(ticketOf)).size).toBe(7)
  })

  test('a ticket value that was given before is an error, not a connection', async () => {
    const { pool, requests, clock, issued } = arrange()
    const same = issued()
    const first = pool.take(never())
    await clock.settle()
    requests[0]?.resolve(same)
    await first
    const second = pool.take(never())
    await clock.settle()
    requests[1]?.resolve(same)
    await expect(second).rejects.toMatchObject({ code: 'ticket_repeated' })
  })
})

describe('putting back', () => {
  test('a ticket that was never sent serves the next caller', async () => {
    const { pool, withPrefetched } = arrange()
    ;(await withPrefetched())()
    const taken = await pool.take(never())
    pool.putBack(taken)
    expect(ticketOf(await pool.take(never()))).toBe(ticketOf(taken))
  })

  test('not across a drop: what belonged to the last session does not come back', async () => {
    const { pool, withPrefetched } = arrange()
    ;(await withPrefetched())()
    const taken = await pool.take(never())
    pool.drop()
    pool.putBack(taken)
    expect(pool.prefetched()).toBeNull()
  })
})

describe('the prefetched ticket', () => {
  test('is fetched while somebody holds a lease, and only one', async () => {
    const { pool, requests, withPrefetched, clock } = arrange()
    const end = await withPrefetched()
    const endSecond = pool.lease()
    await clock.advance(60_000)
    expect(requests).toHaveLength(1)
    end()
    endSecond()
    expect(clock.pending()).toBe(0)
  })

  test('is replaced thirty seconds before it expires', async () => {
    const { pool, requests, refreshed, withPrefetched, clock } = arrange()
    const end = await withPrefetched()
    expect(refreshed).toEqual([])
    const first = pool.prefetched()?.ticket
    await clock.advance(269_000)
    expect(requests).toHaveLength(1)
    await clock.advance(2_000)
    expect(requests).toHaveLength(2)
    requests[1]?.resolve()
    await clock.settle()
    expect(pool.prefetched()?.ticket).not.toBe(first)
    expect(refreshed).toEqual([pool.prefetched()?.ticket.label])
    end()
  })

  test('of a short-lived ticket is replaced at half its life, not in a loop', async () => {
    const { requests, withPrefetched, clock } = arrange({ ttlSeconds: 30 })
    const end = await withPrefetched()
    for (let second = 0; second < 600; second++) {
      await clock.advance(1_000)
      requests.at(-1)?.resolve()
    }
    expect(requests.length).toBeLessThan(45)
    end()
  })

  test('is not given out when it is about to expire, by either clock', async () => {
    for (const age of ['monotonic', 'wall'] as const) {
      const { pool, withPrefetched, clock, requests } = arrange()
      ;(await withPrefetched())()
      if (age === 'wall') clock.setWall(clock.wallNow() + 296_000)
      else await clock.advance(296_000)
      const taken = pool.take(never())
      await clock.settle()
      expect(requests).toHaveLength(2)
      requests[1]?.resolve()
      expect((await taken).fresh).toBe(true)
    }
  })

  test('survives a wall clock that is set back', async () => {
    const { pool, withPrefetched, clock } = arrange()
    ;(await withPrefetched())()
    clock.setWall(clock.wallNow() - 86_400_000)
    expect((await pool.take(never())).fresh).toBe(false)
  })

  test('is not asked for while fetching ahead is unwelcome, and is as soon as it is welcome again', async () => {
    let isShown = false
    const { pool, requests, clock } = arrange({ mayPrefetch: () => isShown })
    const end = pool.lease()
    await clock.advance(3_600_000)
    expect(requests).toHaveLength(0)
    isShown = true
    pool.tend()
    expect(requests).toHaveLength(1)
    end()
  })

  test('after a failed prefetch the next one waits, whichever caller asks', async () => {
    const { pool, requests, clock } = arrange()
    const end = pool.lease()
    requests[0]?.reject(new TicketSocketError('network', 'no'))
    await clock.settle()
    for (let i = 0; i < 50; i++) pool.tend()
    expect(requests).toHaveLength(1)
    await clock.advance(5_000)
    expect(requests).toHaveLength(2)
    end()
  })

  test('a request for one is aborted when no caller needs it any more', async () => {
    const { pool, open } = arrange()
    const end = pool.lease()
    expect(open()).toHaveLength(1)
    end()
    expect(open()).toHaveLength(0)
  })

  test('but not while its taker is on the way', async () => {
    const { pool, open } = arrange()
    const end = pool.lease()
    const release = pool.hold()
    end()
    expect(open()).toHaveLength(1)
    release()
    expect(open()).toHaveLength(0)
  })

  test('a drop forgets it, and so does one that answers with what there was', async () => {
    const { pool, withPrefetched, session } = arrange()
    ;(await withPrefetched())()
    pool.drop()
    expect(pool.prefetched()).toBeNull()
    ;(await withPrefetched())()
    const ticket = pool.prefetched()?.ticket
    expect(dropCache(session)).toBe(ticket)
    expect(pool.prefetched()).toBeNull()
    expect(dropCache(session)).toBeNull()
  })

  test('a drop aborts the request for one; the holder of a lease gets another', () => {
    const { pool, requests } = arrange()
    pool.lease()
    pool.drop()
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })
})

test('a reusable ticket is shared until its refresh threshold', async () => {
  const { pool, requests, clock } = arrange({ singleUse: false })
  const first = pool.take(never())
  await clock.settle()
  requests[0]?.resolve()
  const value = ticketOf(await first)
  expect(ticketOf(await pool.take(never()))).toBe(value)
  await clock.advance(271_000)
  const later = pool.take(never())
  await clock.settle()
  expect(requests).toHaveLength(2)
  requests[1]?.resolve()
  expect(ticketOf(await later)).not.toBe(value)
})
