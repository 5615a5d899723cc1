import type { Clock } from '../platform/platform.ts'
import type { TicketStore } from './ticket-store.ts'

/** A check of the store is asked for anew after this long. */
const KEPT_MS = 1_000

/** The question whether the store can be reached, which really asks it, at most once a second. */
export function createReachability(store: Pick<TicketStore, 'ping'>, clock: Clock): () => Promise<boolean> {
  let last: { atMs: number; isReachable: Promise<boolean> } | null = null
  return () => {
    const nowMs = clock.now()
    // The promise is kept, not its outcome: a crowd that asks while the store is slow causes one question.
    if (!last || nowMs - last.atMs >= KEPT_MS) {
      const isReachable = store.ping().then(
        () => true,
        () => false,
      )
      last = { atMs: nowMs, isReachable }
    }
    return last.isReachable
  }
}
