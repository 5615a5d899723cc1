import type { Clock } from '../platform/platform.ts'
import type { RevocationMarks } from './revocation.ts'
import type { Revocation } from './revocation-channel.ts'

/** Longer than any upgrade may take from reading its user's marks to being open. */
const KEPT_MS = 30_000
/** One that is forgotten too early is found by the check that each session makes once a minute. */
const MAX_KEPT = 10_000

/** What was revoked a moment ago: a connection that was being decided about then is opened after the message came. */
export interface RecentRevocations {
  add(revocation: Revocation): void
  of(userId: string): RevocationMarks | null
}

export function createRecentRevocations(clock: Clock): RecentRevocations {
  const kept = new Map<string, { marks: RevocationMarks; untilMs: number }>()

  function forget() {
    for (const [userId, { untilMs }] of kept) {
      if (untilMs > clock.now() && kept.size < MAX_KEPT) return
      kept.delete(userId)
    }
  }

  return {
    add({ userId, marks }) {
      if (!marks) return
      forget()
      const before = kept.get(userId)?.marks
      kept.delete(userId) // so that the newest stands last
      kept.set(userId, { marks: before && before.atMs > marks.atMs ? before : marks, untilMs: clock.now() + KEPT_MS })
    },
    of: (userId) => kept.get(userId)?.marks ?? null,
  }
}
