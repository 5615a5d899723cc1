// The one unspent ticket that is kept ready, and when it is fetched: while somebody holds a lease, ahead of need, in one
// quiet try that never retries. Nobody waits for it, unless a caller claims the request that is under way.

import { type BackoffPolicy, fullJitter } from '../platform/backoff.ts'
import type { Clock, Random } from '../platform/platform.ts'
import { remainingMs, type Ticket } from './ticket.ts'

export interface SpareKeeperDeps {
  fetchAhead: (signal: AbortSignal) => Promise<Ticket>
  /** Whether fetching ahead is welcome now: flag on, signed in, shown, online, not reverted. */
  mayPrefetch: () => boolean
  /** The backend asked to wait until then (monotonic milliseconds). */
  notBefore: () => number
  clock: Clock
  random: Random
  refreshThresholdMs: number
  onChange: () => void
  /** A spare was replaced before it expired. */
  onRefreshed: (ticket: Ticket) => void
}

export interface Spare {
  readonly ticket: Ticket
  /** Monotonic milliseconds. */
  readonly refreshAt: number
}

/** A request under way. */
export interface Flight {
  result: Promise<Ticket>
  controller: AbortController
  begunAt: number
  /** The signal of whoever waits for it; null: it becomes the spare. */
  claimant: AbortSignal | null
}

/** After a failed request the next prefetch waits. */
const PREFETCH_BACKOFF: BackoffPolicy = { baseDelayMs: 10_000, maxDelayMs: 120_000, multiplier: 2 }
/** Backends shorten a ticket to the rest of the JWT's life: near its end each spare would be replaced by a shorter one. */
const MIN_KEEP_MS = 10_000
/** A ticket still has to travel. */
const TRAVEL_MS = 5_000

export function createSpareKeeper(deps: SpareKeeperDeps) {
  const { fetchAhead, mayPrefetch, notBefore, clock, random, refreshThresholdMs, onChange, onRefreshed } = deps
  let spare: Spare | null = null
  /** More than one only where attempts have stopped waiting for requests of their own. */
  const flights = new Set<Flight>()
  let pauseUntil = 0
  let failures = 0
  let leases = 0
  let holds = 0
  let cancelTimer = () => {}

  /** How long before its expiry a ticket is replaced; of a short-lived one, half its life. */
  const lead = ({ ttlMs }: Ticket) => Math.min(refreshThresholdMs, ttlMs / 2)
  const isUsable = (ticket: Ticket) =>
    remainingMs(ticket, clock) > (ticket.singleUse ? Math.min(TRAVEL_MS, ticket.ttlMs / 4) : lead(ticket))

  /** Fetches ahead what a lease may need, or sets the timer for it. Safe to call at any time. */
  function tend() {
    cancelTimer()
    if (leases === 0 || flights.size > 0) return
    // Nobody says that a wait is over: without a timer for it there would be no spare until the page is next shown.
    const wait = Math.max(spare?.refreshAt ?? 0, pauseUntil, notBefore()) - clock.now()
    if (wait > 0) cancelTimer = clock.setTimer(tend, wait)
    else if (mayPrefetch()) begin()
  }

  function begin() {
    const controller = new AbortController()
    const begunAt = clock.now()
    follow({ result: fetchAhead(controller.signal), controller, begunAt, claimant: null })
  }

  /** Its ticket is kept, unless somebody claims it. */
  function follow(flight: Flight) {
    flights.add(flight)
    const landed = (ticket: Ticket | null) => {
      if (!flights.delete(flight)) return
      if (ticket && !(flight.claimant && ticket.singleUse)) {
        const isReplacement = spare !== null
        keep(ticket)
        // Whoever sees it may have ended the session.
        if (isReplacement && spare?.ticket === ticket) onRefreshed(ticket)
      }
      tend()
    }
    flight.result.then(landed, () => landed(null))
  }

  function keep(ticket: Ticket) {
    // Jitter spreads a fleet that started together; early only, so that there is time to try again.
    const early = lead(ticket) * (1 + 0.25 * random())
    spare = { ticket, refreshAt: clock.now() + Math.max(MIN_KEEP_MS, remainingMs(ticket, clock) - early) }
    onChange()
  }

  function stop(stopped: readonly Flight[]) {
    // Forgotten first: a listener that hears the abort may begin another.
    for (const flight of stopped) flights.delete(flight)
    for (const { controller } of stopped) controller.abort()
  }

  /** Nobody needs them any more: stops the timer, and the requests that nobody has claimed. */
  function rest() {
    if (leases > 0) return
    cancelTimer()
    if (holds === 0) stop([...flights].filter(({ claimant }) => !claimant))
  }

  return {
    current: () => spare,
    isUsable,
    keep,
    tend,
    follow,

    /** Hands the spare over and forgets it; a reusable one stays. Null: there is none that is good enough. */
    take(): Ticket | null {
      if (!spare || !isUsable(spare.ticket)) return null
      const { ticket } = spare
      if (ticket.singleUse) {
        spare = null
        onChange()
        tend()
      }
      return ticket
    },

    /**
     * The request that is under way, for one caller alone; null without one. A caller that leaves gives it back. One that
     * began after its caller had come, as happens in a queue, may last longer than the caller's budget.
     */
    claim(signal: AbortSignal, cameAt: number): Promise<Ticket | null> | null {
      const flight = [...flights].find(({ claimant, begunAt }) => !claimant && begunAt <= cameAt)
      if (!flight) return null
      flight.claimant = signal
      signal.addEventListener('abort', () => {
        if (flight.claimant === signal) flight.claimant = null
      })
      return flight.result.then((ticket) => (flight.claimant === signal ? ticket : null))
    },

    /** A request for a ticket, whoever made it, has failed or succeeded. */
    learn(succeeded: boolean) {
      if (succeeded) failures = 0
      else {
        const wait = PREFETCH_BACKOFF.baseDelayMs / 2 + fullJitter(failures++, PREFETCH_BACKOFF, random())
        pauseUntil = clock.now() + wait
      }
    },

    /** While there is a lease, a spare is kept. Returns the function that ends it. */
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

    /** Forgets the spare and the requests under way; answers with the spare, so that it can be revoked. */
    drop(): Ticket | null {
      const dropped = spare?.ticket ?? null
      spare = null
      stop([...flights])
      failures = 0
      pauseUntil = 0
      onChange()
      tend()
      return dropped
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
