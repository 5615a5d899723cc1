// One attempt to connect, from top to bottom: who is signed in, whether tickets are on, a ticket where that is the best method,
// and the JWT where no ticket comes, or none in time (`ticket-wait.ts`).

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import { abortSignal, asGiven, oneOf, optional, resolve } from '../platform/option-checks.ts'
import type { Emit } from './auth-events.ts'
import type { AcquireOptions, Credential } from './credential.ts'
import { chainHasNone, jwtsRefused, nobodySignedIn, noTicket } from './credential-errors.ts'
import type { ByJwt, Credentials } from './credential-kinds.ts'
import { type CallOptions, untilAborted } from './deadline.ts'
import { mayStepDown, methodsFor } from './fallback-chain.ts'
import type { FlagReader } from './feature-flag.ts'
import type { Identity } from './identity.ts'
import { endOf } from './jwt.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import type { ResolvedAuthOptions } from './options.ts'
import { type AuthSession, still } from './session.ts'
import { askedToWait, dialLost, refused } from './ticket-health.ts'
import type { TicketPool } from './ticket-pool.ts'
import { type TicketRecord, wereRefused } from './ticket-record.ts'
import { createTicketWait, type NoTicket, type TicketWaitDeps } from './ticket-wait.ts'
import { type Jwt, jwtOf } from './user-state.ts'

export interface AttemptDeps extends TicketWaitDeps {
  options: ResolvedAuthOptions
  identity: Identity
  freshness: JwtFreshness
  flag: FlagReader
  pool: TicketPool
  credentials: Credentials
  emit: Emit
  signalOf: (options?: CallOptions) => AbortSignal
}

interface Attempt extends AcquireOptions {
  session: AuthSession
  /** The failures that counted when it began: what fails beside them is the same failure once more. */
  counted: number
  /** It renews a live session, or takes nothing but a ticket: no JWT stands in for one. */
  isRenewal: boolean
}

/** Why an attempt connects with the JWT. */
type Why = Pick<ByJwt, 'steppedDown' | 'reason' | 'overtaken'>

const BY_CHOICE: Why = { steppedDown: null, reason: 'none', overtaken: null }

/** A session is renewed up to a minute before its end. */
const RENEW_MARGIN_MS = 120_000

export function createAttempts(deps: AttemptDeps) {
  const { options, identity, freshness, flag, pool, credentials, emit, signalOf } = deps
  const { chain } = options
  const { clock } = options.platform
  const waitForTicket = createTicketWait(deps)

  /** A mistake in the options is thrown, and no rejection. */
  function acquire(session: AuthSession, options: AcquireOptions): Promise<Credential> {
    const { signal, only, renew } = resolve('acquire', options, {
      signal: abortSignal,
      only: optional(oneOf(['ticket'])),
      renew: asGiven,
    })
    return begin(session, { signal: signalOf({ signal }), only, renew })
  }

  /** A credential for one connection, by the best method that works. */
  async function begin(session: AuthSession, wanted: AcquireOptions): Promise<Credential> {
    const { counted } = session.health.record
    const isRenewal = wanted.only !== undefined || wanted.renew === true
    const release = pool.hold()
    try {
      const found = await identity.token(session, wanted.signal)
      // Another attempt may have been given a JWT since the app said that nobody is signed in.
      const jwt = found.jwt ?? jwtOf(found.session.user)
      if (!jwt) return forNobody(found.session, wanted)
      const credential = await untilAborted([wanted.signal, found.session.signal], (signal) =>
        forUser(jwt, { ...wanted, session: found.session, signal, counted, isRenewal }),
      )
      still(found.session)
      return credential
    } finally {
      release()
    }
  }

  function forNobody(session: AuthSession, { only }: AcquireOptions): Credential {
    still(session)
    if (only || !chain.includes('none')) throw nobodySignedIn('Connect')
    return credentials.anonymous()
  }

  async function forUser(asked: Jwt, attempt: Attempt): Promise<Credential> {
    const { session, signal } = attempt
    if (identity.mustSignIn(session)) throw jwtsRefused()
    let jwt = await freshness.afterEnd(session, asked, signal)
    let ticketAuth = await flag.read(session, signal)
    // Only where something can come of it: a refresh token that is used up for nothing is lost.
    if (attempt.renew && endsWithSession(jwt) && methodsNow(attempt, ticketAuth).length > 0) {
      const found = await identity.refresh(session, signal)
      still(session)
      jwt = found.jwt ?? jwt
      // Turned off meanwhile, it is off.
      ticketAuth = ticketAuth && (await flag.read(session, signal))
    }
    const methods = methodsNow(attempt, ticketAuth)
    const [best] = methods
    switch (best) {
      case 'ticket':
        return byTicket(jwt, attempt, methods)
      case 'jwt':
        return byJwt(jwt, attempt, ticketAuth, whyNotByTicket(attempt, ticketAuth))
      // Without a credential only nobody connects.
      case 'none':
      case undefined:
        throw noMethod(attempt, ticketAuth)
      default:
        return best satisfies never
    }
  }

  /** By ticket, or with the JWT where no ticket comes, or none in time. */
  async function byTicket(jwt: Jwt, attempt: Attempt, methods: readonly AuthMethod[]): Promise<Credential> {
    const { session, signal, isRenewal, renew } = attempt
    const isReplaceable = !isRenewal && options.jwtReplaces && methods.includes('jwt')
    const tried = await waitForTicket({ session, signal, renew, isReplaceable })
    if (tried.taken) return credentials.byTicket(tried.taken, jwt, attempt)
    // Cancelled by nobody: tickets were switched off meanwhile.
    if (tried.cause.code === 'aborted') return withoutTickets(attempt)
    // Requesting a ticket may have renewed the JWT, or have shown that it is refused.
    const trusted = identity.trusted(attempt.session)
    const asksForPermissions = options.request.permissions !== undefined
    if (!trusted || !methods.includes('jwt') || !mayStepDown(tried.cause.code, asksForPermissions)) throw tried.cause
    return byJwt(trusted, attempt, true, stepDown(attempt, tried))
  }

  /** As if they had been off all along. */
  async function withoutTickets(attempt: Attempt): Promise<Credential> {
    const { jwt } = await identity.token(attempt.session, attempt.signal)
    if (!jwt) return forNobody(attempt.session, attempt)
    if (methodsNow(attempt, false).length === 0) throw noMethod(attempt, false)
    return byJwt(jwt, attempt, false, BY_CHOICE)
  }

  async function byJwt(jwt: Jwt, attempt: Attempt, ticketAuth: boolean, why: Why): Promise<Credential> {
    const { session, signal, counted, isRenewal } = attempt
    const dialled = await freshness.beforeDial(session, jwt, { ticketAuth, signal })
    const isOn = ticketAuth && chain.includes('ticket')
    return credentials.byJwt(dialled, { session, counted, isRenewal, ticketAuth: isOn, ...why })
  }

  /** A JWT that ends with the session it renews would gain nothing: the app is asked for a newer one. */
  const endsWithSession = (jwt: Jwt) => endOf(jwt) < clock.wallNow() + RENEW_MARGIN_MS

  const allowedIn = ({ only }: Attempt) => chain.filter((method) => !only || method === only)

  function methodsNow(attempt: Attempt, ticketAuth: boolean): AuthMethod[] {
    const { record } = attempt.session.health
    return methodsFor({ record, ticketAuth, hasToken: true, chain: allowedIn(attempt), now: clock.now() })
  }

  /** Why an attempt connects with the JWT without having requested a ticket. */
  function whyNotByTicket(attempt: Attempt, ticketAuth: boolean): Why {
    const { record, lastError } = attempt.session.health
    const prefersTicket = allowedIn(attempt).find((method) => method !== 'none') === 'ticket'
    if (!ticketAuth || !prefersTicket || record.reverted) return BY_CHOICE
    return stepDown(attempt, { ...whyNoTicket(record, lastError), overtaken: null })
  }

  function whyNoTicket(record: TicketRecord, lastError: TicketSocketError | null): Pick<NoTicket, 'reason' | 'cause'> {
    if (wereRefused(record)) return { reason: 'refusals', cause: refused() }
    const waitMs = record.notBefore - clock.now()
    // A wait that is obeyed is no new failure: counted for each connection meanwhile, one failure would revert.
    if (waitMs > 0) return { reason: 'wait', cause: lastError ?? askedToWait(waitMs) }
    return { reason: 'lost_dials', cause: dialLost() }
  }

  function stepDown({ session }: Attempt, { cause, reason, overtaken }: Omit<NoTicket, 'taken'>): Why {
    emit(session, 'fallback', { from: 'ticket', to: 'jwt', cause })
    return { steppedDown: { from: 'ticket', cause }, reason, overtaken }
  }

  function noMethod(attempt: Attempt, ticketAuth: boolean): TicketSocketError {
    if (!allowedIn(attempt).includes('ticket')) return chainHasNone(attempt.only)
    const instead = chain.includes('jwt') ? "Ask without only: 'ticket'" : 'Add jwt to the chain'
    return noTicket(attempt.session.health, ticketAuth, instead, clock.now())
  }

  return { acquire }
}
