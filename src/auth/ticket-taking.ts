// Takes tickets out of the ledger: for an attempt to connect, which waits only as long as the JWT could not do better, and
// for a call of the app. What fails is learnt, and reported.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthEvents } from './auth-state.ts'
import { asTicketSocketError, ticketsOff } from './credential-errors.ts'
import { abortReason, untilAborted } from './deadline.ts'
import type { Epoch, Identity } from './identity.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { StepDownReason } from './reporting-grants.ts'
import { createStepDownTimer } from './step-down-timer.ts'
import type { TicketHistory } from './ticket-history.ts'
import type { Taken, TicketLedger } from './ticket-ledger.ts'
import { isAboutTickets } from './ticket-record.ts'

export interface TicketTakingDeps {
  options: Pick<ResolvedAuthOptions, 'platform' | 'stepDownAfterMs'>
  identity: Pick<Identity, 'renewing'>
  ledger: () => TicketLedger
  history: TicketHistory
  /** Told to nobody once the session has ended. */
  emit: <Name extends keyof AuthEvents>(session: Epoch, name: Name, payload: AuthEvents[Name]) => void
}

export interface Taker {
  signal: AbortSignal
  session: Epoch
  /** The failures that counted when it began: what fails beside them is the same failure once more. */
  counted: number
}

/** One call of an app that opens its connections itself. */
export interface TicketCall {
  signal: AbortSignal
  get: (signal: AbortSignal) => Promise<Taken>
  hasOwnFields: boolean
}

export interface NoTicket {
  taken: null
  cause: TicketSocketError
  reason: StepDownReason
  /** The request that goes on. Resolves with its failure, as far as that says something about tickets. */
  overtaken: Promise<TicketSocketError | null> | null
}

export function createTicketTaking({ options, identity, ledger, history, emit }: TicketTakingDeps) {
  const { clock, page } = options.platform

  /** `get` is the ledger's; a ticket whose taker has left meanwhile lies there again. */
  async function take({ session, signal }: Taker, get: (signal: AbortSignal) => Promise<Taken>): Promise<Taken> {
    const taken = await get(signal)
    if (signal.aborted) {
      ledger().putBack(taken)
      throw abortReason(signal)
    }
    emit(session, 'ticketTaken', { handle: taken.ticket.label, fresh: taken.fresh })
    return taken
  }

  /** Learnt before it is told: whoever hears of it may end the session. */
  function ticketFailed({ session, counted }: Taker, error: TicketSocketError, isEvidence: boolean) {
    // A listener of the ticket may have ended the session: its failure says nothing to the next one.
    if (session.signal.aborted) return
    if (error.code === 'aborted' || error.code === 'signed_out') return
    // That there is no endpoint was learnt with the answer. Learnt twice, it would undo a reset by whoever heard of it.
    if (error.code !== 'tickets_unsupported') history.failed(error, isEvidence ? counted : null)
    emit(session, 'ticketFailed', { error })
  }

  /** Offline a request fails for a reason of its own. */
  const isEvidence = (cause: TicketSocketError) => isAnswer(cause) || page.isOnline()

  /** Of a request that goes on: it counts if it fails by itself, and not because it was slow. */
  async function failureOf(request: Promise<unknown>, taker: Taker): Promise<TicketSocketError | null> {
    try {
      await request
      return null
    } catch (error) {
      const cause = asTicketSocketError(error)
      ticketFailed(taker, cause, false)
      return cause.code !== 'aborted' && isEvidence(cause) ? cause : null
    }
  }

  return {
    /**
     * For an attempt to connect. `isReplaceable`: it connects with the JWT when no ticket comes in time. `isNew`: what lies in
     * the ledger is not good enough. Rejects only when the attempt is aborted.
     */
    async forAttempt(taker: Taker, { isReplaceable = false, isNew = false }): Promise<{ taken: Taken } | NoTicket> {
      const { signal } = taker
      const renewing = () => identity.renewing()
      const givingUp = history.givingUp()
      const timing = { clock, ms: options.stepDownAfterMs, givingUp, renewing }
      const timer = isReplaceable ? createStepDownTimer(timing) : undefined
      const get = isNew ? ledger().buyNew : (live: AbortSignal) => ledger().take(live, timer)
      try {
        const signals = timer ? [signal, timer.signal] : [signal]
        return { taken: await untilAborted(signals, (live) => take({ ...taker, signal: live }, get)) }
      } catch (error) {
        if (signal.aborted) throw abortReason(signal)
        const cause = asTicketSocketError(error)
        if (cause === timer?.signal.reason) {
          if (givingUp.aborted) {
            // No ticket is wanted any more: the request does not go on.
            ledger().drop()
            return { taken: null, cause: history.lastError() ?? cause, reason: 'reverted', overtaken: null }
          }
          const { request } = timer
          return { taken: null, cause, reason: 'overtaken', overtaken: request && failureOf(request, taker) }
        }
        ticketFailed(taker, cause, false)
        return { taken: null, cause, reason: isEvidence(cause) ? 'acquisition' : 'offline', overtaken: null }
      } finally {
        timer?.stop()
      }
    },

    /** For a call of the app. No connection reports back, so an HTTP answer is evidence. */
    async forCall({ get, hasOwnFields }: TicketCall, taker: Taker): Promise<Taken> {
      try {
        return await take(taker, get)
      } catch (error) {
        const cause = asTicketSocketError(error)
        // Nobody waits any more; or else tickets were switched off meanwhile.
        if (cause.code === 'aborted') throw ticketsOff('Connect with the JWT')
        if (isAboutTickets(cause, hasOwnFields)) ticketFailed(taker, cause, isAnswer(cause))
        else emit(taker.session, 'ticketFailed', { error: cause })
        throw cause
      }
    },
  }
}

/** An answer that holds no ticket tells something about tickets; silence does not. */
const isAnswer = ({ code }: TicketSocketError) => code !== 'network' && code !== 'timeout'
