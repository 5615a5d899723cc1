// From "somebody wants to connect" to a grant: ask whose session it is, read the flag, and go down the chain.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { AuthEvents, TicketRequestResult } from './auth-state.ts'
import type { AcquireOptions, Grant } from './credential.ts'
import {
  asTicketSocketError,
  chainHasNone,
  givenUp,
  type Instead,
  jwtsRefused,
  nobodySignedIn,
  ticketsOff,
} from './credential-errors.ts'
import { abortReason, untilAborted } from './deadline.ts'
import { mayStepDown, methodsFor } from './fallback-chain.ts'
import type { FlagReader } from './flag-reader.ts'
import { anonymousGrant } from './grants.ts'
import type { Epoch, HeldToken, Identity } from './identity.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { ByJwt, ReportingGrants } from './reporting-grants.ts'
import { toWebSocketTicket } from './ticket.ts'
import { askedToWait, dialLost, refused, type TicketHistory } from './ticket-history.ts'
import type { TicketLedger } from './ticket-ledger.ts'
import { type TicketRecord, wereRefused } from './ticket-record.ts'
import { createTicketTaking, type NoTicket, type Taker, type TicketCall } from './ticket-taking.ts'

export interface BrokerDeps {
  options: ResolvedAuthOptions
  identity: Identity
  freshness: JwtFreshness
  flag: FlagReader
  /** Asked when used: the ledger in turn asks the broker whether fetching ahead is welcome. */
  ledger: () => TicketLedger
  history: TicketHistory
  grants: ReportingGrants
  /** Told to nobody once the session has ended. */
  emit: <Name extends keyof AuthEvents>(session: Epoch, name: Name, payload: AuthEvents[Name]) => void
  onSeen: (held: HeldToken | null) => void
}

/** One attempt to get a credential. */
interface Attempt extends AcquireOptions, Taker {
  /** Of a renewal: the app was asked for a JWT that outlives the session. */
  hasNewJwt?: true
}

/** Why an attempt goes by JWT. */
type Why = Pick<ByJwt, 'steppedDown' | 'reason' | 'overtaken'>
const BY_CHOICE: Why = { steppedDown: null, reason: 'none', overtaken: null }

/** A session is renewed up to a minute before its end. */
const RENEW_MARGIN_MS = 120_000

export type CredentialBroker = ReturnType<typeof createCredentialBroker>

export function createCredentialBroker(deps: BrokerDeps) {
  const { options, identity, freshness, flag, ledger, history, grants, emit, onSeen } = deps
  const { chain, platform } = options
  const { clock } = platform
  const asksForPermissions = options.request.permissions !== undefined
  const taking = createTicketTaking({ options, identity, ledger, history, emit })

  /** Whoever is signed in. Null: nobody. */
  async function token(signal: AbortSignal): Promise<HeldToken | null> {
    const held = await identity.token(signal)
    // Otherwise the session has ended meanwhile, and what is shown is right already.
    if (held ? held === identity.lastSeen() : identity.isNobody()) onSeen(held)
    // Whoever sees it may end the session as well.
    if (held?.epoch.signal.aborted) throw abortReason(held.epoch.signal)
    return held
  }

  async function signedIn(signal: AbortSignal): Promise<HeldToken> {
    const held = await token(signal)
    if (!held) throw nobodySignedIn('Ask')
    return held
  }

  /** A JWT that ends with the session it renews would gain nothing: the app is asked for a newer one. */
  function toRenewWith(held: HeldToken, signal: AbortSignal): HeldToken | Promise<HeldToken | null> {
    const expiresAt = held.claims?.expiresAt ?? Number.POSITIVE_INFINITY
    return expiresAt < clock.wallNow() + RENEW_MARGIN_MS ? identity.refresh(signal) : held
  }

  async function firstGrant(asked: HeldToken | null, ticketAuth: boolean, attempt: Attempt): Promise<Grant> {
    const { signal, only, counted } = attempt
    let held = asked
    const allowed = chain.filter((method) => !only || method === only)
    const record = history.record()
    const methods = methodsFor({ record, ticketAuth, hasToken: held !== null, chain: allowed, now: clock.now() })
    // Only where something can come of it: a refresh token that is used up for nothing is lost. Much may change meanwhile.
    if (attempt.renew && !attempt.hasNewJwt && held && methods.length > 0) {
      const newer = await toRenewWith(held, signal)
      // Turned off meanwhile, it is off.
      const isOn = ticketAuth && (newer === held || (await flag.read(signal)))
      return firstGrant(newer, isOn, { ...attempt, hasNewJwt: true })
    }
    const wait = record.notBefore - clock.now()
    const prefersTicket = allowed.find((method) => method !== 'none') === 'ticket'
    const wasWanted = ticketAuth && held !== null && prefersTicket && !record.reverted
    let why = wasWanted && methods[0] === 'jwt' ? stepDown(attempt, whyNoTicket(record, wait)) : BY_CHOICE

    for (const method of methods) {
      if (!held) return nobodysGrant(attempt)
      if (method === 'jwt') {
        const jwt = await freshness.beforeDial(held, { ticketAuth, signal })
        const isOn = ticketAuth && chain.includes('ticket')
        return grants.byJwt(jwt, { ticketAuth: isOn, counted, isRenewal: isRenewal(attempt), ...why })
      }
      const isReplaceable = !isRenewal(attempt) && options.jwtReplaces && methods.includes('jwt')
      const tried = await taking.forAttempt(attempt, { isReplaceable, isNew: attempt.renew === true })
      if (tried.taken) return grants.byTicket(tried.taken, held, { counted, isRenewal: isRenewal(attempt) })
      const { cause } = tried
      // Cancelled by nobody: tickets were switched off meanwhile. It goes on as if they had been all along.
      if (cause.code === 'aborted') return firstGrant(await token(signal), false, attempt)
      // Buying a ticket may have renewed the JWT, or have shown that it is refused.
      held = identity.trusted()
      if (!held || !methods.includes('jwt') || !mayStepDown(cause.code, asksForPermissions)) throw cause
      why = stepDown(attempt, tried)
    }
    if (!held) throw nobodySignedIn('Connect')
    if (!allowed.includes('ticket')) throw chainHasNone(only)
    throw noTicket(ticketAuth, chain.includes('jwt') ? "Ask without only: 'ticket'" : 'Add jwt to the chain')
  }

  /** Why an attempt connects with the JWT without having asked for a ticket. */
  function whyNoTicket(record: TicketRecord, wait: number): Pick<NoTicket, 'reason' | 'cause'> {
    if (wereRefused(record)) return { reason: 'refusals', cause: refused() }
    // A wait that is obeyed is no new failure: counted for each connection meanwhile, one failure would revert.
    if (wait > 0) return { reason: 'wait', cause: history.lastError() ?? askedToWait(wait) }
    return { reason: 'lost_dials', cause: dialLost() }
  }

  /** Somebody may have signed in since the app said that nobody is. */
  const nobodysGrant = (attempt: Attempt): Grant | Promise<Grant> =>
    identity.isNobody() ? anonymousGrant() : acquire(attempt)

  function stepDown({ session }: Attempt, no: Pick<NoTicket, 'reason' | 'cause'> & Partial<NoTicket>): Why {
    const { cause, reason, overtaken = null } = no
    emit(session, 'fallback', { from: 'ticket', to: 'jwt', cause })
    return { steppedDown: { from: 'ticket', cause }, reason, overtaken }
  }

  /** Why no ticket may be asked for now. */
  function noTicket(ticketAuth: boolean, instead: Instead): TicketSocketError {
    const { reverted, notBefore } = history.record()
    if (!ticketAuth) return ticketsOff(instead)
    return reverted ? givenUp(instead, history.lastError()) : askedToWait(notBefore - clock.now())
  }

  async function acquire(wanted: AcquireOptions): Promise<Grant> {
    const { signal } = wanted
    const { counted } = history.record()
    const release = ledger().hold()
    try {
      const held = await token(signal)
      if (held && identity.mustSignIn()) throw jwtsRefused()
      const session = held?.epoch ?? identity.epoch()
      const grant = await untilAborted([signal, session.signal], async (live) => {
        const present = held && (await freshness.afterEnd(held, live))
        const ticketAuth = present !== null && (await flag.read(live))
        return firstGrant(present, ticketAuth, { ...wanted, signal: live, session, counted })
      })
      // It may have ended while the grant was on its way here.
      if (session.signal.aborted) throw abortReason(session.signal)
      return grant
    } finally {
      release()
    }
  }

  return {
    token,
    signedIn,

    /** A grant for one connection, by the best method that works. */
    acquire,

    /** A ticket for a caller who opens the connection itself. No connection reports back, so an HTTP answer is evidence. */
    async ticketFor(call: TicketCall): Promise<TicketRequestResult> {
      const { counted } = history.record()
      try {
        const held = await signedIn(call.signal)
        const { epoch } = held
        const { ticket } = await untilAborted([call.signal, epoch.signal], async (signal) => {
          await freshness.afterEnd(held, signal)
          const ticketAuth = await flag.read(signal)
          const situation = { record: history.record(), ticketAuth, hasToken: true, now: clock.now() }
          if (methodsFor({ ...situation, chain: ['ticket'] }).length === 0)
            throw noTicket(ticketAuth, 'Connect with the JWT')
          return taking.forCall(call, { session: epoch, signal, counted })
        })
        if (epoch.signal.aborted) throw abortReason(epoch.signal)
        return { success: true, ticket: toWebSocketTicket(ticket, options.baseUrl, options.webSocketOrigins) }
      } catch (error) {
        return failed(asTicketSocketError(error))
      }
    },

    /** The method with which an attempt would begin now, the flag being so; null: none is left. */
    nextMethod(ticketAuth: boolean): AuthMethod | null {
      const hasToken = identity.lastSeen() !== null
      const situation = { record: history.record(), ticketAuth, hasToken, chain, now: clock.now() }
      return methodsFor(situation)[0] ?? null
    },
  }
}

const isRenewal = ({ only, renew }: Attempt): boolean => only !== undefined || renew === true

export const failed = (error: TicketSocketError): TicketRequestResult => ({
  success: false,
  error,
  recoverable: error.retryable,
})
