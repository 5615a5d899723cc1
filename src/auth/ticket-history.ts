// What this page has learnt about the backend's tickets for this user: the record of the chain, the last reason, and
// the one moment at which tickets are given up.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { type ChainPolicy, CLEAN_RECORD, recordAfter, type TicketEvent, type TicketRecord } from './ticket-record.ts'

export interface TicketHistoryDeps {
  clock: Clock
  policy: ChainPolicy
  onChange: (record: TicketRecord, lastError: TicketSocketError | null) => void
  /** Tickets are given up. Called once until `reset()`. */
  onReverted: (cause: TicketSocketError) => void
}

export type TicketHistory = ReturnType<typeof createTicketHistory>

export function createTicketHistory({ clock, policy, onChange, onReverted }: TicketHistoryDeps) {
  let record = CLEAN_RECORD
  let lastError: TicketSocketError | null = null
  let givingUp = new AbortController()

  function note(event: TicketEvent, cause: TicketSocketError | null = lastError) {
    const before = record
    record = recordAfter(before, event, policy)
    lastError = event.type === 'ticket_accepted' ? null : cause
    onChange(record, lastError)
    if (record.reverted && !before.reverted) giveUp(cause ?? refused())
  }

  function giveUp(cause: TicketSocketError) {
    // In a turn of its own: the attempt that has shown it fails by an error that says more.
    clock.setTimer(() => record.reverted && givingUp.abort(), 0)
    onReverted(cause)
  }

  function restart(from: TicketRecord) {
    record = { ...from, counted: record.counted }
    lastError = null
    if (givingUp.signal.aborted) givingUp = new AbortController()
    onChange(record, lastError)
  }

  return {
    record: () => record,
    lastError: () => lastError,
    /** Aborted once tickets are given up: no attempt waits for one any more. */
    givingUp: () => givingUp.signal,
    note,
    /** Whoever asked, and whatever becomes of it: nobody asks for a ticket before the wait is over. */
    toldToWait(error: TicketSocketError) {
      if (error.retryAfterMs === undefined) return
      note({ type: 'asked_to_wait', notBefore: clock.now() + error.retryAfterMs }, error)
    },
    /** No ticket could be had. `counted`: it is evidence, from an attempt that began with so many; null: not yet. */
    failed(error: TicketSocketError, counted: number | null) {
      const { code } = error
      note(
        counted === null ? { type: 'acquisition_failed', code } : { type: 'answered_without_ticket', code, counted },
        error,
      )
    },
    /** For an app that sees why: only what is evidence is shown. */
    ticketRefused(refusal: Omit<TicketEvent & { type: 'ticket_refused' }, 'type' | 'now'>) {
      const before = record
      const event = { type: 'ticket_refused' as const, now: clock.now(), ...refusal }
      const { failures, refusedInARow } = recordAfter(before, event, policy)
      const isEvidence = failures > before.failures || refusedInARow > before.refusedInARow
      note(event, isEvidence ? refused() : lastError)
    },
    dialLost: () => note({ type: 'dial_lost' }, dialLost()),
    /** Tickets are tried again; not before the backend wants it. */
    reset: () => restart({ ...CLEAN_RECORD, notBefore: record.notBefore }),
    /** Another session begins, with another user's limits. */
    forget: () => restart(CLEAN_RECORD),
  }
}

export const askedToWait = (retryAfterMs: number) =>
  new TicketSocketError(
    'rate_limited',
    'The backend asked to wait before the next ticket. None is requested before retryAfterMs has passed.',
    { retryAfterMs },
  )

export const refused = () => {
  const message = 'The server refused a fresh ticket. Check that all servers share one ticket store.'
  return new TicketSocketError('ticket_rejected', message)
}

export const dialLost = () => {
  const message =
    'A connection by ticket was lost before it opened. Check that no proxy refuses the URL, or the upgrade.'
  return new TicketSocketError('connection_lost', message)
}
