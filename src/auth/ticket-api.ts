// The client of the ticket API: every endpoint of the backend, one function and one request each (PROTOCOL.md, HTTP).

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
import { type HttpDeps, type HttpRequest, sendRequest } from './http-request.ts'
import { type Ticket, toTicket } from './ticket.ts'

export type TicketApi = ReturnType<typeof createTicketApi>

/** `baseUrl` is the backend's URL with the ticket path, such as `https://api.example.com/websocket`. */
export function createTicketApi(deps: HttpDeps, baseUrl: string) {
  const administer = <T>(request: Omit<HttpRequest<T>, 'asked'>) =>
    sendRequest(deps, { asked: { for: 'administration' }, ...request })

  /** Of one ticket, by its name in the path. */
  async function administerOne<T>(name: string, request: Omit<HttpRequest<T>, 'asked' | 'known'>): Promise<T> {
    // `..` and the like would name another endpoint.
    if (!FOREIGN_TICKET_FORM.test(name)) throw unknownTicket()
    return administer({ ...request, known: [new Secret(name)] }).catch((error: TicketSocketError) => {
      // Here 404 means an unknown ticket. Whether the endpoint exists is learnt from the request that issues one.
      throw error.status === 404 ? unknownTicket(error.status) : error
    })
  }

  return {
    /** `isOwn`: with fields of one call. */
    async generate(
      jwt: Secret,
      body: TicketGenerationRequest,
      isOwn: boolean,
      signals: readonly AbortSignal[],
    ): Promise<Ticket> {
      const begun = { now: deps.clock.now(), wall: deps.clock.wallNow() }
      const answer = await sendRequest(deps, {
        asked: { for: 'ticket', isOwn, hasPermissions: body.permissions !== undefined },
        method: 'POST',
        url: `${baseUrl}/ticket`,
        jwt,
        body,
        guard: isTicketGenerationResponse,
        signals,
      })
      return toTicket(answer, body, begun, jwt)
    },

    validate(jwt: Secret, name: string, signals: readonly AbortSignal[]) {
      const url = `${baseUrl}/ticket/${name}/validate`
      return administerOne(name, { method: 'GET', url, jwt, guard: isTicketValidationResponse, signals })
    },

    async revoke(jwt: Secret, name: string, signals: readonly AbortSignal[]): Promise<void> {
      const url = `${baseUrl}/ticket/${name}`
      const guard = isTicketRevocationResponse
      const { success } = await administerOne(name, { method: 'DELETE', url, jwt, guard, signals })
      if (!success) throw notRevoked()
    },

    async revokeAll(jwt: Secret, signals: readonly AbortSignal[]): Promise<number> {
      const url = `${baseUrl}/tickets`
      const answer = await administer({ method: 'DELETE', url, jwt, guard: isRevokeAllResponse, signals })
      if (!answer.success) throw notRevoked()
      return answer.revoked
    },

    /** Public: it carries no JWT. */
    status(signals: readonly AbortSignal[]) {
      const url = `${baseUrl}/tickets/status`
      const guard = isTicketSystemStatus
      return sendRequest(deps, { asked: { for: 'status' }, method: 'GET', url, jwt: null, guard, signals })
    },
  }
}

function unknownTicket(status?: number) {
  const message = 'No such ticket: it is spent, expired, revoked, or of another user. Check that this is its handle.'
  return new TicketSocketError('invalid_request', message, status === undefined ? {} : { status })
}

const notRevoked = () =>
  new TicketSocketError('bad_response', 'The backend did not revoke, and gave no reason. Look at its log.')
