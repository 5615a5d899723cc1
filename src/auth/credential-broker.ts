// From "somebody wants to connect" to a grant: ask whose session it is, read the flag, and go down the chain.

import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { AuthEvents } from './auth-state.ts'
import type { AcquireOptions, Grant } from './credential.ts'
import { abortReason, within } from './deadline.ts'
import { mayStepDown, methodsFor } from './fallback-chain.ts'
import { readFlag } from './feature-flag.ts'
import { anonymousGrant } from './grants.ts'
import type { Epoch, HeldToken, Identity } from './identity.ts'
import type { ResolvedAuthOptions } from './options.ts'
import { createReportingGrants, type StepDownReason } from './reporting-grants.ts'
import { askedToWait, type TicketHistory } from './ticket-history.ts'
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

/** A refused JWT is refreshed once; refused again, the user has to sign in. */
const MAX_JWT_REFUSALS = 2

/** A session is renewed up to a minute before its end. */
const RENEW_MARGIN_MS = 120_000

const NEVER = new AbortController().signal

export function createCredentialBroker({ options, identity, ledger, history, emit, show }: BrokerDeps) {
  const { chain, platform, tokenTimeoutMs } = options
  const { clock } = platform
  const asksForPermissions = options.request.permissions !== undefined
  let lastFlag = false
  const grants = createReportingGrants({ options, identity, ledger, history })

  /** Whoever is signed in. Null: nobody. */
  async function token(signal: AbortSignal): Promise<HeldToken | null> {
    if (identity.refusals() >= MAX_JWT_REFUSALS) throw jwtRefused()
    const held = await identity.token(signal)
    // Otherwise the session has ended meanwhile, and what is shown is right already.
    if (held === identity.lastSeen()) show({ signedIn: held !== null, userId: identity.epoch().userId })
    return held
  }

  async function signedIn(signal: AbortSignal): Promise<HeldToken> {
    const held = await token(signal)
    if (!held) throw nobodySignedIn()
    return held
  }

  /** Ends as soon as its session does, or its caller leaves. */
  function inSession<T>(session: Epoch, signal: AbortSignal, work: (live: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = { clock, ms: Number.POSITIVE_INFINITY, signals: [signal, session.signal], what: 'acquire' }
    return within(deadline, work)
  }

  /** Off when it cannot be read: the flag's default is what the app had before. */
  async function flag(signal: AbortSignal): Promise<boolean> {
    const deadline = { clock, ms: tokenTimeoutMs, signals: [signal], what: 'ticketAuth' }
    const read = within(deadline, () => readFlag(options.ticketAuth, identity.epoch().userId))
    const isOn = await read.catch(() => {
      if (!signal.aborted) platform.logger.warn('ticketAuth could not be read; tickets are off for this attempt')
      return false
    })
    // Nobody waits any more, or it was read for a session that has ended.
    if (signal.aborted) throw abortReason(signal)
    lastFlag = isOn === true
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

  /** A JWT that ends with the session it renews would gain nothing: the app is asked for a newer one. */
  async function tokenToRenewWith(signal: AbortSignal): Promise<HeldToken | null> {
    const held = await token(signal)
    const expiresAt = held?.claims?.expiresAt ?? Number.POSITIVE_INFINITY
    return expiresAt < clock.wallNow() + RENEW_MARGIN_MS ? identity.refresh(signal) : held
  }

  async function firstGrant(
    asked: HeldToken | null,
    ticketAuth: boolean,
    { signal, only, renew = false }: AcquireOptions,
  ): Promise<Grant> {
    let held = asked
    const allowed = only ? [only] : chain
    const record = history.record()
    const methods = methodsFor({ record, ticketAuth, hasToken: held !== null, chain: allowed, now: clock.now() })
    const wasWanted = ticketAuth && held !== null && allowed.includes('ticket') && !record.reverted
    let steppedDown = wasWanted && methods[0] === 'jwt' ? stepDown(history.lastError() ?? askedToWait()) : null
    // A wait that is obeyed is no new failure: counted for each connection meanwhile, one failure would revert.
    let reason: StepDownReason = clock.now() < record.notBefore ? 'wait' : 'lost_dials'

    for (const method of methods) {
      if (method === 'none' || !held) return anonymousGrant()
      if (method === 'jwt') return grants.byJwt(held, steppedDown, reason)
      try {
        const taken = await (renew ? ledger().buyNew(signal) : ledger().take(signal))
        emit('ticketTaken', { handle: taken.ticket.label, fresh: taken.fresh })
        return grants.byTicket(taken, held)
      } catch (error) {
        // What a session has learnt at its very end says nothing about the next one.
        if (signal.aborted) throw abortReason(signal)
        const cause = ticketFailed(error)
        // Buying a ticket may have renewed the JWT, or have shown that it is refused.
        held = identity.trusted()
        if (!held || !methods.includes('jwt') || !mayStepDown(cause.code, asksForPermissions)) throw cause
        steppedDown = stepDown(cause)
        reason = isAnswer(cause) || platform.page.isOnline() ? 'acquisition' : 'offline'
      }
    }
    throw held ? nothingAllowed(wasWanted) : nobodySignedIn()
  }

  function stepDown(cause: TicketSocketError): NonNullable<Grant['steppedDown']> {
    emit('fallback', { from: 'ticket', to: 'jwt', cause })
    return { from: 'ticket', cause }
  }

  /** `isWanted`: tickets are on and not given up, so that only a wait can stand in the way. */
  function nothingAllowed(isWanted: boolean): TicketSocketError {
    const wait = history.record().notBefore - clock.now()
    if (isWanted && wait > 0) return askedToWait(wait)
    const message = 'Tickets are off or given up, and the chain allows nothing else. Check ticketAuth and chain.'
    const cause = history.lastError()
    return new TicketSocketError('unauthenticated', message, cause ? { cause } : {})
  }

  function ticketFailed(error: unknown): TicketSocketError {
    const cause = isTicketSocketError(error) ? error : unexpected(error)
    if (cause.code === 'aborted' || cause.code === 'signed_out') return cause
    // Learnt before it is told: whoever hears of it may end the session.
    history.failed(cause)
    emit('ticketFailed', { error: cause })
    return cause
  }

  return {
    token,
    signedIn,
    readFlag: flag,

    /** A grant for one connection, by the best method that works. */
    async acquire(wanted: AcquireOptions): Promise<Grant> {
      const { signal } = wanted
      const release = ledger().hold()
      try {
        const held = await (wanted.renew ? tokenToRenewWith(signal) : token(signal))
        return await inSession(held?.epoch ?? identity.epoch(), signal, async (live) => {
          const ticketAuth = held !== null && (await flag(live))
          return firstGrant(held, ticketAuth, { ...wanted, signal: live })
        })
      } finally {
        release()
      }
    },

    /** A ticket for a caller who opens the connection itself. No connection reports back, so an HTTP answer is evidence. */
    async ticketFor(get: (signal: AbortSignal) => Promise<Taken>): Promise<Taken> {
      let session: Epoch | null = null
      try {
        const held = await signedIn(NEVER)
        session = held.epoch
        return await inSession(session, NEVER, async (live) => {
          const ticketAuth = await flag(live)
          const record = history.record()
          const situation = { record, ticketAuth, hasToken: true, now: clock.now() }
          if (methodsFor({ ...situation, chain: ['ticket'] }).length === 0) {
            throw nothingAllowed(ticketAuth && !record.reverted)
          }
          const taken = await get(live)
          emit('ticketTaken', { handle: taken.ticket.label, fresh: taken.fresh })
          return taken
        })
      } catch (error) {
        if (session?.signal.aborted) throw abortReason(session.signal)
        const cause = ticketFailed(error)
        if (isAnswer(cause)) history.note({ type: 'answered_without_ticket', code: cause.code }, cause)
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
      grants.forget()
      lastFlag = false
    },
  }
}

/** An answer that holds no ticket tells something about tickets; silence does not. */
const isAnswer = ({ code }: TicketSocketError) => code !== 'network' && code !== 'timeout'

const nobodySignedIn = () =>
  new TicketSocketError('unauthenticated', 'Nobody is signed in: getToken gave no JWT. Connect again after a log-in.')

const jwtRefused = () => {
  const message = 'The server refused the JWT, and the newer one too. The user has to sign in again.'
  return new TicketSocketError('unauthenticated', message)
}

const unexpected = (cause: unknown) =>
  new TicketSocketError('bad_response', 'A ticket could not be obtained for an unexpected reason.', { cause })
