// From "somebody wants to connect" to a grant: ask whose session it is, read the flag, go down the chain, and learn from
// what is reported back.

import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { AuthEvents } from './auth-state.ts'
import type { Grant } from './credential.ts'
import { within } from './deadline.ts'
import { mayStepDown, methodsFor } from './fallback-chain.ts'
import { readFlag } from './feature-flag.ts'
import { anonymousGrant, jwtGrant, ticketGrant } from './grants.ts'
import type { HeldToken, Identity } from './identity.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { TicketHistory } from './ticket-history.ts'
import type { Taken, TicketLedger } from './ticket-ledger.ts'

export interface BrokerDeps {
  options: ResolvedAuthOptions
  identity: Identity
  /** Asked when used: the ledger in turn asks the broker whether fetching ahead is welcome. */
  ledger: () => TicketLedger
  history: TicketHistory
  emit: <Name extends 'fallback' | 'ticketTaken' | 'ticketFailed'>(name: Name, payload: AuthEvents[Name]) => void
  show: (patch: { ticketAuth: boolean } | { signedIn: boolean; userId: string | null }) => void
}

/** Why an attempt goes by JWT though tickets are on. */
type StepDownReason =
  /** A ticket could not be had. */
  | 'acquisition'
  /** Dials by ticket were lost. */
  | 'lost_dials'
  /** The backend asked to wait. */
  | 'wait'

/** A refused JWT is refreshed once; refused again, the user has to sign in. */
const MAX_JWT_REFUSALS = 2

export function createCredentialBroker({ options, identity, ledger, history, emit, show }: BrokerDeps) {
  const { chain, platform, tokenTimeoutMs } = options
  const { clock } = platform
  const asksForPermissions = options.request.permissions !== undefined
  let jwtRefusals = 0
  let lastFlag = false
  /** When a ticket was last refused, until one is accepted. */
  let refusedAt: number | null = null

  /** Whoever is signed in. Null: nobody. */
  async function token(signal: AbortSignal): Promise<HeldToken | null> {
    if (jwtRefusals >= MAX_JWT_REFUSALS) throw jwtRefused()
    const held = await identity.token(signal)
    show({ signedIn: held !== null, userId: identity.epoch().userId })
    return held
  }

  async function signedIn(signal: AbortSignal): Promise<HeldToken> {
    const held = await token(signal)
    if (!held) throw nobodySignedIn()
    return held
  }

  /** Off when it cannot be read: the flag's default is what the app had before. */
  async function flag(signal: AbortSignal): Promise<boolean> {
    const deadline = { clock, ms: tokenTimeoutMs, signals: [signal], what: 'ticketAuth' }
    try {
      lastFlag = (await within(deadline, () => readFlag(options.ticketAuth, identity.epoch().userId))) === true
    } catch (error) {
      if (signal.aborted) throw error
      lastFlag = false
      platform.logger.warn('ticketAuth could not be read; tickets are off for this attempt')
    }
    show({ ticketAuth: lastFlag })
    return lastFlag
  }

  /** For a decision that cannot wait: the flag as it is, or, where only a promise tells, as it was last read. */
  function flagNow(): boolean {
    try {
      const now = readFlag(options.ticketAuth, identity.epoch().userId)
      if (typeof now === 'boolean') return now
      now.catch(() => {})
      return lastFlag
    } catch {
      return false
    }
  }

  async function firstGrant(held: HeldToken | null, ticketAuth: boolean, signal: AbortSignal, only?: 'ticket') {
    const allowed = only ? [only] : chain
    const record = history.record()
    const methods = methodsFor({ record, ticketAuth, hasToken: held !== null, chain: allowed, now: clock.now() })
    const wasWanted = ticketAuth && held !== null && allowed.includes('ticket') && !record.reverted
    let steppedDown = wasWanted && methods[0] === 'jwt' ? stepDown(history.lastError() ?? notNow()) : null
    // A wait that is obeyed is no new failure: counted for each connection meanwhile, one failure would revert.
    let reason: StepDownReason = clock.now() < record.notBefore ? 'wait' : 'lost_dials'

    for (const method of methods) {
      if (method === 'none' || !held) return anonymousGrant()
      if (method === 'jwt') return grantByJwt(held, steppedDown, reason)
      try {
        return grantByTicket(await ledger().take(signal), held)
      } catch (error) {
        const cause = ticketFailed(error)
        if (!methods.includes('jwt') || !mayStepDown(cause.code, asksForPermissions)) throw cause
        steppedDown = stepDown(cause)
        reason = 'acquisition'
      }
    }
    throw held ? nothingAllowed(history.lastError()) : nobodySignedIn()
  }

  function stepDown(cause: TicketSocketError): NonNullable<Grant['steppedDown']> {
    emit('fallback', { from: 'ticket', to: 'jwt', cause })
    return { from: 'ticket', cause }
  }

  function ticketFailed(error: unknown): TicketSocketError {
    const cause = isTicketSocketError(error) ? error : unexpected(error)
    if (cause.code === 'aborted' || cause.code === 'signed_out') return cause
    emit('ticketFailed', { error: cause })
    history.failed(cause)
    return cause
  }

  function grantByTicket(taken: Taken, held: HeldToken): Grant {
    const { ticket, fresh } = taken
    emit('ticketTaken', { handle: ticket.label, fresh })
    return ticketGrant(ticket, held.claims?.userId ?? null, options.webSocketOrigins, (outcome, wasAccepted) => {
      if (outcome.kind === 'unused') return ledger().putBack(taken)
      // What became of the last user's ticket says nothing about this one's.
      if (held.epoch !== identity.epoch()) return
      if (outcome.kind === 'accepted') {
        refusedAt = null
        history.note({ type: 'ticket_accepted' })
      } else if (!wasAccepted) ticketLost(taken, outcome.code)
    })
  }

  function ticketLost({ ticket, fresh }: Taken, code: number) {
    if (!isRefusal(code)) {
      if (code === 1006) history.dialLost()
      return
    }
    // The first spare that is refused may only have grown old; one bought since then has not.
    const counts = fresh || (refusedAt !== null && ticket.begunAt >= refusedAt)
    refusedAt = clock.now()
    ledger().drop()
    if (counts) history.freshTicketRefused()
  }

  function grantByJwt(held: HeldToken, steppedDown: Grant['steppedDown'], reason: StepDownReason): Grant {
    return jwtGrant(held, options.jwtProtocols, steppedDown, (outcome, wasAccepted) => {
      if (held.epoch !== identity.epoch()) return
      if (outcome.kind === 'accepted') {
        jwtRefusals = 0
        if (steppedDown) jwtAccepted(steppedDown.cause, reason)
      } else if (outcome.kind === 'closed' && !wasAccepted) jwtLost(outcome.code, steppedDown !== null ? reason : null)
    })
  }

  function jwtAccepted(cause: TicketSocketError, reason: StepDownReason) {
    if (reason === 'acquisition') history.note({ type: 'jwt_accepted_instead', code: cause.code }, cause)
    if (reason === 'lost_dials') history.note({ type: 'jwt_accepted_after_lost_dials' }, cause)
  }

  function jwtLost(code: number, reason: StepDownReason | null) {
    if (isRefusal(code)) {
      jwtRefusals++
      identity.distrust()
    } else if (code === 1006 && reason === 'lost_dials') history.note({ type: 'jwt_dial_lost' })
  }

  return {
    token,
    signedIn,
    readFlag: flag,

    /** A grant for one connection, by the best method that works. */
    async acquire({ signal, only }: { signal: AbortSignal; only?: 'ticket' }): Promise<Grant> {
      const release = ledger().hold()
      try {
        const held = await token(signal)
        const ticketAuth = held !== null && (await flag(signal))
        // The session may have ended while the flag was read: its signal is aborted then.
        const epoch = held?.epoch ?? identity.epoch()
        const deadline = { clock, ms: Number.POSITIVE_INFINITY, signals: [signal, epoch.signal], what: 'acquire' }
        return await within(deadline, (live) => firstGrant(held, ticketAuth, live, only))
      } finally {
        release()
      }
    },

    /** A ticket for a caller who opens the connection itself. No connection reports back, so an HTTP answer is evidence. */
    async ticketFor(get: (signal: AbortSignal) => Promise<Taken>): Promise<Taken> {
      const never = new AbortController().signal
      try {
        const held = await signedIn(never)
        const situation = { record: history.record(), ticketAuth: await flag(never), hasToken: true, now: clock.now() }
        if (methodsFor({ ...situation, chain: ['ticket'] }).length === 0) throw nothingAllowed(history.lastError())
        const taken = await get(held.epoch.signal)
        emit('ticketTaken', { handle: taken.ticket.label, fresh: taken.fresh })
        return taken
      } catch (error) {
        const cause = ticketFailed(error)
        if (cause.status !== undefined) history.note({ type: 'answered_without_ticket', code: cause.code }, cause)
        throw cause
      }
    },

    /** Whether a ticket would be used if somebody connected now. */
    wouldUseTicket(): boolean {
      const hasToken = identity.lastSeen() !== null
      const situation = { record: history.record(), ticketAuth: flagNow(), hasToken, chain, now: clock.now() }
      return methodsFor(situation)[0] === 'ticket'
    },

    /** Another session begins. */
    forget() {
      jwtRefusals = 0
      refusedAt = null
      lastFlag = false
    },
  }
}

/** Older backends refuse with 1008. Which credential it was about is known from what was sent. */
const isRefusal = (code: number) => code === 4401 || code === 1008

const nobodySignedIn = () =>
  new TicketSocketError('unauthenticated', 'Nobody is signed in: getToken gave no JWT. Connect again after a log-in.')

const jwtRefused = () => {
  const message = 'The server refused the JWT, and the newer one too. The user has to sign in again.'
  return new TicketSocketError('unauthenticated', message)
}

const nothingAllowed = (cause: TicketSocketError | null) => {
  const message = 'Tickets are off or given up, and the chain allows nothing else. Check ticketAuth and chain.'
  return new TicketSocketError('unauthenticated', message, cause ? { cause } : {})
}

const notNow = () => new TicketSocketError('rate_limited', 'The backend asked to wait before the next ticket.')

const unexpected = (cause: unknown) =>
  new TicketSocketError('bad_response', 'A ticket could not be obtained for an unexpected reason.', { cause })
