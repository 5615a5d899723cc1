// The ticket pool: every caller gets its ticket from here, a prefetched one or a new one. Taking a single-use ticket removes it in
// the same step, so that no value is given out twice.
//
// A ticket belongs to the cache of the session that it was requested for. Leases, the limit of requests side by side, and the
// values that were seen belong to the page.

import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import type { Emit } from './auth-events.ts'
import { abortReason } from './deadline.ts'
import { createParallelLimit } from './parallel-limit.ts'
import { createPrefetching, type PrefetchingDeps } from './prefetching.ts'
import type { AuthSession } from './session.ts'
import type { StepDownTimer } from './step-down-timer.ts'
import { createReceivedTickets, type Ticket } from './ticket.ts'
import { cacheOf, claim, type OpenCache } from './ticket-cache.ts'
import { type IssueOptions, isFinal } from './ticket-issuing.ts'

export interface Taken {
  readonly ticket: Ticket
  /** Requested for this caller, just now. A refused ticket that had lain here may only have grown old. */
  readonly fresh: boolean
  /** Where it lay, and where it may lie again. Null: it is kept for nobody. */
  readonly cache: OpenCache | null
}

/** A request that is made for a caller. */
type Wanted = Omit<IssueOptions, 'quiet'> & { begunAt: number }

export interface PoolDeps extends Omit<PrefetchingDeps, 'fetchAhead'> {
  /** Reusable tickets are asked for: then one request serves everybody. */
  isReusable: boolean
  issue: (session: AuthSession, options: IssueOptions) => Promise<Ticket>
  emit: Emit
}

/** Requests side by side, at most: more would be a burst that a rate limit answers with 429. */
const MAX_PARALLEL = 6

export type TicketPool = ReturnType<typeof createTicketPool>

export function createTicketPool({ issue, isReusable, ...deps }: PoolDeps) {
  const { clock, emit } = deps
  const limited = createParallelLimit(() => (isShared ? 1 : MAX_PARALLEL))
  const received = createReceivedTickets(clock)
  const { take, keep, follow, learn, isUsable, ...tending } = createPrefetching({
    ...deps,
    fetchAhead: (session, signal) => receive(session, { signal, begunAt: clock.now(), quiet: true }),
  })
  /** One request serves everybody: until the backend answers that its tickets are single-use all the same. */
  let isShared = isReusable

  async function receive(session: AuthSession, options: IssueOptions): Promise<Ticket> {
    const cache = cacheOf(session)
    try {
      const ticket = received.checked(await issue(session, options))
      isShared = !ticket.singleUse
      learn(cache, true)
      return ticket
    } catch (error) {
      if (!options.signal.aborted) learn(cache, false)
      throw error
    }
  }

  async function requested(session: AuthSession, wanted: Wanted): Promise<Taken> {
    const cache = cacheOf(session)
    const { signal } = wanted
    const { result, isLeft } = request(session, cache, wanted)
    const ticket = await result
    // A reusable ticket is shared; one whose caller has left is the next one's.
    if ((!ticket.singleUse || signal.aborted) && !isLeft()) keep(session, cache, ticket)
    if (signal.aborted) throw abortReason(signal)
    return { ticket, fresh: true, cache }
  }

  /** Ends with its caller, unless the caller's time was over: then it goes on as a prefetch. */
  function request(session: AuthSession, cache: OpenCache, { signal, timer, begunAt, isSecond }: Wanted) {
    const controller = new AbortController()
    let isLeft = false
    const result = receive(session, { signal: controller.signal, timer, begunAt, isSecond })
    if (timer) timer.request = result
    signal.addEventListener('abort', () => {
      isLeft = timer?.signal.aborted === true
      if (isLeft) follow(session, cache, { result, controller, begunAt, claimant: null })
      else controller.abort(signal.reason)
    })
    return { result, isLeft: () => isLeft }
  }

  function prefetched(session: AuthSession): Taken | null {
    const cache = cacheOf(session)
    const ticket = take(session)
    return ticket && { ticket, fresh: false, cache }
  }

  /** By a request that is under way and that no caller has claimed; else by one of the caller's own. */
  async function claimedOrRequested(session: AuthSession, wanted: Wanted): Promise<Taken> {
    const cache = cacheOf(session)
    const { signal, begunAt, timer } = wanted
    const claimed = claim(cache, signal, begunAt)
    if (!claimed) return requested(session, wanted)
    if (timer) timer.request = claimed
    const ticket = await claimed.catch(retryable)
    if (ticket && signal.aborted) keep(session, cache, ticket)
    if (signal.aborted) throw abortReason(signal)
    if (ticket && !cache.isDropped) return { ticket, fresh: true, cache }
    return requested(session, { ...wanted, isSecond: true })
  }

  /** A ticket whose taker has left meanwhile lies there again. */
  function handedOut(session: AuthSession, signal: AbortSignal, taken: Taken): Taken {
    if (signal.aborted) {
      putBack(session, taken)
      throw abortReason(signal)
    }
    emit(session, 'ticketTaken', { handle: taken.ticket.label, fresh: taken.fresh })
    return taken
  }

  function putBack(session: AuthSession, { ticket, cache }: Taken) {
    if (cache && ticket.singleUse && !cache.prefetched && isUsable(ticket)) keep(session, cache, ticket)
  }

  return {
    /** A ticket of the caller's own. Its errors are those of the request. */
    async take(session: AuthSession, signal: AbortSignal, timer?: StepDownTimer): Promise<Taken> {
      const wanted = { signal, timer, begunAt: clock.now() }
      // Once more after the queue: another caller may have left one, or brought one for all.
      const taken =
        prefetched(session) ??
        (await limited(signal, async () => prefetched(session) ?? claimedOrRequested(session, wanted)))
      return handedOut(session, signal, taken)
    },

    /** Always asks the backend, whatever lies here. */
    async requestNew(session: AuthSession, signal: AbortSignal): Promise<Taken> {
      const wanted = { signal, begunAt: clock.now() }
      return handedOut(session, signal, await limited(signal, () => requested(session, wanted)))
    },

    /** With fields of the caller's own: nobody else gets this ticket, and nothing is learnt for the others. */
    async requestOwn(session: AuthSession, signal: AbortSignal, own: TicketGenerationRequest): Promise<Taken> {
      const begunAt = clock.now()
      const ticket = received.checked(await limited(signal, () => issue(session, { signal, begunAt, own })))
      return handedOut(session, signal, { ticket, fresh: true, cache: null })
    },

    /** Takes back a ticket that was never sent. */
    putBack,
    ...tending,
  }
}

/**
 * A quiet try that failed is made good by a request of the caller's own, unless the answer is final or the backend has asked
 * to wait, as a 429 does also without `Retry-After`.
 */
function retryable(error: TicketSocketError): null {
  if (error.retryAfterMs !== undefined || error.code === 'rate_limited' || isFinal(error)) throw error
  return null
}
