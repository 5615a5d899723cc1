// The contract as zod schemas, for the server's checks, for documents and for generators. The browser uses the guards in
// `wire.ts` instead. Never `import { z }`: with esbuild it would bundle every locale of zod.
//
// Objects from a server are loose (a newer server may send more fields); bodies from a client are strict. An optional field may be
// `null` as well as missing (PR-09).

import * as z from 'zod'
import {
  type AuthRefresh,
  type AuthRefreshed,
  type ConnectionEstablished,
  type ErrorFrame,
  FOREIGN_TICKET_FORM,
  type GoingAway,
  MAX_METADATA_BYTES,
  MAX_PERMISSION_LENGTH,
  MAX_PERMISSIONS,
  MAX_UNIX_SECONDS,
  type Message,
  type Ping,
  type Pong,
  PROTOCOL_FORM,
  type Problem,
  type RevokeAllResponse,
  TICKET_FORM,
  type TicketGenerationRequest,
  type TicketGenerationResponse,
  type TicketRevocationResponse,
  type TicketSystemStatus,
  type TicketValidationResponse,
  TTL_SECONDS,
} from './wire.ts'

const unixSeconds = z.number().min(0).max(MAX_UNIX_SECONDS).describe('Unix seconds, fractions allowed')
const authMethod = z.enum(['ticket', 'jwt', 'none'])

export const ticketGenerationRequest = z.strictObject({
  ttl_seconds: z.int().min(TTL_SECONDS.min).max(TTL_SECONDS.max).nullish(),
  single_use: z.boolean().nullish(),
  permissions: z.array(z.string().min(1).max(MAX_PERMISSION_LENGTH)).max(MAX_PERMISSIONS).nullish(),
  metadata: z
    .record(z.string(), z.unknown())
    .refine((value) => new TextEncoder().encode(JSON.stringify(value)).length <= MAX_METADATA_BYTES, {
      message: `must be at most ${MAX_METADATA_BYTES} bytes as JSON`,
    })
    .nullish(),
}) satisfies z.ZodType<TicketGenerationRequest>

export const ticketGenerationResponse = z.looseObject({
  ticket_id: z.string().regex(FOREIGN_TICKET_FORM),
  ticket_handle: z.string().regex(TICKET_FORM).nullish(),
  expires_at: unixSeconds,
  created_at: unixSeconds,
  ttl_seconds: z.number().positive().max(86_400),
  single_use: z.boolean(),
  websocket_url: z.string().nullish(),
  subprotocol: z.string().regex(PROTOCOL_FORM).nullish(),
}) satisfies z.ZodType<TicketGenerationResponse>

export const ticketValidationResponse = z.discriminatedUnion('valid', [
  z.looseObject({
    valid: z.literal(true),
    user_id: z.string(),
    email: z.string().nullish(),
    permissions: z.array(z.string()),
    expires_at: unixSeconds,
  }),
  z.looseObject({ valid: z.literal(false), error: z.string() }),
]) satisfies z.ZodType<TicketValidationResponse>

export const ticketRevocationResponse = z.looseObject({
  success: z.boolean(),
  message: z.string(),
}) satisfies z.ZodType<TicketRevocationResponse>

export const revokeAllResponse = z.looseObject({
  success: z.boolean(),
  revoked: z.int().min(0),
}) satisfies z.ZodType<RevokeAllResponse>

export const ticketSystemStatus = z.looseObject({
  ticket_system_enabled: z.boolean(),
  redis_available: z.boolean(),
  redis_status: z.enum(['connected', 'not_available', 'error']),
  redis_error: z.string().nullish(),
  default_ttl_seconds: z.int().min(0),
  max_ttl_seconds: z.int().min(0),
  ticket_prefix: z.string(),
}) satisfies z.ZodType<TicketSystemStatus>

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).nullish(),
}) satisfies z.ZodType<Problem>

export const connectionEstablished = z.looseObject({
  type: z.literal('ts:connection_established'),
  session_id: z.string(),
  user_id: z.string().nullable(),
  auth_method: authMethod,
  expires_at: unixSeconds,
  expires_in: z.number(),
  max_message_bytes: z.int().positive().nullish(),
  jwt_refresh: z.boolean().nullish(),
}) satisfies z.ZodType<ConnectionEstablished>

export const ping = z.looseObject({ type: z.literal('ts:ping'), timestamp: z.number() }) satisfies z.ZodType<Ping>
export const pong = z.looseObject({ type: z.literal('ts:pong'), timestamp: z.number() }) satisfies z.ZodType<Pong>

export const authRefresh = z.union([
  z.looseObject({ type: z.literal('ts:auth_refresh'), ticket: z.string(), jwt: z.null().optional() }),
  z.looseObject({ type: z.literal('ts:auth_refresh'), jwt: z.string(), ticket: z.null().optional() }),
]) satisfies z.ZodType<AuthRefresh>

export const authRefreshed = z.looseObject({
  type: z.literal('ts:auth_refreshed'),
  expires_at: unixSeconds,
  expires_in: z.number(),
}) satisfies z.ZodType<AuthRefreshed>

export const goingAway = z.looseObject({
  type: z.literal('ts:going_away'),
  deadline_ms: z.number(),
}) satisfies z.ZodType<GoingAway>

export const errorFrame = z.looseObject({
  type: z.literal('ts:error'),
  code: z.string(),
  message: z.string(),
}) satisfies z.ZodType<ErrorFrame>

export const message = z.looseObject({ type: z.string() }) satisfies z.ZodType<Message>

/** Every object of the contract by name, as JSON Schema (draft 2020-12). */
export function contractJsonSchema(): Record<string, unknown> {
  const schemas = {
    ticketGenerationRequest,
    ticketGenerationResponse,
    ticketValidationResponse,
    ticketRevocationResponse,
    revokeAllResponse,
    ticketSystemStatus,
    problem,
    connectionEstablished,
    ping,
    pong,
    authRefresh,
    authRefreshed,
    goingAway,
    errorFrame,
    message,
  }
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, z.toJSONSchema(schema)]))
}
