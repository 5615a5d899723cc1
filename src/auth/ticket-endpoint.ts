// The backend's ticket endpoints as functions (PROTOCOL.md, HTTP). One exchange each.

import {
  isRevokeAllResponse,
  isTicketGenerationResponse,
  isTicketRevocationResponse,
  isTicketSystemStatus,
  isTicketValidationResponse,
  type TicketGenerationRequest,
} from '../contract/wire.ts'
import type { Secret } from '../platform/secret.ts'
import { type ExchangeDeps, exchange } from './http-exchange.ts'
import { type Ticket, toTicket } from './ticket.ts'

export type TicketEndpoint = ReturnType<typeof createTicketEndpoint>

/** `baseUrl` is the backend's URL with the ticket path, such as `https://api.example.com/websocket`. */
export function createTicketEndpoint(deps: ExchangeDeps, baseUrl: string) {
  const path = (name: string) => `${baseUrl}/ticket/${encodeURIComponent(name)}`
  return {
    async generate(jwt: Secret, body: TicketGenerationRequest, signals: readonly AbortSignal[]): Promise<Ticket> {
      const begun = { now: deps.clock.now(), wall: deps.clock.wallNow() }
      const guard = isTicketGenerationResponse
      const answer = await exchange(deps, { method: 'POST', url: `${baseUrl}/ticket`, jwt, body, guard, signals })
      return toTicket(answer, begun, jwt)
    },
    validate(jwt: Secret, name: string, signals: readonly AbortSignal[]) {
      const guard = isTicketValidationResponse
      return exchange(deps, { method: 'GET', url: `${path(name)}/validate`, jwt, guard, signals })
    },
    revoke(jwt: Secret, name: string, signals: readonly AbortSignal[]) {
      return exchange(deps, { method: 'DELETE', url: path(name), jwt, guard: isTicketRevocationResponse, signals })
    },
    revokeAll(jwt: Secret, signals: readonly AbortSignal[]) {
      return exchange(deps, { method: 'DELETE', url: `${baseUrl}/tickets`, jwt, guard: isRevokeAllResponse, signals })
    },
    status(signals: readonly AbortSignal[]) {
      const guard = isTicketSystemStatus
      return exchange(deps, { method: 'GET', url: `${baseUrl}/tickets/status`, jwt: null, guard, signals })
    },
  }
}
