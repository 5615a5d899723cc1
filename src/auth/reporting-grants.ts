// Grants whose reports are learnt from: what becomes of a connection says whether tickets work, and whether the JWT does.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Grant } from './credential.ts'
import { jwtGrant, ticketGrant } from './grants.ts'
import type { HeldToken, Identity } from './identity.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { TicketHistory } from './ticket-history.ts'
import type { Taken, TicketLedger } from './ticket-ledger.ts'

/** Why an attempt goes by JWT though tickets are on. */
export type StepDownReason =
  /** A ticket could not be had. */
  | 'acquisition'
  /** Dials by ticket were lost. */
  | 'lost_dials'
  /** The backend asked to wait. */
  | 'wait'
  /** There was no network to ask it by. */
  | 'offline'

export interface ReportingGrantsDeps {
  options: Pick<ResolvedAuthOptions, 'platform' | 'webSocketOrigins' | 'jwtProtocols'>
  identity: Identity
  ledger: () => TicketLedger
  history: TicketHistory
}

export function createReportingGrants({ options, identity, ledger, history }: ReportingGrantsDeps) {
  const { platform, webSocketOrigins, jwtProtocols } = options
  /** When a ticket was last refused, until one is accepted. */
  let refusedAt: number | null = null

  function ticketAccepted() {
    refusedAt = null
    // It was bought with a JWT that the backend took.
    identity.forgive()
    history.note({ type: 'ticket_accepted' })
  }

  function ticketLost({ ticket, fresh }: Taken, code: number) {
    if (!isRefusal(code)) {
      if (code === 1006) history.dialLost()
      return
    }
    // The first spare that is refused may only have grown old; one bought since then has not.
    const counts = fresh || (refusedAt !== null && ticket.begunAt >= refusedAt)
    refusedAt = platform.clock.now()
    ledger().drop()
    if (counts) history.freshTicketRefused()
  }

  function jwtAccepted(cause: TicketSocketError, reason: StepDownReason) {
    if (reason === 'acquisition') history.note({ type: 'jwt_accepted_instead', code: cause.code }, cause)
    if (reason === 'lost_dials') history.note({ type: 'jwt_accepted_after_lost_dials' }, cause)
  }

  function jwtLost({ token }: HeldToken, code: number, reason: StepDownReason | null) {
    if (isRefusal(code)) identity.distrust(token)
    else if (code === 1006 && reason === 'lost_dials') history.note({ type: 'jwt_dial_lost' })
  }

  return {
    byTicket(taken: Taken, held: HeldToken): Grant {
      return ticketGrant(taken.ticket, held.claims?.userId ?? null, webSocketOrigins, (outcome, wasAccepted) => {
        if (outcome.kind === 'unused') return ledger().putBack(taken)
        // What became of the last user's ticket says nothing about this one's.
        if (held.epoch !== identity.epoch()) return
        if (outcome.kind === 'accepted') ticketAccepted()
        else if (!wasAccepted) ticketLost(taken, outcome.code)
      })
    },

    byJwt(held: HeldToken, steppedDown: Grant['steppedDown'], reason: StepDownReason): Grant {
      return jwtGrant(held, jwtProtocols, steppedDown, (outcome, wasAccepted) => {
        if (held.epoch !== identity.epoch()) return
        if (outcome.kind === 'accepted') {
          identity.trust()
          if (steppedDown) jwtAccepted(steppedDown.cause, reason)
        } else if (outcome.kind === 'closed' && !wasAccepted) {
          jwtLost(held, outcome.code, steppedDown !== null ? reason : null)
        }
      })
    },

    /** Another session begins. */
    forget() {
      refusedAt = null
    },
  }
}

/** Older backends refuse with 1008. Which credential it was about is known from what was sent. */
const isRefusal = (code: number) => code === 4401 || code === 1008
