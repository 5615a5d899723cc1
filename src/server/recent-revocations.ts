import type { Clock } from '../platform/platform.ts'
import { isOver } from './revocation.ts'
import type { Revocation } from './revocation-channel.ts'
import type { AcceptedUpgrade } from './upgrade-decision.ts'

/** Longer than any upgrade may take from reading its user's marks to being open. */
const KEPT_MS = 30_000
/** One that is forgotten too early is found by the check that each session makes once a minute. */
const MAX_KEPT = 10_000

/** What was revoked a moment ago: a connection that was being decided about then is opened after the message came. */
export interface RecentRevocations {
  add(revocation: Revocation): void
  /** Whether one of them ends this user's connection, which is about to open. */
  end(userId: string, accepted: Pick<AcceptedUpgrade, 'afterRevocationMs' | 'checkedAtMs'>): boolean
}

interface Kept {
  /** The first mark of the last one that was recorded. */
  atMs: number
  /** When the last one was sent that was not recorded, by this process's clock alone: no other one has a part in it. */
  unrecordedAtMs: number
  untilMs: number
}

const NONE = { atMs: Number.NEGATIVE_INFINITY, unrecordedAtMs: Number.NEGATIVE_INFINITY }

export function createRecentRevocations(clock: Clock): RecentRevocations {
  const kept = new Map<string, Kept>()

  function forget() {
    for (const [userId, { untilMs }] of kept) {
      if (untilMs > clock.now() && kept.size < MAX_KEPT) return
      kept.delete(userId)
    }
  }

  return {
    add({ userId, marks, ageMs = 0 }) {
      forget()
      const nowMs = clock.now()
      const { atMs, unrecordedAtMs } = kept.get(userId) ?? NONE
      kept.delete(userId) // so that the newest stands last
      kept.set(userId, {
        atMs: Math.max(atMs, marks?.atMs ?? atMs),
        unrecordedAtMs: marks ? unrecordedAtMs : Math.max(unrecordedAtMs, nowMs - ageMs),
        untilMs: nowMs + KEPT_MS,
      })
    },
    end(userId, { afterRevocationMs, checkedAtMs }) {
      const { atMs, unrecordedAtMs } = kept.get(userId) ?? NONE
      return isOver(afterRevocationMs, atMs) || checkedAtMs <= unrecordedAtMs
    },
  }
}
