// The HTTP part of the contract as an OpenAPI document. The shapes come from the schemas; this file lists the endpoints with their
// requests and answers.

import { contractJsonSchema } from './schemas.ts'
import { DEFAULT_BASE_PATH, SUBPROTOCOL } from './wire.ts'

export interface OpenApiOptions {
  /** Where the endpoints are mounted. @default '/websocket' */
  basePath?: string
  /** The server's own address, such as `https://api.example.com`. @default none: where the document was found */
  serverUrl?: string
}

/** An OpenAPI 3.1 document. Its parts are untyped: tools check them. */
export interface OpenApiDocument {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string }
  servers?: { url: string }[]
  paths: Record<string, Record<string, unknown>>
  components: Record<string, Record<string, unknown>>
  security: Record<string, string[]>[]
}

const REFUSALS = {
  400: 'The request is malformed.',
  401: 'The JWT is missing, has expired, or was not accepted.',
  403: 'Not allowed: the page’s origin, a permission that the user does not hold, or another user’s ticket.',
  404: 'The ticket is unknown, expired or already used.',
  408: 'The body did not arrive in time.',
  413: 'The body is too long.',
  415: 'The body is not sent as application/json.',
  422: 'The request is not valid; `errors` names the fields.',
  429: 'Too many requests, or too many unspent tickets.',
  500: 'The server failed.',
  501: 'The server’s owner has switched tickets off.',
  503: 'The server cannot answer now: the ticket store or the check of JWTs is down.',
} as const
type Refusal = keyof typeof REFUSALS

/** Answers of every endpoint that needs a JWT. */
const COMMON: readonly Refusal[] = [401, 403, 429, 500, 503]

const refTo = (kind: 'schemas' | 'headers' | 'responses' | 'parameters', name: string) => ({
  $ref: `#/components/${kind}/${name}`,
})
const componentName = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`
const jsonOf = (schema: string) => ({ 'application/json': { schema: refTo('schemas', schema) } })

function refusal(status: Refusal) {
  const headers = {
    ...(status === 401 && { 'WWW-Authenticate': refTo('headers', 'WwwAuthenticate') }),
    ...((status === 429 || status === 503) && { 'Retry-After': refTo('headers', 'RetryAfter') }),
  }
  return {
    description: REFUSALS[status],
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { 'application/problem+json': { schema: refTo('schemas', 'Problem') } },
  }
}

function responses(description: string, schema: string, refusals: readonly Refusal[]) {
  const byStatus = refusals.map((status) => [status, refTo('responses', `Problem${status}`)])
  return { 200: { description, content: jsonOf(schema) }, ...Object.fromEntries(byStatus) }
}

function paths(basePath: string): OpenApiDocument['paths'] {
  const handle = [refTo('parameters', 'Handle')]
  return {
    [`${basePath}/ticket`]: {
      post: {
        operationId: 'generateTicket',
        summary: 'Generate a ticket.',
        requestBody: { required: false, content: jsonOf('TicketGenerationRequest') },
        responses: responses('A ticket.', 'TicketGenerationResponse', [400, ...COMMON, 408, 413, 415, 422, 501]),
      },
    },
    [`${basePath}/ticket/{handle}/validate`]: {
      get: {
        operationId: 'validateTicket',
        summary: 'Look at a ticket of your own, without consuming it.',
        parameters: handle,
        responses: responses('Whether it is valid.', 'TicketValidationResponse', COMMON),
      },
    },
    [`${basePath}/ticket/{handle}`]: {
      delete: {
        operationId: 'revokeTicket',
        summary: 'Revoke a ticket of your own that is not spent yet.',
        parameters: handle,
        responses: responses('It was revoked.', 'TicketRevocationResponse', [...COMMON, 404]),
      },
    },
    [`${basePath}/tickets`]: {
      delete: {
        operationId: 'revokeAllTickets',
        summary:
          'Sign out of all sessions: revoke all your tickets, your JWTs issued until now, and close your connections.',
        responses: responses('They were revoked.', 'RevokeAllResponse', COMMON),
      },
    },
    [`${basePath}/tickets/status`]: {
      get: {
        operationId: 'ticketSystemStatus',
        summary: 'Status of the ticket system.',
        security: [],
        responses: responses('The status.', 'TicketSystemStatus', [429, 500, 503]),
      },
    },
  }
}

/** The schemas of bodies, with references instead of JSON Schema's own metadata. */
function schemas(): Record<string, unknown> {
  const HTTP = /^(?:ticket|revokeAll|problem)/
  const entries = Object.entries(contractJsonSchema()).filter(([name]) => HTTP.test(name))
  return Object.fromEntries(
    entries.map(([name, schema]) => {
      const { $schema: _, ...rest } = schema as Record<string, unknown>
      return [componentName(name), rest]
    }),
  )
}

/**
 * The endpoints as OpenAPI 3.1, generated from the schemas. The handler serves it at `{base}/openapi.json`.
 *
 * PROTOCOL.md describes the WebSocket, CORS, and the headers of every answer, which this document leaves out.
 *
 * @example
 * ```ts
 * import { openApiDocument } from 'ticket-socket/schemas'
 *
 * console.log(JSON.stringify(openApiDocument({ basePath: '/api/websocket', serverUrl: 'https://api.example.com' })))
 * ```
 */
export function openApiDocument(options: OpenApiOptions = {}): OpenApiDocument {
  const { basePath = DEFAULT_BASE_PATH, serverUrl, ...others } = options
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined) continue
    throw new TypeError(`${name} is not an option of openApiDocument. Its options are basePath, serverUrl.`)
  }
  const refusals = Object.keys(REFUSALS).map((status) => [`Problem${status}`, refusal(Number(status) as Refusal)])
  return {
    openapi: '3.1.0',
    info: {
      title: 'ticket-socket',
      version: SUBPROTOCOL.slice(SUBPROTOCOL.lastIndexOf('v') + 1),
      description: 'Exchanges a JWT for a ticket that opens one WebSocket. The rules stand in PROTOCOL.md.',
    },
    ...(serverUrl !== undefined && { servers: [{ url: serverUrl }] }),
    paths: paths(basePath),
    components: {
      schemas: schemas(),
      parameters: {
        Handle: {
          name: 'handle',
          in: 'path',
          required: true,
          description:
            'The ticket’s handle. The ticket itself is taken as well; paths end up in logs, so prefer the handle.',
          schema: { type: 'string' },
        },
      },
      headers: {
        RetryAfter: { description: 'Seconds to wait.', required: true, schema: { type: 'integer', minimum: 1 } },
        WwwAuthenticate: { required: true, schema: { const: 'Bearer' } },
      },
      responses: Object.fromEntries(refusals),
      securitySchemes: { jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
    security: [{ jwt: [] }],
  }
}
