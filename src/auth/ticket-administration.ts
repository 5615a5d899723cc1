// What may be done with tickets beside using them: look at one, withdraw one, withdraw them all.

import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketValidationResponse } from '../contract/wire.ts'
import type { Secret } from '../platform/secret.ts'
import { abortReason, untilAborted } from './deadline.ts'
import type { HeldToken, Identity } from './identity.ts'
import type { Ticket } from './ticket.ts'
import type { TicketEndpoint } from './ticket-endpoint.ts'
import type { TicketLedger } from './ticket-ledger.ts'

export interface AdministrationDeps {
  endpoint: TicketEndpoint
  identity: Identity
  ledger: TicketLedger
  signedIn: (signal: AbortSignal) => Promise<HeldToken>
}

export function createTicketAdministration({ endpoint, identity, ledger, signedIn }: AdministrationDeps) {
  /** By the JWT of whoever is signed in; refused, it is renewed once, and the request made once more. */
  async function asUser<T>(wanted: AbortSignal, work: (held: HeldToken) => Promise<T>): Promise<T> {
    const held = await signedIn(wanted)
    const { signal } = held.epoch
    if (signal.aborted) throw abortReason(signal)
    try {
      return await work(held)
    } catch (error) {
      if ((error as TicketSocketError).code !== 'unauthenticated' || signal.aborted) throw error
      const newer = await untilAborted([signal, wanted], (live) => identity.renew(held.token, live))
      if (newer?.epoch !== held.epoch || signal.aborted) throw error
      return work(newer)
    }
  }

  /** The spare is known by its label. It is forgotten where the backend is about to use it up. */
  async function withNamed<T>(
    handle: string,
    wanted: AbortSignal,
    isUsedUp: (spare: Ticket) => boolean,
    work: (jwt: Secret, name: string, signals: readonly AbortSignal[]) => Promise<T>,
  ): Promise<T> {
    let name = handle
    return asUser(wanted, ({ token, epoch }) => {
      const spare = ledger.spare()?.ticket
      if (spare?.label === handle) {
        name = spare.pathName.reveal()
        if (isUsedUp(spare)) ledger.drop()
      }
      return work(token, name, [epoch.signal, wanted])
    })
  }

  return {
    // A backend without handles uses a ticket up by looking.
    validate: (handle: string, signal: AbortSignal): Promise<TicketValidationResponse> =>
      withNamed(handle, signal, ({ hasHandle }) => !hasHandle, endpoint.validate),

    revoke: (handle: string, signal: AbortSignal): Promise<void> =>
      withNamed(handle, signal, () => true, endpoint.revoke),

    revokeAll: (signal: AbortSignal): Promise<number> =>
      asUser(signal, async ({ token, epoch }) => {
        // Once begun it outlives the session: an app that signs out of all sessions often signs out here in the next line.
        const revoked = await endpoint.revokeAll(token, [signal])
        if (!epoch.signal.aborted) ledger.drop()
        return revoked
      }),
  }
}
