import type { Clock } from '../platform/platform.ts'
import type { Tell } from './server-events.ts'
import type { TicketStore } from './ticket-store.ts'

/** A check of the store is asked for anew after this long. */
const KEPT_MS = 1_000

/**
 * The question whether the store can do its work: resolves to what is wrong with it, in words that hold no address, or `null`.
 * Really asks it, at most once a second. The first answer and each change are told.
 */
export function createStoreHealth(
  store: Pick<TicketStore, 'ping'>,
  clock: Clock,
  tell: Tell,
): () => Promise<string | null> {
  let last: { atMs: number; problem: Promise<string | null> } | null = null
  let told: string | null | undefined

  async function check(): Promise<string | null> {
    const problem = await store.ping().then(
      () => null,
      (error: Error) => error.message,
    )
    if (problem !== told) tell(() => ({ kind: 'store_checked', isReady: problem === null, problem }))
    told = problem
    return problem
  }

  return () => {
    const nowMs = clock.now()
    // The promise is kept, not its outcome: a crowd that asks while the store is slow causes one question.
    if (!last || nowMs - last.atMs >= KEPT_MS) last = { atMs: nowMs, problem: check() }
    return last.problem
  }
}
