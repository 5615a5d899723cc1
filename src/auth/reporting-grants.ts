// Grants whose reports are learnt from: what becomes of a connection says whether tickets work, and whether the JWT does.

import type { Secret } from '../platform/secret.ts'
import type { Grant } from './credential.ts'
import { jwtGrant, ticketGrant } from './grants.ts'
import type { HeldToken, Identity } from './identity.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { Ticket } from './ticket.ts'
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
  options: Pick<ResolvedAuthOptions, 'platform' | 'jwtProtocols'>
  identity: Identity
  freshness: JwtFreshness
  ledger: () => TicketLedger
  history: TicketHistory
}

/** An attempt that goes by JWT, and why. */
export interface ByJwt {
  /** Whether tickets are on. */
  ticketAuth: boolean
  steppedDown: Grant['steppedDown']
  reason: StepDownReason
  /** The failures that counted when it began. */
  counted: number
}

export type ReportingGrants = ReturnType<typeof createReportingGrants>

export function createReportingGrants({ options, identity, freshness, ledger, history }: ReportingGrantsDeps) {
  const { platform, jwtProtocols } = options
  /** When a ticket was last refused, until one is accepted. */
  let refusedAt: number | null = null

  /** The server took the credential before: what it ends is the session, and tickets work. So it never counts. */
  function sessionEnded(jwt: Secret) {
    // Learnt before the prefetched ticket goes: another one is not fetched with this JWT.
    freshness.noteEnded(jwt)
    ledger().drop()
  }

  function ticketAccepted({ boughtWith }: Ticket) {
    refusedAt = null
    freshness.noteAccepted(boughtWith)
    // It was bought with a JWT that the backend took.
    identity.forgive()
    history.note({ type: 'ticket_accepted' })
  }

  function ticketRefused({ ticket, fresh }: Taken, counted: number) {
    // The first spare that is refused may only have grown old; one bought since then has not.
    const counts = fresh || (refusedAt !== null && ticket.begunAt >= refusedAt)
    refusedAt = platform.clock.now()
    // Learnt before the spare goes, which is shown: whoever sees it may end the session.
    if (counts) history.freshTicketRefused(counted)
    ledger().drop()
  }

  function jwtAccepted({ token }: HeldToken, { steppedDown, reason, counted }: ByJwt) {
    identity.trust()
    freshness.noteAccepted(token)
    if (!steppedDown) return
    const { cause } = steppedDown
    if (reason === 'acquisition') history.note({ type: 'jwt_accepted_instead', code: cause.code, counted }, cause)
    if (reason === 'lost_dials') history.note({ type: 'jwt_accepted_after_lost_dials', counted }, cause)
  }

  return {
    byTicket(taken: Taken, held: HeldToken, counted: number): Grant {
      const userId = held.claims?.userId ?? null
      return ticketGrant(taken.ticket, userId, identity.known, (outcome, wasAccepted) => {
        if (outcome.kind === 'unused') return wasAccepted ? undefined : ledger().putBack(taken)
        // What became of the last user's ticket says nothing about this one's.
        if (held.epoch !== identity.epoch()) return
        if (outcome.kind === 'accepted') return ticketAccepted(taken.ticket)
        if (wasAccepted) return outcome.kind === 'refused' ? sessionEnded(taken.ticket.boughtWith) : undefined
        if (outcome.kind === 'refused') ticketRefused(taken, counted)
        if (outcome.kind === 'lost') history.dialLost()
      })
    },

    byJwt(held: HeldToken, attempt: ByJwt): Grant {
      const dialled = freshness.dialled(held.token)
      return jwtGrant(held, jwtProtocols, attempt, identity.known, (outcome, wasAccepted) => {
        if (held.epoch !== identity.epoch()) return
        if (outcome.kind === 'accepted') return jwtAccepted(held, attempt)
        if (wasAccepted) return outcome.kind === 'refused' ? sessionEnded(held.token) : undefined
        dialled(outcome)
        if (outcome.kind === 'refused') identity.distrust(held.token)
        if (outcome.kind === 'lost' && attempt.steppedDown && attempt.reason === 'lost_dials')
          history.note({ type: 'jwt_dial_lost' })
      })
    },

    /** Another session begins. */
    forget() {
      refusedAt = null
    },
  }
}
