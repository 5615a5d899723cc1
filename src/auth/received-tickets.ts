// Looks at each ticket as it comes: one that has come before, or that has expired on its way, is not used.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { remainingMs, type Ticket } from './ticket.ts'

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
