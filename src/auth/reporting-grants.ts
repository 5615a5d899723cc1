// Grants whose reports are learnt from: what becomes of a connection says whether tickets work, and whether the JWT does.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { Secret } from '../platform/secret.ts'
import type { Advice, Grant } from './credential.ts'
import { jwtGrant, ticketGrant } from './grants.ts'
import type { HeldToken, Identity } from './identity.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { Ticket } from './ticket.ts'
import type { TicketHistory } from './ticket-history.ts'
import type { Taken, TicketLedger } from './ticket-ledger.ts'

/** Why an attempt goes by JWT though tickets are on. */
export type StepDownReason =
  /** It is what the app wants. */
  | 'none'
  /** A ticket could not be had. */
  | 'acquisition'
  /** Tickets had their turn, and now the JWT has: two fresh ones were refused. */
  | 'refusals'
  /** The same after dials by ticket were lost. */
  | 'lost_dials'
  /** No ticket came in time: what becomes of the request will tell. */
  | 'overtaken'
  /** Tickets were given up while it waited for one. */
  | 'reverted'
  /** The backend asked to wait. */
  | 'wait'
  /** There was no network to ask it by. */
  | 'offline'

export interface ReportingGrantsDeps {
  options: Pick<ResolvedAuthOptions, 'jwtProtocols' | 'jwtReplaces'>
  identity: Identity
  freshness: JwtFreshness
  ledger: () => TicketLedger
  history: TicketHistory
  /** The method with which an attempt would begin now; null: none is left. */
  nextMethod: () => AuthMethod | null
}

/** An attempt that goes by ticket. */
export interface ByTicket {
  /** The failures that counted when it began. */
  counted: number
  /** It renews a live session: nothing follows from its refusal. */
  isRenewal: boolean
}

/** An attempt that connects with the JWT, and why. */
export interface ByJwt {
  /** It renews a live session: no ticket has failed in its place. */
  isRenewal: boolean
  /** Whether tickets are on. */
  ticketAuth: boolean
  steppedDown: Grant['steppedDown']
  reason: StepDownReason
  /** The failures that counted when it began. */
  counted: number
  /** The ticket request that goes on meanwhile. Resolves with its failure, as far as that says something about tickets. */
  overtaken: Promise<TicketSocketError | null> | null
}

export type ReportingGrants = ReturnType<typeof createReportingGrants>

export function createReportingGrants(deps: ReportingGrantsDeps) {
  const { options, identity, freshness, ledger, history, nextMethod } = deps
  const { jwtProtocols, jwtReplaces } = options

  /** The server took the credential before: what it ends is the session, and tickets work. So it never counts. */
  function sessionEnded(jwt: Secret) {
    // Learnt before the prefetched ticket goes: another one is not fetched with this JWT.
    freshness.noteEnded(jwt)
    ledger().drop()
  }

  function ticketAccepted({ boughtWith }: Ticket) {
    freshness.noteAccepted(boughtWith)
    // It was bought with a JWT that the backend took.
    identity.forgive()
    history.note({ type: 'ticket_accepted' })
  }

  function ticketRefused({ ticket, fresh }: Taken, { counted, isRenewal }: ByTicket): Advice | undefined {
    // Learnt before the spare goes, which is shown: whoever sees it may end the session.
    history.ticketRefused({ fresh, requestedAt: ticket.begunAt, onItsOwn: isRenewal, counted })
    ledger().drop()
    if (isRenewal) return undefined
    const isAnotherLeft = jwtReplaces || history.record().reverted
    return isAnotherLeft && nextMethod() !== null ? 'redial' : undefined
  }

  function jwtAccepted({ token }: HeldToken, attempt: ByJwt, isOfNow: () => boolean) {
    const { steppedDown, reason, counted, overtaken, isRenewal } = attempt
    identity.trust()
    freshness.noteAccepted(token)
    if (isRenewal) return
    const cause = steppedDown?.cause
    if (reason === 'acquisition' && cause)
      history.note({ type: 'jwt_accepted_instead', code: cause.code, counted }, cause)
    else if (reason === 'lost_dials' && cause) history.note({ type: 'jwt_accepted_after_lost_dials', counted }, cause)
    else history.note({ type: 'jwt_accepted', counted })
    // The JWT has had its turn: tickets are welcome again.
    if (reason === 'refusals' || reason === 'lost_dials') ledger().tend()
    void overtaken?.then((error) => {
      if (error && isOfNow()) history.note({ type: 'overtaken_request_failed', code: error.code, counted }, error)
    })
  }

  function jwtRefused({ token }: HeldToken, { isRenewal }: ByJwt) {
    identity.distrust(token)
    if (!isRenewal) history.note({ type: 'jwt_refused' })
  }

  return {
    byTicket(taken: Taken, held: HeldToken, attempt: ByTicket): Grant {
      const userId = held.claims?.userId ?? null
      return ticketGrant(taken.ticket, userId, identity.known, (outcome, wasAccepted) => {
        if (outcome.kind === 'unused') return void (wasAccepted || ledger().putBack(taken))
        // What became of the last user's ticket says nothing about this one's.
        if (held.epoch !== identity.epoch()) return undefined
        if (outcome.kind === 'accepted') return void ticketAccepted(taken.ticket)
        if (wasAccepted) return void (outcome.kind === 'refused' && sessionEnded(taken.ticket.boughtWith))
        if (outcome.kind === 'lost') history.dialLost()
        return outcome.kind === 'refused' ? ticketRefused(taken, attempt) : undefined
      })
    },

    byJwt(held: HeldToken, attempt: ByJwt): Grant {
      const { overtaken } = attempt
      const dialled = freshness.dialled(held.token)
      // As long as the connection that the request was made for.
      const letGo = overtaken ? ledger().hold() : () => {}
      void overtaken?.then(letGo)
      const isOfNow = () => held.epoch === identity.epoch()
      return jwtGrant(held, jwtProtocols, attempt, identity.known, (outcome, wasAccepted) => {
        if (outcome.kind !== 'accepted') letGo()
        if (!isOfNow()) return undefined
        if (outcome.kind === 'accepted') return void jwtAccepted(held, attempt, isOfNow)
        if (wasAccepted) return void (outcome.kind === 'refused' && sessionEnded(held.token))
        dialled(outcome)
        if (outcome.kind === 'lost' && attempt.steppedDown && attempt.reason === 'lost_dials')
          history.note({ type: 'jwt_dial_lost' })
        return void (outcome.kind === 'refused' && jwtRefused(held, attempt))
      })
    },
  }
}
