// What each ticket endpoint does for a request that the handler has let through.

import { CLOSE } from '../contract/close-codes.ts'
import { isTicketSocketError } from '../contract/errors.ts'
import { openApiDocument } from '../contract/openapi.ts'
import {
  type RevokeAllResponse,
  SUBPROTOCOL,
  type TicketGenerationRequest,
  type TicketGenerationResponse,
  type TicketRevocationResponse,
} from '../contract/wire.ts'
import type { HttpSpending } from './http-limits.ts'
import { HttpProblem } from './http-problem.ts'
import type { Route } from './http-routes.ts'
import type { Identity } from './identity.ts'
import type { Sessions } from './sessions.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import type { TokenCheck } from './token-check.ts'
import { ticketUrl } from './websocket-url.ts'

export interface HttpEndpointsDeps {
  tickets: AuthTicketManager
  checkToken: TokenCheck
  spending: HttpSpending
  readBody(request: Request): Promise<TicketGenerationRequest>
  sessions: Pick<Sessions, 'closeUser'> | undefined
  basePath: string
  websocketUrl: string | undefined
  /** Whether the request has an answer already: whatever is still being done for it comes too late. */
  isAnswered(request: Request): boolean
}

/** Resolves to the body of a 200; rejects with an `HttpProblem` or a `TicketSocketError` for every other answer. */
export type ServeEndpoint = (route: Route, request: Request) => Promise<object>

export function createHttpEndpoints(deps: HttpEndpointsDeps): ServeEndpoint {
  const { tickets, checkToken, spending, readBody, sessions, basePath, websocketUrl, isAnswered } = deps

  async function generate(request: Request): Promise<TicketGenerationResponse> {
    const jwt = bearerOf(request)
    const { identity, afterRevocationMs } = await authenticate(jwt, checkToken.forTicket)
    const rate = await spending.ticket(identity.userId)
    const body = await readBody(request)
    try {
      const ticket = await tickets.generate(identity, body, { rate, afterRevocationMs })
      // The client has its answer already, and the ticket would count as one of its user's until it expires.
      if (isAnswered(request)) void tickets.revoke(ticket.ticket_handle, identity.userId).catch(() => {})
      const where = websocketUrl && { websocket_url: ticketUrl(websocketUrl, ticket.ticket_id) }
      return { ...ticket, ...where, subprotocol: SUBPROTOCOL }
    } catch (error) {
      checkToken.noteTicketError(error, jwt)
      throw error
    }
  }

  async function revoke(handle: string, { userId }: Identity): Promise<TicketRevocationResponse> {
    const outcome = await tickets.revoke(handle, userId)
    if (outcome === 'not_found') throw new HttpProblem(404, 'The ticket is unknown, expired or already used.')
    if (outcome === 'not_owner') throw new HttpProblem(403, 'This ticket is another user’s.')
    return { success: true, message: 'The ticket was revoked.' }
  }

  async function revokeAll(jwt: string): Promise<RevokeAllResponse> {
    const { identity } = await authenticate(jwt, checkToken).catch(async (error) => {
      if (isTicketSocketError(error) && error.code === 'store_unavailable') await endConnectionsOf(jwt)
      throw error
    })
    const { userId } = identity
    try {
      return { success: true, revoked: await tickets.revokeAll(userId, identity) }
    } finally {
      sessions?.closeUser(userId, CLOSE.revoked, 'revoked')
    }
  }

  // The store cannot answer whether the JWT is from before a sign-out: nothing is recorded, no other server is asked, and the answer
  // is 503. The connections close with a code after which a client that is still signed in comes back: the holder of an old JWT
  // must not be able to end those of a newer sign-in for good.
  async function endConnectionsOf(jwt: string) {
    const { identity } = await authenticate(jwt, checkToken.identify)
    sessions?.closeUser(identity.userId, CLOSE.unavailable, 'unavailable')
  }

  const callerOf = async (request: Request) => (await authenticate(bearerOf(request), checkToken)).identity

  return async (route, request) => {
    switch (route.kind) {
      case 'openapi':
        return openApiDocument({ basePath })
      case 'status':
        return tickets.status()
      case 'tickets':
        return generate(request)
      case 'all':
        return revokeAll(bearerOf(request))
      case 'validation':
        return tickets.validate(route.handle, (await callerOf(request)).userId)
      case 'ticket':
        return revoke(route.handle, await callerOf(request))
      default:
        return route satisfies never
    }
  }
}

async function authenticate(jwt: string, check: TokenCheck['forTicket']) {
  const verdict = await check(jwt)
  if (verdict.kind === 'accepted') return verdict
  const hasExpired = verdict.reason === 'jwt_expired'
  throw new HttpProblem(401, hasExpired ? 'The JWT has expired. Refresh it.' : 'The JWT was not accepted.')
}

function bearerOf(request: Request): string {
  const [, jwt] = /^bearer +(\S+)$/i.exec(request.headers.get('authorization')?.trim() ?? '') ?? []
  if (!jwt) throw new HttpProblem(401, 'Send the JWT as Authorization: Bearer.')
  return jwt
}
