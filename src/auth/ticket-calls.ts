// The calls by which an app takes tickets for the connections that it opens itself. They answer, whatever they are given: a
// mistake in the arguments is a result like any other. No connection reports back, so an HTTP answer is evidence.

import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import type { AttemptDeps } from './attempt.ts'
import { asTicketSocketError, invalidCall, noTicket, ticketsOff } from './credential-errors.ts'
import { type CallOptions, untilAborted } from './deadline.ts'
import { isAboutTickets, isAnswer } from './evidence.ts'
import { methodsFor } from './fallback-chain.ts'
import { type AuthSession, still } from './session.ts'
import type { Taken } from './ticket-pool.ts'
import { fieldsOf, type TicketRequestOptions } from './ticket-request.ts'
import { type TicketRequestResult, toWebSocketTicket } from './websocket-ticket.ts'

export interface TicketCalls {
  /**
   * A ticket of the caller's own: the prefetched one if there is one, else a new one. Never throws, whatever it is given.
   *
   * A reusable ticket (`ticket.singleUse: false`) is shared with others.
   */
  getWebSocketTicket(options?: CallOptions): Promise<TicketRequestResult>
  /**
   * A new ticket: always asks the backend. Never throws: a wrong field is `invalid_request`, which names the field and its
   * rule, and no request is made.
   *
   * A ticket with fields of one call is kept for nobody and given to nobody else. When the backend refuses it with a 4xx,
   * that does not count toward `maxTicketFailures`: it may be about the fields.
   *
   * @example
   * ```ts
   * import type { UnifiedAuthService } from 'ticket-socket'
   *
   * declare const auth: UnifiedAuthService
   * const result = await auth.requestWebSocketTicket({ ttl_seconds: 60, permissions: ['read'], metadata: { room: 7 } })
   * if (result.success) new WebSocket(`wss://api.example.com/ws?ticket=${result.ticket.ticket}`)
   * else console.warn(result.error.code, result.error.message)
   * ```
   */
  requestWebSocketTicket(options?: TicketRequestOptions): Promise<TicketRequestResult>
}

/** A call goes the way of an attempt, and ends with the ticket. */
export type TicketCallsDeps = Omit<AttemptDeps, 'credentials'>

/** How a call gets its ticket from the pool. */
interface Call {
  signal: AbortSignal
  get: (session: AuthSession, signal: AbortSignal) => Promise<Taken>
  hasOwnFields: boolean
}

export function createTicketCalls(deps: TicketCallsDeps) {
  const { options, identity, freshness, flag, pool, health, emit, signalOf } = deps
  const { clock } = options.platform

  async function resultOf(session: AuthSession, call: Call): Promise<TicketRequestResult> {
    try {
      const { taken, of } = await ticketFor(session, call)
      still(of)
      const { ticket } = taken
      return { success: true, ticket: toWebSocketTicket(ticket, options.baseUrl, options.webSocketOrigins) }
    } catch (error) {
      return failed(asTicketSocketError(error))
    }
  }

  async function ticketFor(asked: AuthSession, { signal: wanted, get, hasOwnFields }: Call) {
    const { counted } = asked.health.record
    const { session, jwt } = await identity.signedIn(asked, wanted)
    const taken = await untilAborted([wanted, session.signal], async (signal) => {
      await freshness.afterEnd(session, jwt, signal)
      const ticketAuth = await flag.read(session, signal)
      const now = clock.now()
      const situation = { record: session.health.record, ticketAuth, hasToken: true, now }
      if (methodsFor({ ...situation, chain: ['ticket'] }).length === 0)
        throw noTicket(session.health, ticketAuth, 'Connect with the JWT', now)
      try {
        return await get(session, signal)
      } catch (error) {
        throw learnt(session, asTicketSocketError(error), hasOwnFields, counted)
      }
    })
    return { taken, of: session }
  }

  function learnt(session: AuthSession, cause: TicketSocketError, hasOwnFields: boolean, counted: number) {
    // Nobody waits any more; or else tickets were switched off meanwhile.
    if (cause.code === 'aborted') return ticketsOff('Connect with the JWT')
    if (isAboutTickets(cause, hasOwnFields)) health.ticketFailed(session, cause, isAnswer(cause) ? counted : null)
    else emit(session, 'ticketFailed', { error: cause })
    return cause
  }

  function callFor(given: TicketRequestOptions = {}): Call {
    const fields = fieldsOf(given)
    const signal = signalOf({ signal: given.signal })
    if (!fields) return { signal, get: pool.requestNew, hasOwnFields: false }
    const own: TicketGenerationRequest = { ...options.request, ...fields }
    return { signal, get: (session, live) => pool.requestOwn(session, live, own), hasOwnFields: true }
  }

  return {
    get: (session: AuthSession, given?: CallOptions) =>
      unlessMistaken(() => resultOf(session, { signal: signalOf(given), get: pool.take, hasOwnFields: false })),
    request: (session: AuthSession, given?: TicketRequestOptions) =>
      unlessMistaken(() => resultOf(session, callFor(given))),
  }
}

function unlessMistaken(call: () => Promise<TicketRequestResult>): Promise<TicketRequestResult> {
  try {
    return call()
  } catch (error) {
    return Promise.resolve(failed(invalidCall(error)))
  }
}

const failed = (error: TicketSocketError): TicketRequestResult => ({
  success: false,
  error,
  recoverable: error.retryable,
})
