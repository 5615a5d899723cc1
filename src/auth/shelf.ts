// Where a session's unused ticket lies, and the requests that may bring one. What empties it puts another shelf in its place:
// a ticket that comes late, or is put back late, lies on the old one, from which nobody takes.

import { type AuthSession, emptyShelf, type Flight, type Shelf, type Writable } from './session.ts'
import type { Ticket } from './ticket.ts'

/** For the files that fill and empty it. */
export interface OpenShelf extends Shelf {
  prefetched: Shelf['prefetched']
  readonly flights: Set<Flight>
  failures: number
  pauseUntil: number
  isDropped: boolean
  /** Of the next look at whether a ticket is needed. */
  cancelTimer?: () => void
}

export const shelfOf = ({ shelf }: Pick<AuthSession, 'shelf'>) => shelf as OpenShelf

/** Puts an empty shelf in place; answers with the ticket that lay there, so that it can be revoked. */
export function dropShelf(session: Writable<'shelf'>): Ticket | null {
  const dropped = shelfOf(session)
  session.shelf = emptyShelf()
  dropped.isDropped = true
  dropped.cancelTimer?.()
  stop(dropped, () => true)
  return dropped.prefetched?.ticket ?? null
}

export function stop(shelf: OpenShelf, isStopped: (flight: Flight) => boolean): void {
  const stopped = [...shelf.flights].filter(isStopped)
  // Off the shelf first: a listener that is called by the abort may begin another.
  for (const flight of stopped) shelf.flights.delete(flight)
  for (const { controller } of stopped) controller.abort()
}

/**
 * The request that is under way, for one caller alone; null without one. A caller that leaves gives it back. One that began
 * after its caller had come, as happens in a queue, may last longer than the caller's budget.
 */
export function claim(shelf: OpenShelf, signal: AbortSignal, cameAt: number): Promise<Ticket | null> | null {
  const flight = [...shelf.flights].find(({ claimant, begunAt }) => !claimant && begunAt <= cameAt)
  if (!flight) return null
  flight.claimant = signal
  signal.addEventListener('abort', () => {
    if (flight.claimant === signal) flight.claimant = null
  })
  return flight.result.then((ticket) => (flight.claimant === signal ? ticket : null))
}
