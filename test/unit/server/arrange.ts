// A server SDK on a virtual clock, with users whose JWT is simply their name and a counter for what the store is asked.

import type { Identity, VerifyToken } from '../../../src/server/identity.ts'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import { AuthTicketManager } from '../../../src/server/ticket-manager.ts'
import type { AuthTicketManagerOptions } from '../../../src/server/ticket-manager-options.ts'
import type { TicketStore } from '../../../src/server/ticket-store.ts'
import { createVirtualClock, type VirtualClock } from '../../support/virtual-clock.ts'

export const HOUR = 3_600_000

/** Counts the calls, and fails all of them once `isDown` is set. */
export function watchStore(store: TicketStore) {
  const watch = { calls: [] as string[], isDown: false }
  const watched = new Proxy(store, {
    get(target, name: keyof TicketStore) {
      const member = target[name]
      if (typeof member !== 'function') return member
      return async (...args: never[]) => {
        watch.calls.push(name)
        if (watch.isDown) throw new Error('connect ECONNREFUSED')
        return (member as (...args: never[]) => Promise<unknown>)(...args)
      }
    },
  })
  return { watch, watched }
}

export function arrangeTickets(options: Partial<AuthTicketManagerOptions> & { clock?: VirtualClock } = {}) {
  const clock = options.clock ?? createVirtualClock()
  const { watch, watched } = watchStore(options.store ?? createMemoryTicketStore({ clock }))
  const tickets = new AuthTicketManager({ clock, ...options, store: watched })
  return { clock, watch, tickets, users: createUsers(clock) }
}

/** Users by their JWTs: `sign('alice')` is a token of alice, issued now and good for an hour. */
function createUsers(clock: VirtualClock) {
  const identities = new Map<string, Identity>()
  let count = 0
  const sign = (userId: string, changes: Partial<Identity> = {}): string => {
    const token = `jwt-of-${userId}-${++count}`
    identities.set(token, {
      userId,
      email: `${userId}@example.com`,
      permissions: ['chat', 'read'],
      issuedAt: clock.wallNow(),
      expiresAt: clock.wallNow() + HOUR,
      ...changes,
    })
    return token
  }
  const verifyToken: VerifyToken = (jwt) => identities.get(jwt) ?? null
  return { sign, verifyToken }
}
