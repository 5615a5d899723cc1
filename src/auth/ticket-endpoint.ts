// The backend's ticket endpoints as functions (PROTOCOL.md, HTTP). One exchange each.

import { TicketSocketError } from '../contract/errors.ts'
import {
  FOREIGN_TICKET_FORM,
  isRevokeAllResponse,
  isTicketGenerationResponse,
  isTicketRevocationResponse,
  isTicketSystemStatus,
  isTicketValidationResponse,
  type TicketGenerationRequest,
} from '../contract/wire.ts'
import { Secret } from '../platform/secret.ts'
import { type ExchangeDeps, exchange } from './http-exchange.ts'
import type { Asked } from './remedies.ts'
import { type Ticket, toTicket } from './ticket.ts'

const ADMINISTRATION: Asked = { for: 'administration' }

export type TicketEndpoint = ReturnType<typeof createTicketEndpoint>

/** `baseUrl` is the backend's URL with the ticket path, such as `https://api.example.com/websocket`. */
export function createTicketEndpoint(deps: ExchangeDeps, baseUrl: string) {
  /** `..` and the like would name another endpoint. */
  function path(name: string) {
    if (!FOREIGN_TICKET_FORM.test(name)) throw unknownTicket()
    return `${baseUrl}/ticket/${name}`
  }
  return {
    /** `isOwn`: with fields of one call. */
    async generate(
      jwt: Secret,
      body: TicketGenerationRequest,
      isOwn: boolean,
      signals: readonly AbortSignal[],
    ): Promise<Ticket> {
      const asked = { for: 'ticket', isOwn, hasPermissions: body.permissions !== undefined } as const
      const begun = { now: deps.clock.now(), wall: deps.clock.wallNow() }
      const guard = isTicketGenerationResponse
      const answer = await exchange(deps, {
        asked,
        method: 'POST',
        url: `${baseUrl}/ticket`,
        jwt,
        body,
        guard,
        signals,
      })
      return toTicket(answer, body, begun, jwt)
    },
    validate(jwt: Secret, name: string, signals: readonly AbortSignal[]) {
      const guard = isTicketValidationResponse
      const known = [new Secret(name)]
      const url = `${path(name)}/validate`
      return exchange(deps, { asked: ADMINISTRATION, method: 'GET', url, jwt, guard, signals, known }).catch(
        aboutTicket,
      )
    },
    async revoke(jwt: Secret, name: string, signals: readonly AbortSignal[]): Promise<void> {
      const guard = isTicketRevocationResponse
      const known = [new Secret(name)]
      const url = path(name)
      const answer = await exchange(deps, {
        asked: ADMINISTRATION,
        method: 'DELETE',
        url,
        jwt,
        guard,
        signals,
        known,
      }).catch(aboutTicket)
      if (!answer.success) throw notRevoked()
    },
    async revokeAll(jwt: Secret, signals: readonly AbortSignal[]): Promise<number> {
      const url = `${baseUrl}/tickets`
      const guard = isRevokeAllResponse
      const answer = await exchange(deps, { asked: ADMINISTRATION, method: 'DELETE', url, jwt, guard, signals })
      if (!answer.success) throw notRevoked()
      return answer.revoked
    },
    status(signals: readonly AbortSignal[]) {
      const url = `${baseUrl}/tickets/status`
      return exchange(deps, {
        asked: { for: 'status' },
        method: 'GET',
        url,
        jwt: null,
        guard: isTicketSystemStatus,
        signals,
      })
    },
  }
}

/** Here 404 means an unknown ticket. Whether the endpoint exists is learnt from the request that issues one. */
function aboutTicket(error: TicketSocketError): never {
  throw error.status === 404 ? unknownTicket(error.status) : error
}

function unknownTicket(status?: number) {
  const message = 'No such ticket: it is spent, expired, revoked, or of another user. Check that this is its handle.'
  return new TicketSocketError('invalid_request', message, status === undefined ? {} : { status })
}

const notRevoked = () =>
  new TicketSocketError('bad_response', 'The backend did not revoke, and gave no reason. Look at its log.')
