// Requesting one ticket: the JWT, the request, its retries, one refresh of the JWT after a 401, and one budget over all. An
// attempt that can connect with the JWT instead has time for a second request at most.

import { TicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import { type BackoffPolicy, fullJitter } from '../platform/backoff.ts'
import type { Clock, Random } from '../platform/platform.ts'
import type { Emit } from './auth-events.ts'
import { givenUp, nobodySignedIn } from './credential-errors.ts'
import { noAnswer, pause, within } from './deadline.ts'
import { isAboutTickets } from './evidence.ts'
import type { Identity } from './identity.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import type { AuthSession } from './session.ts'
import type { StepDownTimer } from './step-down-timer.ts'
import type { Ticket } from './ticket.ts'
import type { TicketApi } from './ticket-api.ts'
import { askedToWait, type TicketHealthKeeper } from './ticket-health.ts'
import { jwtOf } from './user-state.ts'

export interface RetryPolicy extends BackoffPolicy {
  maxRetries: number
  /** Over all tries and waits for one ticket, in milliseconds. */
  budgetMs: number
}

export interface IssuingDeps {
  api: TicketApi
  identity: Identity
  freshness: JwtFreshness
  health: TicketHealthKeeper
  /** Asked again before each quiet request: the page may have been hidden since it was wanted. */
  mayFetchAhead: (session: AuthSession, ticketAuth: boolean) => boolean
  /** The flag, which may be turned off while a request waits. */
  readFlag: (session: AuthSession, signal: AbortSignal) => Promise<boolean>
  /** Offline nothing is tried again: it could not succeed. */
  isOnline: () => boolean
  request: TicketGenerationRequest
  retry: RetryPolicy
  clock: Clock
  random: Random
  emit: Emit
}

export interface IssueOptions {
  signal: AbortSignal
  /** One try, no retry: for fetching ahead. */
  quiet?: boolean
  /** Since when a caller waits: the time spent in a queue is part of the budget. */
  begunAt: number
  /** A request with fields of its caller's own. What a 4xx to it says holds for no other request. */
  own?: TicketGenerationRequest
  /** Of an attempt that connects with the JWT when its time is over. Nothing is requested after that. */
  timer?: StepDownTimer | undefined
  /** Its first request was another's, and has failed. */
  isSecond?: boolean | undefined
}

/** Spreads the second request of clients whose first ones failed in the same moment. */
const SECOND_REQUEST_WITHIN_MS = 40

const isTransient = ({ code }: TicketSocketError) =>
  code === 'network' || code === 'timeout' || code === 'server_unavailable' || code === 'rate_limited'

/** What the backend says of this request it says of the next one, too (PR-24). */
const FINAL: readonly TicketSocketErrorCode[] = [
  'invalid_request',
  'forbidden',
  'bad_response',
  'redirected',
  'ticket_repeated',
]
/** That it has no tickets is not among them: a prefetch learns nothing from it. */
export const isFinal = ({ code }: TicketSocketError) => FINAL.includes(code)

/** More requests than the backend allows, and it does not say for how long: a second one in haste would be one more. */
const isLimitOfNow = ({ code, retryAfterMs }: TicketSocketError) =>
  code === 'rate_limited' && retryAfterMs === undefined

/** A caller has read the flag as it came; one that had to queue reads it again. Read once too often, it does no harm. */
const JUST_READ_MS = 5

export function createTicketIssuing(deps: IssuingDeps) {
  const { api, identity, freshness, health, mayFetchAhead, readFlag, isOnline, request, retry } = deps
  const { clock, random, emit } = deps

  function requestWithin(session: AuthSession, options: IssueOptions): Promise<Ticket> {
    const { signal: outer, quiet = false, begunAt, own, timer, isSecond = false } = options
    const policy = timer ? inHaste(retry, isSecond) : retry
    const endsAt = begunAt + retry.budgetMs
    const ms = endsAt - clock.now()
    if (ms <= 0) return Promise.reject(notInBudget(retry.budgetMs))
    const signals = [outer, session.signal]
    const late = () => noAnswer('The ticket endpoint', ms, IN_BUDGET)
    let isRenewing = false

    const issued = within({ clock, ms, signals, late }, async (signal) => {
      // Nobody has asked the app just now when fetching ahead: it may have a newer JWT since.
      if (quiet) await identity.token(session, signal)
      let hasAsked = false
      let renewed = false
      let failures = 0
      let lastError: TicketSocketError | null = null

      async function wait(ms: number, error: TicketSocketError) {
        const leftMs = Math.min(timer?.leftMs() ?? Number.POSITIVE_INFINITY, endsAt - clock.now())
        // Waiting longer than that would keep a user from a connection that a JWT could open now.
        if (quiet || !isOnline() || ms > retry.maxDelayMs || ms >= leftMs) throw error
        await pause(clock, ms, [signal])
      }

      async function isWanted(): Promise<boolean> {
        if (!quiet && !hasAsked && clock.now() - begunAt < JUST_READ_MS) return true
        const isOn = await readFlag(session, signal)
        return quiet ? mayFetchAhead(session, isOn) : isOn
      }

      for (;;) {
        if (!(await isWanted())) throw notWanted()
        if (timer?.signal.aborted) throw lastError ?? notWanted()
        const jwt = jwtOf(session.user)
        if (!jwt) throw nobodySignedIn('Ask')
        // What others have learnt since this request began.
        const { record, lastError: known } = session.health
        const early = record.notBefore - clock.now()
        if (record.reverted) throw lastError ?? known ?? givenUp('Connect with the JWT', null)
        if (early > 0) {
          await wait(early, lastError ?? askedToWait(early))
          continue
        }
        hasAsked = true
        try {
          return await api.generate(jwt.token, own ?? request, own !== undefined, [signal])
        } catch (error) {
          if (!(error instanceof TicketSocketError) || signal.aborted) throw error
          lastError = error
          health.askedToWait(session, error)
          // Before the next one in the queue asks for nothing, too.
          if (!quiet && error.code === 'tickets_unsupported' && isAboutTickets(error, own !== undefined))
            health.failed(session, error, null)
          if (error.code === 'unauthenticated' && !renewed && !timer?.signal.aborted) {
            renewed = isRenewing = true
            await identity.renew(session, jwt.token, signal)
            isRenewing = false
            // The newer JWT was refused by nobody: whatever ends the request now, it is not that answer.
            lastError = null
          } else {
            if (!isTransient(error) || failures >= policy.maxRetries || (timer && isLimitOfNow(error))) throw error
            await wait(Math.max(error.retryAfterMs ?? 0, fullJitter(failures++, policy, random())), error)
          }
        }
      }
    })
    return issued.catch((error: TicketSocketError) => {
      throw isRenewing && error.code === 'timeout' ? noNewerJwt(error) : error
    })
  }

  return async function issue(session: AuthSession, options: IssueOptions): Promise<Ticket> {
    const ticket = await requestWithin(session, options)
    freshness.noteAccepted(ticket.issuedFor)
    const { label: handle, ttlMs } = ticket
    emit(session, 'ticketIssued', { handle, ttlMs, ahead: options.quiet === true })
    return ticket
  }
}

const inHaste = (retry: RetryPolicy, isSecond: boolean): RetryPolicy => ({
  ...retry,
  maxRetries: isSecond ? 0 : Math.min(retry.maxRetries, 1),
  baseDelayMs: Math.min(retry.baseDelayMs, SECOND_REQUEST_WITHIN_MS),
})

/** Nothing was asked, or nothing more: that is no failure. */
const notWanted = () =>
  new TicketSocketError('aborted', 'No ticket is wanted any more: ticketAuth, the page, or stepDownAfterMs says so.')

const IN_BUDGET = 'If this repeats, look at the backend, or raise retry.budgetMs.'

const notInBudget = (budgetMs: number) =>
  new TicketSocketError('timeout', `No ticket came within ${budgetMs} ms. ${IN_BUDGET}`)

/** The JWT is known to be refused, so that a connection with it would fail. */
const noNewerJwt = (cause: TicketSocketError) =>
  new TicketSocketError(
    'token_callback_failed',
    'The JWT was refused, and no newer one came in time. Make refreshToken settle sooner, or raise retry.budgetMs.',
    { cause },
  )
