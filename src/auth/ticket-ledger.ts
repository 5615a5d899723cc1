// Tickets leave this process through here. Keeping a single-use ticket is sound only when taking it removes it: `take()`
// hands a ticket over and forgets it in the same step, so that no value is given out twice.

import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import { abortReason } from './deadline.ts'
import { createParallelLimit } from './parallel-limit.ts'
import { createReceivedTickets } from './received-tickets.ts'
import { createSpareKeeper, type SpareKeeperDeps } from './spare-keeper.ts'
import type { StepDownTimer } from './step-down-timer.ts'
import type { Ticket } from './ticket.ts'
import { isFinal, type PurchaseOptions } from './ticket-purchase.ts'

export interface Taken {
  readonly ticket: Ticket
  /** Bought for this caller, just now. A refused ticket that had lain here may only have grown old. */
  readonly fresh: boolean
  /** The content of the ledger that it came from. What was dropped since does not come back. Null: it is kept for nobody. */
  readonly generation: number | null
}

/** A request that is made for a caller. */
type Wanted = Omit<PurchaseOptions, 'epoch' | 'quiet'> & { begunAt: number }
type BuyOptions = Wanted & { quiet: boolean }

export interface LedgerDeps extends Omit<SpareKeeperDeps, 'fetchAhead'> {
  /** Reusable tickets are asked for: then one request serves everybody. */
  isReusable?: boolean
  buy: (options: BuyOptions) => Promise<Ticket>
}

/** Requests side by side, at most: more would be a burst that a rate limit answers with 429. */
const MAX_PARALLEL = 6

export type TicketLedger = ReturnType<typeof createTicketLedger>

export function createTicketLedger({ buy, isReusable = false, ...deps }: LedgerDeps) {
  const limited = createParallelLimit(() => (isShared ? 1 : MAX_PARALLEL))
  const received = createReceivedTickets(deps.clock)
  const keeper = createSpareKeeper({
    ...deps,
    fetchAhead: (signal) => receive({ signal, begunAt: deps.clock.now() }, true),
  })
  let generation = 0
  /** One request serves everybody: until the backend answers that its tickets are single-use all the same. */
  let isShared = isReusable

  async function receive(wanted: Wanted, quiet: boolean): Promise<Ticket> {
    const { signal } = wanted
    try {
      const ticket = await checked({ ...wanted, quiet })
      isShared = !ticket.singleUse
      keeper.learn(true)
      return ticket
    } catch (error) {
      if (!signal.aborted) keeper.learn(false)
      throw error
    }
  }

  const checked = async (options: BuyOptions) => received.checked(await buy(options))

  async function bought(wanted: Wanted): Promise<Taken> {
    const begun = generation
    const { signal } = wanted
    const { result, isLeft } = request(wanted)
    const ticket = await result
    // A reusable ticket is shared; one whose buyer has left is the next one's.
    if ((!ticket.singleUse || signal.aborted) && begun === generation && !isLeft()) keeper.keep(ticket)
    if (signal.aborted) throw abortReason(signal)
    return { ticket, fresh: true, generation: begun }
  }

  /** Ends with its caller, unless the caller's time was over: then it goes on as a prefetch. */
  function request({ signal, timer, begunAt, isSecond }: Wanted) {
    const controller = new AbortController()
    let isLeft = false
    const result = receive({ signal: controller.signal, timer, begunAt, isSecond }, false)
    if (timer) timer.request = result
    const leave = () => {
      isLeft = timer?.signal.aborted === true
      if (isLeft) keeper.follow({ result, controller, begunAt, claimant: null })
      else controller.abort(signal.reason)
    }
    signal.addEventListener('abort', leave)
    return { result, isLeft: () => isLeft }
  }

  function spare(): Taken | null {
    // Taking shows that the spare is gone: whoever sees it may end the session, to which the ticket belongs.
    const born = generation
    const ticket = keeper.take()
    return ticket && { ticket, fresh: false, generation: born }
  }

  /** By a request for the spare that is under way and that nobody has claimed; else by one of the caller's own. */
  async function claimedOrBought(wanted: Wanted): Promise<Taken> {
    const { signal, begunAt, timer } = wanted
    const begun = generation
    const claimed = keeper.claim(signal, begunAt)
    if (!claimed) return bought(wanted)
    if (timer) timer.request = claimed
    const ticket = await claimed.catch(retryable)
    if (signal.aborted) {
      if (ticket && begun === generation) keeper.keep(ticket)
      throw abortReason(signal)
    }
    if (ticket && begun === generation) return { ticket, fresh: true, generation }
    return bought({ ...wanted, isSecond: true })
  }

  return {
    /** A ticket of the caller's own. Its errors are the purchase's. */
    async take(signal: AbortSignal, timer?: StepDownTimer): Promise<Taken> {
      const wanted = { signal, timer, begunAt: deps.clock.now() }
      // Once more after the queue: somebody may have left one, or brought one for all.
      return spare() ?? limited(signal, async () => spare() ?? claimedOrBought(wanted))
    },

    /** Always asks the backend, whatever lies here. */
    buyNew(signal: AbortSignal): Promise<Taken> {
      const wanted = { signal, begunAt: deps.clock.now() }
      return limited(signal, () => bought(wanted))
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

/**
 * A quiet try that failed is made good by a purchase, unless the answer is final or the backend has asked to wait, as a 429
 * does also without `Retry-After`.
 */
function retryable(error: TicketSocketError): null {
  if (error.retryAfterMs !== undefined || error.code === 'rate_limited' || isFinal(error)) throw error
  return null
}
