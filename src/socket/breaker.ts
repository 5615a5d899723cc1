import type { Connection } from './connection.ts'

export interface BreakerPolicy {
  /** Attempts lost in a row that open it; Infinity: never. */
  failureThreshold: number
  /** The least wait while it is open, in milliseconds. The wait is random between this and twice as much. */
  resetMs: number
}

/**
 * `open`: so many attempts were lost in a row that the next one waits `resetMs` or longer, or for the network;
 * `half-open`: one attempt is under way, or has opened and not settled yet; `closed`: anything else.
 */
export type Breaker = 'closed' | 'open' | 'half-open'

/** A reading of the attempts lost in a row, and no machine of its own. */
export function breakerOf({ streak, phase }: Connection, { failureThreshold }: BreakerPolicy): Breaker {
  if (streak < failureThreshold) return 'closed'
  switch (phase) {
    case 'waiting':
    case 'suspended':
      return 'open'
    case 'authenticating':
    case 'opening':
    case 'confirming':
    case 'open':
      return 'half-open'
    case 'idle':
    case 'closed':
    case 'failed':
      return 'closed'
    default:
      return phase satisfies never
  }
}
