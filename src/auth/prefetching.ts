// The one unused ticket that is kept ready, and when it is fetched: while somebody holds a lease, ahead of need, in one quiet
// try that never retries. Nobody waits for it, unless a caller claims the request that is under way.

import { type BackoffPolicy, fullJitter } from '../platform/backoff.ts'
import type { Clock, Random } from '../platform/platform.ts'
import type { Emit } from './auth-events.ts'
import type { AuthSession, Sessions } from './session.ts'
import { remainingMs, type Ticket } from './ticket.ts'
import { cacheOf, dropCache, type Flight, type OpenCache, stop } from './ticket-cache.ts'

export interface PrefetchingDeps {
  sessions: Pick<Sessions, 'current'>
  fetchAhead: (session: AuthSession, signal: AbortSignal) => Promise<Ticket>
  /** Whether fetching ahead is welcome now: flag on, signed in, shown, online, not reverted. */
  mayPrefetch: (session: AuthSession) => boolean
  clock: Clock
  random: Random
  refreshThresholdMs: number
  onChange: (session: AuthSession) => void
  emit: Emit
}

/** After a failed request the next prefetch waits. */
const PREFETCH_BACKOFF: BackoffPolicy = { baseDelayMs: 10_000, maxDelayMs: 120_000, multiplier: 2 }
/** Backends shorten a ticket to the rest of the JWT's life: near its end each one would be replaced by a shorter one. */
const MIN_KEEP_MS = 10_000
/** A ticket still has to travel. */
const TRAVEL_MS = 5_000

export function createPrefetching(deps: PrefetchingDeps) {
  const { sessions, fetchAhead, mayPrefetch, clock, random, refreshThresholdMs, onChange, emit } = deps
  let leases = 0
  let holds = 0

  /** How long before its expiry a ticket is replaced; of a short-lived one, half its life. */
  const lead = ({ ttlMs }: Ticket) => Math.min(refreshThresholdMs, ttlMs / 2)
  const isUsable = (ticket: Ticket) =>
    remainingMs(ticket, clock) > (ticket.singleUse ? Math.min(TRAVEL_MS, ticket.ttlMs / 4) : lead(ticket))

  /** Fetches ahead what a lease may need, or sets the timer for it. Safe to call at any time. */
  function tend() {
    const session = sessions.current()
    const cache = cacheOf(session)
    cache.cancelTimer?.()
    if (leases === 0 || cache.flights.size > 0) return
    const { notBefore } = session.health.record
    // No event marks the end of a wait: without a timer for it there would be no ticket until the page is next shown.
    const wait = Math.max(cache.prefetched?.refreshAt ?? 0, cache.pauseUntil, notBefore) - clock.now()
    if (wait > 0) cache.cancelTimer = clock.setTimer(tend, wait)
    else if (mayPrefetch(session)) begin(session, cache)
  }

  function begin(session: AuthSession, cache: OpenCache) {
    const controller = new AbortController()
    const begunAt = clock.now()
    follow(session, cache, { result: fetchAhead(session, controller.signal), controller, begunAt, claimant: null })
  }

  /** Its ticket is kept, unless a caller claims it. */
  function follow(session: AuthSession, cache: OpenCache, flight: Flight) {
    cache.flights.add(flight)
    const landed = (ticket: Ticket | null) => {
      if (!cache.flights.delete(flight)) return
      const isKept = ticket !== null && !(flight.claimant && ticket.singleUse)
      const isReplacement = isKept && cache.prefetched !== null
      if (isKept) lay(cache, ticket)
      tend()
      if (isKept) onChange(session)
      if (isReplacement) emit(session, 'ticketRefreshed', { handle: ticket.label })
    }
    flight.result.then(landed, () => landed(null))
  }

  function lay(cache: OpenCache, ticket: Ticket) {
    // Jitter spreads a fleet that started together; early only, so that there is time to try again.
    const early = lead(ticket) * (1 + 0.25 * random())
    const refreshInMs = Math.max(MIN_KEEP_MS, remainingMs(ticket, clock) - early)
    const { label: handle, expiresAtWall: expiresAt } = ticket
    const shown = { handle, expiresAt, refreshAt: clock.wallNow() + refreshInMs }
    cache.prefetched = { ticket, refreshAt: clock.now() + refreshInMs, shown }
  }

  /** Nobody needs them any more: stops the timer, and the requests that no caller has claimed. */
  function rest() {
    if (leases > 0) return
    const cache = cacheOf(sessions.current())
    cache.cancelTimer?.()
    if (holds === 0) stop(cache, ({ claimant }) => !claimant)
  }

  return {
    isUsable,
    tend,
    follow,

    keep(session: AuthSession, cache: OpenCache, ticket: Ticket) {
      lay(cache, ticket)
      onChange(session)
    },

    /** Hands the prefetched ticket over and forgets it; a reusable one stays. Null: there is none that is good enough. */
    take(session: AuthSession): Ticket | null {
      const cache = cacheOf(session)
      if (!cache.prefetched || !isUsable(cache.prefetched.ticket)) return null
      const { ticket } = cache.prefetched
      if (ticket.singleUse) {
        cache.prefetched = null
        tend()
        onChange(session)
      }
      return ticket
    },

    /** A request for a ticket, whichever caller made it, has failed or succeeded. */
    learn(cache: OpenCache, succeeded: boolean) {
      if (succeeded) cache.failures = 0
      else {
        const wait = PREFETCH_BACKOFF.baseDelayMs / 2 + fullJitter(cache.failures++, PREFETCH_BACKOFF, random())
        cache.pauseUntil = clock.now() + wait
      }
    },

    /** While there is a lease, a ticket is kept ready. Returns the function that ends it. */
    lease(): () => void {
      leases++
      tend()
      return once(() => {
        leases--
        rest()
      })
    },

    /** Keeps requests under way alive. Returns the function that ends it. */
    hold(): () => void {
      holds++
      return once(() => {
        holds--
        rest()
      })
    },

    /** Forgets the prefetched ticket and the requests under way. */
    drop(session: AuthSession) {
      dropCache(session)
      tend()
      onChange(session)
    },
  }
}

function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    action()
  }
}
