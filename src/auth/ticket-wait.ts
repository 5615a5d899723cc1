// An attempt's wait for its ticket. It ends with the ticket, with a failure, or, where the JWT can stand in, when the time is over
// (`stepDownAfterMs`, `step-down-timer.ts`). A request that was overtaken goes on, and counts if it fails by itself.

import type { TicketSocketError } from '../contract/errors.ts'
import { asTicketSocketError } from './credential-errors.ts'
import type { ByJwt } from './credential-kinds.ts'
import { abortReason, untilAborted } from './deadline.ts'
import { isEvidenceWithJwt } from './evidence.ts'
import type { Identity } from './identity.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { AuthSession } from './session.ts'
import { createStepDownTimer } from './step-down-timer.ts'
import type { TicketHealthKeeper } from './ticket-health.ts'
import type { Taken, TicketPool } from './ticket-pool.ts'

export interface TicketWaitDeps {
  options: Pick<ResolvedAuthOptions, 'stepDownAfterMs' | 'platform'>
  identity: Pick<Identity, 'renewing'>
  pool: TicketPool
  health: TicketHealthKeeper
}

export interface Waiting {
  session: AuthSession
  signal: AbortSignal
  /** For a session that is about to end: a prefetched ticket is not good enough. */
  renew: boolean | undefined
  /** The JWT can stand in for the ticket: the wait ends after `stepDownAfterMs`. */
  isReplaceable: boolean
}

/** Why an attempt has no ticket. */
export type NoTicket = Pick<ByJwt, 'reason' | 'overtaken'> & { taken: null; cause: TicketSocketError }

export function createTicketWait({ options, identity, pool, health }: TicketWaitDeps) {
  const { clock, page } = options.platform

  /** Rejects only when the attempt is aborted. */
  async function waitForTicket(waiting: Waiting): Promise<{ taken: Taken } | NoTicket> {
    const { session, signal, renew, isReplaceable } = waiting
    const givingUp = session.health.givingUp.signal
    const renewing = () => identity.renewing(session)
    const timing = { clock, ms: options.stepDownAfterMs, givingUp, renewing }
    const timer = isReplaceable ? createStepDownTimer(timing) : undefined
    try {
      const signals = timer ? [signal, timer.signal] : [signal]
      const taken = await untilAborted(signals, (live) =>
        // What ends with the session is not good enough to renew it.
        renew ? pool.requestNew(session, live) : pool.take(session, live, timer),
      )
      return { taken }
    } catch (error) {
      if (signal.aborted) throw abortReason(signal)
      const cause = asTicketSocketError(error)
      if (!timer || cause !== timer.signal.reason) {
        health.ticketFailed(session, cause, null)
        return { taken: null, cause, reason: isEvidence(cause) ? 'acquisition' : 'offline', overtaken: null }
      }
      if (givingUp.aborted) {
        // No ticket is wanted any more: the request does not go on.
        pool.drop(session)
        return { taken: null, cause: session.health.lastError ?? cause, reason: 'reverted', overtaken: null }
      }
      const { request } = timer
      return { taken: null, cause, reason: 'overtaken', overtaken: request && failureOf(request, session) }
    } finally {
      timer?.stop()
    }
  }

  /** Of a request that goes on: it counts if it fails by itself, and not because it was slow. */
  async function failureOf(request: Promise<unknown>, session: AuthSession): Promise<TicketSocketError | null> {
    try {
      await request
      return null
    } catch (error) {
      const cause = asTicketSocketError(error)
      health.ticketFailed(session, cause, null)
      return cause.code !== 'aborted' && isEvidence(cause) ? cause : null
    }
  }

  const isEvidence = (error: TicketSocketError) => isEvidenceWithJwt(error, page.isOnline())

  return waitForTicket
}
