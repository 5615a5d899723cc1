// Tickets leave this process through here. Keeping a single-use ticket is sound only when taking it removes it: `take()`
// hands a ticket over and forgets it in the same step, so that no value is given out twice.

import { TicketSocketError } from '../contract/errors.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import { abortReason } from './deadline.ts'
import { createParallelLimit } from './parallel-limit.ts'
import { createSpareKeeper, type SpareKeeperDeps } from './spare-keeper.ts'
import { remainingMs, type Ticket } from './ticket.ts'

export interface Taken {
  readonly ticket: Ticket
  /** Bought for this caller, just now. A refused ticket that had lain here may only have grown old. */
  readonly fresh: boolean
  /** The content of the ledger that it came from. What was dropped since does not come back. Null: it is kept for nobody. */
  readonly generation: number | null
}

interface BuyOptions {
  signal: AbortSignal
  quiet: boolean
  begunAt: number
  own?: TicketGenerationRequest
}

export interface LedgerDeps extends Omit<SpareKeeperDeps, 'fetchAhead'> {
  /** Reusable tickets are asked for: then one request serves everybody. */
  isReusable?: boolean
  buy: (options: BuyOptions) => Promise<Ticket>
}

/** Requests side by side, at most: more would be a burst that a rate limit answers with 429. */
const MAX_PARALLEL = 6
/** Values already received, to notice a cache that answers with an old ticket. Kept across a drop. */
const MAX_SEEN = 1_000

export type TicketLedger = ReturnType<typeof createTicketLedger>

export function createTicketLedger({ buy, isReusable = false, ...deps }: LedgerDeps) {
  const limited = createParallelLimit(() => (isShared ? 1 : MAX_PARALLEL))
  const seen = new Set<string>()
  const keeper = createSpareKeeper({ ...deps, fetchAhead: (signal) => receive(signal, true) })
  let generation = 0
  /** One request serves everybody: until the backend answers that its tickets are single-use all the same. */
  let isShared = isReusable

  async function receive(signal: AbortSignal, quiet: boolean, begunAt = deps.clock.now()): Promise<Ticket> {
    try {
      const ticket = await checked({ signal, quiet, begunAt })
      isShared = !ticket.singleUse
      keeper.learn(true)
      return ticket
    } catch (error) {
      if (!signal.aborted) keeper.learn(false)
      throw error
    }
  }

  /** One that can be used. */
  async function checked(options: BuyOptions): Promise<Ticket> {
    const ticket = await buy(options)
    remember(ticket)
    if (remainingMs(ticket, deps.clock) <= 0) throw expired()
    return ticket
  }

  function remember({ secret, singleUse }: Ticket) {
    const value = secret.reveal()
    if (seen.has(value)) {
      const message = 'The backend answered with a ticket that it had given before: does a cache stand in between?'
      throw new TicketSocketError('ticket_repeated', message)
    }
    if (singleUse) seen.add(value)
    for (const oldest of seen) {
      if (seen.size <= MAX_SEEN) break
      seen.delete(oldest)
    }
  }

  async function bought(signal: AbortSignal, begunAt: number): Promise<Taken> {
    const begun = generation
    const ticket = await receive(signal, false, begunAt)
    // A reusable ticket is shared; one whose buyer has left is the next one's.
    if ((!ticket.singleUse || signal.aborted) && begun === generation) keeper.keep(ticket)
    if (signal.aborted) throw abortReason(signal)
    return { ticket, fresh: true, generation: begun }
  }

  function spare(): Taken | null {
    // Taking shows that the spare is gone: whoever sees it may end the session, to which the ticket belongs.
    const born = generation
    const ticket = keeper.take()
    return ticket && { ticket, fresh: false, generation: born }
  }

  /** The request for the spare, if one is under way that nobody has claimed. */
  async function claimed(signal: AbortSignal, cameAt: number): Promise<Taken | null> {
    const begun = generation
    const ticket = await keeper.claim(signal, cameAt)?.catch(retryable)
    if (signal.aborted) {
      if (ticket && begun === generation) keeper.keep(ticket)
      throw abortReason(signal)
    }
    return ticket && begun === generation ? { ticket, fresh: true, generation } : null
  }

  return {
    /** A ticket of the caller's own. Its errors are the purchase's. */
    async take(signal: AbortSignal): Promise<Taken> {
      const begunAt = deps.clock.now()
      // Once more after the queue: somebody may have left one, or brought one for all.
      return (
        spare() ?? limited(signal, async () => spare() ?? (await claimed(signal, begunAt)) ?? bought(signal, begunAt))
      )
    },

    /** Always asks the backend, whatever lies here. */
    buyNew(signal: AbortSignal): Promise<Taken> {
      const begunAt = deps.clock.now()
      return limited(signal, () => bought(signal, begunAt))
    },

    /** With fields of the caller's own: nobody else gets this ticket, and nothing is learnt for the others. */
    async buyOwn(signal: AbortSignal, own: TicketGenerationRequest): Promise<Taken> {
      const begunAt = deps.clock.now()
      const ticket = await limited(signal, () => checked({ signal, quiet: false, begunAt, own }))
      return { ticket, fresh: true, generation: null }
    },

    /** Takes back a ticket that was never sent. */
    putBack({ ticket, generation: born }: Taken) {
      if (born === generation && ticket.singleUse && !keeper.current() && keeper.isUsable(ticket)) keeper.keep(ticket)
    },

    /** Forgets the spare and the request for one; answers with the spare, so that it can be revoked. */
    drop(): Ticket | null {
      generation++
      return keeper.drop()
    },

    spare: keeper.current,
    lease: keeper.lease,
    hold: keeper.hold,
    tend: keeper.tend,
  }
}

/** A quiet try that failed is made good by a purchase, unless the backend has asked to wait. */
function retryable(error: TicketSocketError): null {
  if (error.retryAfterMs !== undefined) throw error
  return null
}

const expired = () =>
  new TicketSocketError('timeout', 'The ticket had expired when it came. Did this machine sleep meanwhile?')
