// Ticket administration: validate, revoke, revoke all, and the state of the ticket system.

import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketSystemStatus, TicketValidationResponse } from '../contract/wire.ts'
import type { Secret } from '../platform/secret.ts'
import { type CallOptions, untilAborted } from './deadline.ts'
import type { Identity } from './identity.ts'
import { type AuthSession, still } from './session.ts'
import type { Ticket } from './ticket.ts'
import type { TicketApi } from './ticket-api.ts'
import type { TicketPool } from './ticket-pool.ts'

export interface TicketAdministration {
  /**
   * Looks at a ticket, by its handle. Rejects with a `TicketSocketError` when the backend does not answer.
   *
   * A backend without handles uses the ticket up by looking: a prefetched one is forgotten then.
   */
  validateTicket(handle: string, options?: CallOptions): Promise<TicketValidationResponse>
  /**
   * Resolves when the ticket can no longer be used. Rejects with a `TicketSocketError`: `invalid_request` when it was unknown,
   * spent, or another user's.
   */
  revokeTicket(handle: string, options?: CallOptions): Promise<void>
  /**
   * Signs out of all sessions: live sockets of this user close on every server. Resolves with the number of unspent tickets
   * that were revoked; rejects with a `TicketSocketError`.
   */
  revokeAllTickets(options?: CallOptions): Promise<number>
  /** What the backend says of its tickets. Public: it needs neither a user nor the flag. Rejects with a `TicketSocketError`. */
  getTicketSystemStatus(options?: CallOptions): Promise<TicketSystemStatus>
}

export interface AdministrationDeps {
  api: TicketApi
  identity: Identity
  pool: TicketPool
}

/** Who is signed in, and the JWT to use. */
interface SignedIn {
  session: AuthSession
  jwt: Secret
}

export function createTicketAdministration({ api, identity, pool }: AdministrationDeps) {
  /** By the JWT of the user who is signed in; refused, it is renewed once, and the request made once more. */
  async function asUser<T>(asked: AuthSession, wanted: AbortSignal, work: (user: SignedIn) => Promise<T>): Promise<T> {
    const { session, jwt } = await identity.signedIn(asked, wanted)
    still(session)
    try {
      return await work({ session, jwt: jwt.token })
    } catch (error) {
      if ((error as TicketSocketError).code !== 'unauthenticated' || session.signal.aborted) throw error
      const newer = await untilAborted([session.signal, wanted], (live) => identity.renew(session, jwt.token, live))
      if (!newer.jwt || session.signal.aborted) throw error
      return work({ session, jwt: newer.jwt.token })
    }
  }

  /** The prefetched ticket is known by its label. It is forgotten where the backend is about to use it up. */
  async function withNamed<T>(
    asked: AuthSession,
    handle: string,
    wanted: AbortSignal,
    isUsedUp: (prefetched: Ticket) => boolean,
    work: (jwt: Secret, name: string, signals: readonly AbortSignal[]) => Promise<T>,
  ): Promise<T> {
    let name = handle
    return asUser(asked, wanted, ({ session, jwt }) => {
      const prefetched = session.cache.prefetched?.ticket
      if (prefetched?.label === handle) {
        name = prefetched.pathName.reveal()
        if (isUsedUp(prefetched)) pool.drop(session)
      }
      return work(jwt, name, [session.signal, wanted])
    })
  }

  return {
    // A backend without handles uses a ticket up by looking.
    validate: (session: AuthSession, handle: string, signal: AbortSignal): Promise<TicketValidationResponse> =>
      withNamed(session, handle, signal, ({ hasHandle }) => !hasHandle, api.validate),

    revoke: (session: AuthSession, handle: string, signal: AbortSignal): Promise<void> =>
      withNamed(session, handle, signal, () => true, api.revoke),

    revokeAll: (asked: AuthSession, signal: AbortSignal): Promise<number> =>
      asUser(asked, signal, async ({ session, jwt }) => {
        // Once begun it outlives the session: an app that signs out of all sessions often signs out here in the next line.
        const revoked = await api.revokeAll(jwt, [signal])
        // The next user's page has nothing to fetch ahead because of it.
        if (!session.signal.aborted) pool.drop(session)
        return revoked
      }),

    status: (signal: AbortSignal) => api.status([signal]),
  }
}
