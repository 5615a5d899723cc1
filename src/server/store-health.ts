import type { Clock } from '../platform/platform.ts'
import type { Emit } from './server-events.ts'
import type { TicketStore } from './ticket-store.ts'

/** The outcome of a check is used for this long. */
const KEPT_MS = 1_000

/**
 * Checks whether the store can do its work. Resolves to a description of the problem that holds no address, or to `null`. Asks the
 * store at most once a second. Emits an event for the first outcome and for each change.
 */
export function createStoreHealth(
  store: Pick<TicketStore, 'ping'>,
  clock: Clock,
  emit: Emit,
): () => Promise<string | null> {
  let last: { atMs: number; problem: Promise<string | null> } | null = null
  let reported: string | null | undefined

  async function check(): Promise<string | null> {
    const problem = await store.ping().then(
      () => null,
      (error: Error) => error.message,
    )
    if (problem !== reported) emit(() => ({ kind: 'store_checked', isReady: problem === null, problem }))
    reported = problem
    return problem
  }

  return () => {
    const nowMs = clock.now()
    // The promise is kept, not its outcome: many callers share one question while the store is slow.
    if (!last || nowMs - last.atMs >= KEPT_MS) last = { atMs: nowMs, problem: check() }
    return last.problem
  }
}
