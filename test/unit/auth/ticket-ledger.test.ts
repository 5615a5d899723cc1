import { describe, expect, test } from 'vitest'
import { type Ticket, toTicket } from '../../../src/auth/ticket.ts'
import { createTicketLedger } from '../../../src/auth/ticket-ledger.ts'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { ticketAnswer } from '../../support/scripted-fetch.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const JWT = new Secret('jwt')
const never = () => new AbortController().signal

function arrange({ ttlSeconds = 300, singleUse = true, mayPrefetch = (): boolean => true } = {}) {
  const clock = createVirtualClock()
  const purchases: {
    quiet: boolean
    signal: AbortSignal
    resolve: (ticket?: Ticket) => void
    reject: (error: Error) => void
  }[] = []
  const refreshed: string[] = []
  const issue = () => {
    const answer = ticketAnswer({ ttl_seconds: ttlSeconds, single_use: singleUse })
    return toTicket(answer as never, { single_use: singleUse }, { now: clock.now(), wall: clock.wallNow() }, JWT)
  }
  const ledger = createTicketLedger({
    isReusable: !singleUse,
    buy: ({ signal, quiet }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new TicketSocketError('aborted', 'aborted')))
        purchases.push({ quiet, signal, resolve: (ticket = issue()) => resolve(ticket), reject })
      }),
    mayPrefetch,
    notBefore: () => 0,
    clock,
    random: () => 0,
    refreshThresholdMs: 30_000,
    onChange: () => {},
    onRefreshed: ({ label }) => refreshed.push(label),
  })
  const open = () => purchases.filter(({ signal }) => !signal.aborted)
  /** Holds a lease and lets the spare arrive. */
  async function withSpare() {
    const end = ledger.lease()
    purchases.at(-1)?.resolve()
    await clock.settle()
    expect(ledger.spare()).not.toBeNull()
    return end
  }
  return { clock, ledger, purchases, refreshed, open, withSpare, issue }
}

const ticketOf = ({ ticket }: { ticket: Ticket }) => ticket.secret.reveal()

describe('taking', () => {
  test('hands the spare over and forgets it: the next caller gets another ticket', async () => {
    const { ledger, withSpare, purchases, clock } = arrange()
    ;(await withSpare())()
    const first = await ledger.take(never())
    expect(first.fresh).toBe(false)
    expect(ledger.spare()).toBeNull()
    const second = ledger.take(never())
    await clock.settle()
    purchases.at(-1)?.resolve()
    expect(ticketOf(await second)).not.toBe(ticketOf(first))
    expect((await second).fresh).toBe(true)
  })

  test('a hundred callers at once get a hundred different tickets, at most six requests at a time', async () => {
    const { ledger, purchases, clock } = arrange()
    const taken = Array.from({ length: 100 }, () => ledger.take(never()))
    let most = 0
    for (let served = 0; served < 100; ) {
      await clock.settle()
      most = Math.max(most, purchases.length - served)
      purchases[served++]?.resolve()
    }
    const values = (await Promise.all(taken)).map(ticketOf)
    expect(new Set(values).size).toBe(100)
    expect(most).toBe(6)
    expect(purchases).toHaveLength(100)
  })

  test('one of the callers takes the prefetch that is under way; nobody else does', async () => {
    const { ledger, purchases, clock } = arrange()
    const end = ledger.lease()
    const [first, second] = [ledger.take(never()), ledger.take(never())]
    await clock.settle()
    expect(purchases.map(({ quiet }) => quiet)).toEqual([true, false])
    for (const purchase of purchases) purchase.resolve()
    expect(ticketOf(await first)).not.toBe(ticketOf(await second))
    end()
  })

  test('a prefetch that fails is followed by a purchase of the caller’s own', async () => {
    const { ledger, purchases, clock } = arrange()
    const end = ledger.lease()
    const taken = ledger.take(never())
    purchases[0]?.reject(new TicketSocketError('network', 'quiet try failed'))
    await clock.settle()
    expect(purchases[1]?.quiet).toBe(false)
    purchases[1]?.resolve()
    expect((await taken).fresh).toBe(true)
    end()
  })

  test('who has queued does not wait for a prefetch that began later: it may last longer than the caller’s budget', async () => {
    const { ledger, purchases, clock } = arrange({ singleUse: false })
    ledger.lease()
    const [first, second] = [ledger.take(never()), ledger.take(never())]
    purchases[0]?.reject(new TicketSocketError('server_unavailable', 'down'))
    await clock.settle()
    await clock.advance(6_000)
    expect(purchases.map(({ quiet }) => quiet)).toEqual([true, false, true])
    purchases[1]?.reject(new TicketSocketError('timeout', 'late'))
    await expect(first).rejects.toThrow('late')
    await clock.settle()
    expect(purchases.map(({ quiet }) => quiet)).toEqual([true, false, true, false])
    purchases[3]?.resolve()
    expect((await second).fresh).toBe(true)
  })

  test('errors are the purchase’s', async () => {
    const { ledger, purchases, clock } = arrange()
    const taken = ledger.take(never())
    await clock.settle()
    purchases[0]?.reject(new TicketSocketError('forbidden', 'no'))
    await expect(taken).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a caller that leaves before its ticket came does not waste it: it becomes the spare', async () => {
    const { ledger, purchases, clock } = arrange()
    const end = ledger.lease()
    const caller = new AbortController()
    const taken = ledger.take(caller.signal)
    taken.catch(() => {})
    caller.abort()
    purchases[0]?.resolve()
    await expect(taken).rejects.toMatchObject({ code: 'aborted' })
    await clock.settle()
    expect(ledger.spare()).not.toBeNull()
    end()
  })

  test('nor does one that leaves as its ticket comes, without a lease: the next caller takes it', async () => {
    const { ledger, purchases, clock } = arrange()
    const caller = new AbortController()
    const taken = ledger.take(caller.signal)
    await clock.settle()
    purchases[0]?.resolve()
    caller.abort()
    await expect(taken).rejects.toMatchObject({ code: 'aborted' })
    expect((await ledger.take(never())).fresh).toBe(false)
    expect(purchases).toHaveLength(1)
  })

  test('a queued caller that leaves gives its place up', async () => {
    const { ledger, purchases, clock } = arrange()
    const six = Array.from({ length: 6 }, () => ledger.take(never()))
    const leaver = new AbortController()
    const seventh = ledger.take(leaver.signal)
    const eighth = ledger.take(never())
    await clock.settle()
    leaver.abort()
    await expect(seventh).rejects.toMatchObject({ code: 'aborted' })
    purchases[0]?.resolve()
    await clock.settle()
    expect(purchases).toHaveLength(7)
    for (const purchase of purchases) purchase.resolve()
    expect(new Set((await Promise.all([...six, eighth])).map(ticketOf)).size).toBe(7)
  })

  test('a ticket value that was given before is an error, not a connection', async () => {
    const { ledger, purchases, clock, issue } = arrange()
    const same = issue()
    const first = ledger.take(never())
    await clock.settle()
    purchases[0]?.resolve(same)
    await first
    const second = ledger.take(never())
    await clock.settle()
    purchases[1]?.resolve(same)
    await expect(second).rejects.toMatchObject({ code: 'ticket_repeated' })
  })
})

describe('putting back', () => {
  test('a ticket that was never sent serves the next caller', async () => {
    const { ledger, withSpare } = arrange()
    ;(await withSpare())()
    const taken = await ledger.take(never())
    ledger.putBack(taken)
    expect(ticketOf(await ledger.take(never()))).toBe(ticketOf(taken))
  })

  test('not across a drop: what belonged to the last session does not come back', async () => {
    const { ledger, withSpare } = arrange()
    ;(await withSpare())()
    const taken = await ledger.take(never())
    ledger.drop()
    ledger.putBack(taken)
    expect(ledger.spare()).toBeNull()
  })
})

describe('the spare', () => {
  test('is fetched while somebody holds a lease, and only one', async () => {
    const { ledger, purchases, withSpare, clock } = arrange()
    const end = await withSpare()
    const endSecond = ledger.lease()
    await clock.advance(60_000)
    expect(purchases).toHaveLength(1)
    end()
    endSecond()
    expect(clock.pending()).toBe(0)
  })

  test('is replaced thirty seconds before it expires', async () => {
    const { ledger, purchases, refreshed, withSpare, clock } = arrange()
    const end = await withSpare()
    expect(refreshed).toEqual([])
    const first = ledger.spare()?.ticket
    await clock.advance(269_000)
    expect(purchases).toHaveLength(1)
    await clock.advance(2_000)
    expect(purchases).toHaveLength(2)
    purchases[1]?.resolve()
    await clock.settle()
    expect(ledger.spare()?.ticket).not.toBe(first)
    expect(refreshed).toEqual([ledger.spare()?.ticket.label])
    end()
  })

  test('of a short-lived ticket is replaced at half its life, not in a loop', async () => {
    const { purchases, withSpare, clock } = arrange({ ttlSeconds: 30 })
    const end = await withSpare()
    for (let second = 0; second < 600; second++) {
      await clock.advance(1_000)
      purchases.at(-1)?.resolve()
    }
    expect(purchases.length).toBeLessThan(45)
    end()
  })

  test('is not given out when it is about to expire, by either clock', async () => {
    for (const age of ['monotonic', 'wall'] as const) {
      const { ledger, withSpare, clock, purchases } = arrange()
      ;(await withSpare())()
      if (age === 'wall') clock.setWall(clock.wallNow() + 296_000)
      else await clock.advance(296_000)
      const taken = ledger.take(never())
      await clock.settle()
      expect(purchases).toHaveLength(2)
      purchases[1]?.resolve()
      expect((await taken).fresh).toBe(true)
    }
  })

  test('survives a wall clock that is set back', async () => {
    const { ledger, withSpare, clock } = arrange()
    ;(await withSpare())()
    clock.setWall(clock.wallNow() - 86_400_000)
    expect((await ledger.take(never())).fresh).toBe(false)
  })

  test('is not asked for while fetching ahead is unwelcome, and is as soon as it is welcome again', async () => {
    let isShown = false
    const { ledger, purchases, clock } = arrange({ mayPrefetch: () => isShown })
    const end = ledger.lease()
    await clock.advance(3_600_000)
    expect(purchases).toHaveLength(0)
    isShown = true
    ledger.tend()
    expect(purchases).toHaveLength(1)
    end()
  })

  test('after a failed prefetch the next one waits, whoever asks', async () => {
    const { ledger, purchases, clock } = arrange()
    const end = ledger.lease()
    purchases[0]?.reject(new TicketSocketError('network', 'no'))
    await clock.settle()
    for (let i = 0; i < 50; i++) ledger.tend()
    expect(purchases).toHaveLength(1)
    await clock.advance(5_000)
    expect(purchases).toHaveLength(2)
    end()
  })

  test('a request for one is aborted when nobody needs it any more', async () => {
    const { ledger, open } = arrange()
    const end = ledger.lease()
    expect(open()).toHaveLength(1)
    end()
    expect(open()).toHaveLength(0)
  })

  test('but not while its taker is on the way', async () => {
    const { ledger, open } = arrange()
    const end = ledger.lease()
    const release = ledger.hold()
    end()
    expect(open()).toHaveLength(1)
    release()
    expect(open()).toHaveLength(0)
  })

  test('a drop forgets it, and answers with what there was', async () => {
    const { ledger, withSpare } = arrange()
    ;(await withSpare())()
    const spare = ledger.spare()?.ticket
    expect(ledger.drop()).toBe(spare)
    expect(ledger.spare()).toBeNull()
    expect(ledger.drop()).toBeNull()
  })

  test('a drop aborts the request for one; whoever holds a lease gets another', () => {
    const { ledger, purchases } = arrange()
    ledger.lease()
    ledger.drop()
    expect(purchases.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })
})

test('a reusable ticket is shared until its refresh threshold', async () => {
  const { ledger, purchases, clock } = arrange({ singleUse: false })
  const first = ledger.take(never())
  await clock.settle()
  purchases[0]?.resolve()
  const value = ticketOf(await first)
  expect(ticketOf(await ledger.take(never()))).toBe(value)
  await clock.advance(271_000)
  const later = ledger.take(never())
  await clock.settle()
  expect(purchases).toHaveLength(2)
  purchases[1]?.resolve()
  expect(ticketOf(await later)).not.toBe(value)
})
