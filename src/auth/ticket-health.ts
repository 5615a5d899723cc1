// Whether this user's tickets work: the record of the chain, the last reason, and the one moment at which tickets are given up.
// First the session is changed, and only then is it shown and reported.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import type { Emit } from './auth-events.ts'
import type { AuthSession, Writable } from './session.ts'
import { dropCache } from './ticket-cache.ts'
import { type ChainPolicy, CLEAN_RECORD, recordAfter, type TicketEvent } from './ticket-record.ts'

export interface TicketHealthDeps {
  clock: Clock
  policy: ChainPolicy
  onChange: (session: AuthSession) => void
  emit: Emit
}

export type TicketHealthKeeper = ReturnType<typeof createTicketHealth>

export function createTicketHealth({ clock, policy, onChange, emit }: TicketHealthDeps) {
  function note(session: Writable<'health'>, event: TicketEvent, cause = session.health.lastError) {
    const { record, givingUp } = session.health
    const after = recordAfter(record, event, policy)
    session.health = { record: after, lastError: event.type === 'ticket_accepted' ? null : cause, givingUp }
    const isGivenUp = after.reverted && !record.reverted
    if (isGivenUp) giveUp(session)
    onChange(session)
    if (isGivenUp) emit(session, 'reverted', { cause: cause ?? refused() })
  }

  function giveUp(session: AuthSession) {
    // In a later task: the attempt that has shown it fails first, by an error that says more.
    clock.setTimer(() => {
      const { record, givingUp } = session.health
      if (record.reverted) givingUp.abort()
    }, 0)
    dropCache(session)
  }

  /** A ticket request failed. `counted`: it is evidence, from an attempt that began with so many; null: not yet. */
  function failed(session: AuthSession, error: TicketSocketError, counted: number | null) {
    const { code } = error
    note(
      session,
      counted === null ? { type: 'acquisition_failed', code } : { type: 'answered_without_ticket', code, counted },
      error,
    )
  }

  return {
    note,
    failed,

    /** A caller that waits for a ticket gets none. */
    ticketFailed(session: AuthSession, error: TicketSocketError, counted: number | null) {
      if (error.code === 'aborted' || error.code === 'signed_out') return
      // That there is no endpoint was learnt with the answer. Learnt twice, it would undo a reset by a listener.
      if (error.code !== 'tickets_unsupported') failed(session, error, counted)
      emit(session, 'ticketFailed', { error })
    },

    /** Whichever caller has asked, and whatever becomes of it: no ticket is requested before the wait is over. */
    askedToWait(session: AuthSession, error: TicketSocketError) {
      if (error.retryAfterMs === undefined) return
      note(session, { type: 'asked_to_wait', notBefore: clock.now() + error.retryAfterMs }, error)
    },

    /** For an app that sees why: only what is evidence is shown. */
    ticketRefused(session: AuthSession, refusal: Omit<TicketEvent & { type: 'ticket_refused' }, 'type' | 'now'>) {
      const { record: before, lastError } = session.health
      const event = { type: 'ticket_refused' as const, now: clock.now(), ...refusal }
      const { failures, refusedInARow } = recordAfter(before, event, policy)
      const isEvidence = failures > before.failures || refusedInARow > before.refusedInARow
      note(session, event, isEvidence ? refused() : lastError)
    },

    dialLost: (session: AuthSession) => note(session, { type: 'dial_lost' }, dialLost()),

    /** Tickets are tried again; not before the backend wants it. */
    reset(session: Writable<'health'>) {
      const { record, givingUp } = session.health
      session.health = {
        record: { ...CLEAN_RECORD, counted: record.counted, notBefore: record.notBefore },
        lastError: null,
        givingUp: givingUp.signal.aborted ? new AbortController() : givingUp,
      }
      onChange(session)
    },
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
