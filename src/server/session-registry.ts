import type { Session } from './session.ts'

/** The live sessions, also by user: a sign-out of all sessions must not search through all of them. */
export interface SessionRegistry {
  add(session: Session): void
  remove(session: Session): void
  all(): Session[]
  /** The open sessions of this user, without those that are closing. */
  openOf(userId: string): Session[]
  readonly size: number
}

export function createSessionRegistry(): SessionRegistry {
  const live = new Set<Session>()
  const byUser = new Map<string, Set<Session>>()
  return {
    add(session) {
      live.add(session)
      // A session keeps its user as long as it lives.
      const userId = session.connection.identity?.userId
      if (userId !== undefined) byUser.set(userId, (byUser.get(userId) ?? new Set()).add(session))
    },
    remove(session) {
      live.delete(session)
      const userId = session.connection.identity?.userId
      if (userId === undefined) return
      const own = byUser.get(userId)
      own?.delete(session)
      if (own?.size === 0) byUser.delete(userId)
    },
    all: () => [...live],
    openOf: (userId) => [...(byUser.get(userId) ?? [])].filter((session) => session.isOpen()),
    get size() {
      return live.size
    },
  }
}
