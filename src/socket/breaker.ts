import { BREAKER_STREAK } from './lifecycle.ts'
import type { SocketSnapshot } from './socket-state.ts'

/**
 * A reading of the attempts lost in a row, no machine of its own. `open`: waiting 15 to 30 s, or for the network;
 * `half-open`: one probe is under way, or has opened and not settled yet; `closed`: anything else.
 */
export type Breaker = 'closed' | 'open' | 'half-open'

export function breakerOf({ failedAttempts, status, retryAt }: SocketSnapshot): Breaker {
  if (failedAttempts < BREAKER_STREAK) return 'closed'
  switch (status) {
    case 'offline':
      return 'open'
    case 'reconnecting':
      return retryAt === null ? 'half-open' : 'open'
    case 'open':
      return 'half-open'
    default:
      return 'closed'
  }
}
