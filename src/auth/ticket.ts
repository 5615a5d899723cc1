// A ticket: as the client holds it, in the URL that is dialled, and as it is received. One that came before, or that has expired
// on its way, is not used.

import { TicketSocketError } from '../contract/errors.ts'
import type { TicketGenerationRequest, TicketGenerationResponse } from '../contract/wire.ts'
import type { Clock } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'

/** A ticket as the client holds it. Only `secret` opens anything. */
export interface Ticket {
  readonly secret: Secret
  /** Names the ticket in paths. The backend's handle, or, where it sends none, the ticket itself: so a secret too. */
  readonly pathName: Secret
  readonly hasHandle: boolean
  /** Names the ticket in logs and events: the backend's handle, or a local number. */
  readonly label: string
  readonly ttlMs: number
  readonly singleUse: boolean
  /** Both clocks when the request for it began; whatever the backend's clock says, it cannot be younger. */
  readonly begunAt: number
  readonly begunAtWall: number
  /** For display, milliseconds since 1970. */
  readonly expiresAtWall: number
  readonly createdAtWall: number
  /** As the backend sends it. Nothing dials it. */
  readonly websocketUrl: string | undefined
  readonly subprotocol: string | undefined
  /** The JWT that it was issued for, which alone may revoke it after the user has signed out. */
  readonly issuedFor: Secret
}

let unnamed = 0

export function toTicket(
  answer: TicketGenerationResponse,
  request: TicketGenerationRequest,
  begun: { now: number; wall: number },
  issuedFor: Secret,
): Ticket {
  // A handle that is the ticket itself opens what a handle must not.
  const handle = answer.ticket_handle === answer.ticket_id ? null : (answer.ticket_handle ?? null)
  return {
    secret: new Secret(answer.ticket_id),
    pathName: new Secret(handle ?? answer.ticket_id),
    hasHandle: handle !== null,
    label: handle ?? `ticket-${++unnamed}`,
    ttlMs: answer.ttl_seconds * 1000,
    // Whichever is stricter: a ticket that was asked for as single-use is used once, whatever the answer says.
    singleUse: request.single_use !== false || answer.single_use,
    begunAt: begun.now,
    begunAtWall: begun.wall,
    expiresAtWall: answer.expires_at * 1000,
    createdAtWall: answer.created_at * 1000,
    websocketUrl: answer.websocket_url ?? undefined,
    subprotocol: answer.subprotocol ?? undefined,
    issuedFor,
  }
}

/**
 * The app's URL plus `ticket`, and otherwise as it is spelled: `URL` and `URLSearchParams` would rewrite it. It has no fragment
 * and no other ticket; `ticket` needs no escaping.
 */
export function withTicket(url: string, ticket: string): string {
  const separator = !url.includes('?') ? '?' : /[?&]$/.test(url) ? '' : '&'
  return `${url}${separator}ticket=${ticket}`
}

/**
 * Milliseconds left, by whichever clock has gone further: the monotonic one stands still while some machines sleep, the
 * wall clock may be set back. Only the time since the request counts, so a clock that is simply wrong changes nothing.
 */
export function remainingMs(ticket: Ticket, clock: Clock): number {
  const elapsed = Math.max(clock.now() - ticket.begunAt, clock.wallNow() - ticket.begunAtWall)
  return ticket.ttlMs - elapsed
}

/** The values of so many tickets are kept, to notice a cache that answers with an old one. */
const MAX_KNOWN = 1_000

export function createReceivedTickets(clock: Clock) {
  const values = new Set<string>()
  return {
    /** The ticket itself; throws for one that cannot be used. */
    checked(ticket: Ticket): Ticket {
      const value = ticket.secret.reveal()
      if (values.has(value)) throw repeated()
      if (ticket.singleUse) values.add(value)
      for (const oldest of values) {
        if (values.size <= MAX_KNOWN) break
        values.delete(oldest)
      }
      if (remainingMs(ticket, clock) <= 0) throw expired()
      return ticket
    },
  }
}

function repeated() {
  const message = 'The backend answered with a ticket that it had given before. Check that no cache stands in between.'
  return new TicketSocketError('ticket_repeated', message)
}

const expired = () =>
  new TicketSocketError(
    'timeout',
    'The ticket had expired when it came. If this repeats, check ttl_seconds of the answers.',
  )
