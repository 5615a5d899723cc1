// A session's ticket cache: its unused ticket, and the requests that may bring one. Dropping it puts another cache in its place:
// a ticket that comes late, or is put back late, lies in the old one, from which nobody takes.

import type { Ticket } from './ticket.ts'

export interface Prefetched {
  readonly ticket: Ticket
  /** Monotonic milliseconds. */
  readonly refreshAt: number
  /** As the snapshot has it; times in milliseconds since 1970. */
  readonly shown: { readonly handle: string; readonly expiresAt: number; readonly refreshAt: number }
}

/** A request under way. */
export interface Flight {
  result: Promise<Ticket>
  controller: AbortController
  begunAt: number
  /** The signal of the caller that waits for it; null: its ticket is kept. */
  claimant: AbortSignal | null
}

/** What other files may read of it. */
export interface TicketCache {
  readonly prefetched: Prefetched | null
  /** More than one only where attempts have stopped waiting for the requests that they made. */
  readonly flights: ReadonlySet<Flight>
  /** Requests that failed in a row, and until when none is made ahead of need. */
  readonly failures: number
  readonly pauseUntil: number
  readonly isDropped: boolean
}

export const emptyCache = (): TicketCache => ({
  prefetched: null,
  flights: new Set(),
  failures: 0,
  pauseUntil: 0,
  isDropped: false,
})

/** For the files that fill and empty it. */
export interface OpenCache extends TicketCache {
  prefetched: TicketCache['prefetched']
  readonly flights: Set<Flight>
  failures: number
  pauseUntil: number
  isDropped: boolean
  /** Of the next look at whether a ticket is needed. */
  cancelTimer?: () => void
}

/** The part of a session that this file writes. */
interface CacheHolder {
  cache: TicketCache
}

export const cacheOf = ({ cache }: Readonly<CacheHolder>) => cache as OpenCache

/** Puts an empty cache in place; returns the ticket that lay there, so that it can be revoked. */
export function dropCache(session: CacheHolder): Ticket | null {
  const dropped = cacheOf(session)
  session.cache = emptyCache()
  dropped.isDropped = true
  dropped.cancelTimer?.()
  stop(dropped, () => true)
  return dropped.prefetched?.ticket ?? null
}

export function stop(cache: OpenCache, isStopped: (flight: Flight) => boolean): void {
  const stopped = [...cache.flights].filter(isStopped)
  // Out of the cache first: what an abort ends may begin another request.
  for (const flight of stopped) cache.flights.delete(flight)
  for (const { controller } of stopped) controller.abort()
}

/**
 * The request that is under way, for one caller alone; null without one. A caller that leaves gives it back. One that began
 * after its caller had come, as happens in a queue, may last longer than the caller's budget.
 */
export function claim(cache: OpenCache, signal: AbortSignal, cameAt: number): Promise<Ticket | null> | null {
  const flight = [...cache.flights].find(({ claimant, begunAt }) => !claimant && begunAt <= cameAt)
  if (!flight) return null
  flight.claimant = signal
  signal.addEventListener('abort', () => {
    if (flight.claimant === signal) flight.claimant = null
  })
  return flight.result.then((ticket) => (flight.claimant === signal ? ticket : null))
}
