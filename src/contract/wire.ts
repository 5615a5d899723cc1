// The messages of the protocol as types, and the guards with which the browser checks them. `schemas.ts` has the same shapes as
// zod schemas for servers and tools. A property test compares guard and schema, so the browser loads half a kilobyte instead
// of zod.
//
// An optional field may be `null` as well as missing (PR-09): many backends write it so.

/** Negotiated if both ends know the frames below. Without it every frame is the application's. */
export const SUBPROTOCOL = 'ticket-socket.v1'
/**
 * Types of the protocol's own frames begin with this. Every other type is the application's, and so is a frame without
 * one.
 */
export const RESERVED_PREFIX = 'ts:'
/** Offered first with a JWT: a public name without a meaning for the frames. */
export const PLAIN_SUBPROTOCOL = 'jwt-auth'
/** Before the JWT in its entry: `jwt.<base64url(JWT)>`. */
export const JWT_PREFIX = 'jwt.'
/** Query parameters in which a server accepts a ticket. The client sends the first. The app's own URL has none of them. */
export const TICKET_PARAMETERS = ['ticket', 'auth_ticket', 'ticket_id'] as const
/** Query parameters in which a server accepts a JWT, if its owner has enabled that. */
export const JWT_PARAMETERS = ['token', 'jwt', 'auth_token', 'access_token'] as const

export const TTL_SECONDS = { default: 300, min: 30, max: 3600 } as const
export const MAX_METADATA_BYTES = 4 * 1024
export const MAX_PERMISSIONS = 64
export const MAX_PERMISSION_LENGTH = 128
export const DEFAULT_BASE_PATH = '/websocket'
export const DEFAULT_TICKET_PREFIX = 'auth:ticket:'

/** How a connection proves who it is. */
export type AuthMethod = 'ticket' | 'jwt' | 'none'

/** Body of `POST /websocket/ticket`; every field is optional. */
export interface TicketGenerationRequest {
  /** Seconds, integer, 30 to 3600. @default 300 */
  ttl_seconds?: number | null | undefined
  /** @default true */
  single_use?: boolean | null | undefined
  /** Must be a subset of what the JWT's user holds; left out = all of them. */
  permissions?: string[] | null | undefined
  /** At most 4 KiB as JSON. Never read as authority. */
  metadata?: Record<string, unknown> | null | undefined
}

/** Answer of `POST /websocket/ticket`. Times are Unix seconds. */
export interface TicketGenerationResponse {
  /** The secret itself. */
  ticket_id: string
  /** SHA-256 of the ticket in base64url: identifies the ticket without opening a connection, so it may be logged. Plain backends send none. */
  ticket_handle?: string | null | undefined
  /** For display only: expiry is counted from the request by `ttl_seconds`, since clocks differ. */
  expires_at: number
  created_at: number
  ttl_seconds: number
  single_use: boolean
  /** For clients that ask the backend where to connect. This library's client never connects to it. */
  websocket_url?: string | null | undefined
  /** The subprotocol to offer with the ticket. Without one any plain JSON server works. */
  subprotocol?: string | null | undefined
}

/** Answer of `GET /websocket/ticket/{handle}/validate`. */
export type TicketValidationResponse =
  | { valid: true; user_id: string; email?: string | null | undefined; permissions: string[]; expires_at: number }
  | { valid: false; error: string }

export interface TicketRevocationResponse {
  success: boolean
  message: string
}

export interface RevokeAllResponse {
  success: boolean
  revoked: number
}

/** Answer of `GET /websocket/tickets/status`. */
export interface TicketSystemStatus {
  ticket_system_enabled: boolean
  redis_available: boolean
  redis_status: 'connected' | 'not_available' | 'error'
  /** With `error`: the command or rule of Redis that fails, and what to do. */
  redis_error?: string | null | undefined
  default_ttl_seconds: number
  max_ttl_seconds: number
  ticket_prefix: string
}

/** `application/problem+json` (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  errors?: { path: string; message: string }[] | null | undefined
}

/** First frame of the server: the credential was accepted. */
export interface ConnectionEstablished {
  type: 'ts:connection_established'
  session_id: string
  user_id: string | null
  auth_method: AuthMethod
  /** End of the session, Unix seconds; for display. */
  expires_at: number
  /** Seconds until then; clients count with these. */
  expires_in: number
  /** The largest message that this server accepts: bytes of UTF-8 in a text frame, bytes of a binary one. */
  max_message_bytes?: number | null | undefined
  /** `true`: `ts:auth_refresh` also takes a JWT on this connection, which a JWT has opened (PR-79). */
  jwt_refresh?: boolean | null | undefined
}

export interface Ping {
  type: 'ts:ping'
  timestamp: number
}

export interface Pong {
  type: 'ts:pong'
  timestamp: number
}

export interface ErrorFrame {
  type: 'ts:error'
  code: string
  message: string
}

export interface GoingAway {
  type: 'ts:going_away'
  deadline_ms: number
}

/** Extends a live session without a reconnect: by a ticket, or by a JWT where the server has announced `jwt_refresh`. */
export type AuthRefresh = RefreshByTicket | RefreshByJwt

interface RefreshByTicket {
  type: 'ts:auth_refresh'
  ticket: string
  jwt?: null | undefined
}

interface RefreshByJwt {
  type: 'ts:auth_refresh'
  jwt: string
  ticket?: null | undefined
}

export interface AuthRefreshed {
  type: 'ts:auth_refreshed'
  expires_at: number
  expires_in: number
}

/** Frames that belong to the protocol. */
export type ControlFrame = ConnectionEstablished | Ping | Pong | AuthRefresh | AuthRefreshed | GoingAway | ErrorFrame

/** A text frame: JSON with a `type`. */
export interface Message {
  type: string
  [field: string]: unknown
}

/** What an application's own message types have in common. */
export interface MessageLike {
  type: string
}

/** The members of a union of messages that have this type; of untyped messages, the message itself. */
export type MessageOf<Incoming extends MessageLike, Type> = [Extract<Incoming, { type: Type }>] extends [never]
  ? Incoming
  : Extract<Incoming, { type: Type }>

// ── guards ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** 256 random bits in base64url: tickets of this library's server. */
export const TICKET_FORM = /^[A-Za-z0-9_-]{43}$/
/** Tickets that a client accepts from any backend: URL-safe without escaping, long enough to be a secret. */
export const FOREIGN_TICKET_FORM = /^[A-Za-z0-9._~-]{16,1024}$/
/** An HTTP token (RFC 9110 §5.6.2): anything else makes the browser's `WebSocket` constructor throw. */
export const PROTOCOL_FORM = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/
/** Unix seconds; a number above it is milliseconds by mistake. */
export const MAX_UNIX_SECONDS = 100_000_000_000

type Fields = Record<string, unknown>
const isRecord = (v: unknown): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v)
const isString = (v: unknown): v is string => typeof v === 'string'
const isBoolean = (v: unknown): v is boolean => typeof v === 'boolean'
const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v)
const isUnixSeconds = (v: unknown): v is number => isNumber(v) && v >= 0 && v <= MAX_UNIX_SECONDS
const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0
const isPositiveCount = (v: unknown) => isCount(v) && v > 0
const isOptional = (v: unknown, is: (v: unknown) => boolean) => v === undefined || v === null || is(v)
const matches = (form: RegExp) => (v: unknown) => isString(v) && form.test(v)

export function isTicketGenerationResponse(value: unknown): value is TicketGenerationResponse {
  return (
    isRecord(value) &&
    matches(FOREIGN_TICKET_FORM)(value.ticket_id) &&
    isOptional(value.ticket_handle, matches(TICKET_FORM)) &&
    isUnixSeconds(value.expires_at) &&
    isUnixSeconds(value.created_at) &&
    isNumber(value.ttl_seconds) &&
    value.ttl_seconds > 0 &&
    value.ttl_seconds <= 86_400 &&
    typeof value.single_use === 'boolean' &&
    isOptional(value.websocket_url, isString) &&
    isOptional(value.subprotocol, matches(PROTOCOL_FORM))
  )
}

export function isTicketValidationResponse(value: unknown): value is TicketValidationResponse {
  if (!isRecord(value)) return false
  if (value.valid === false) return isString(value.error)
  return (
    value.valid === true &&
    isString(value.user_id) &&
    isOptional(value.email, isString) &&
    Array.isArray(value.permissions) &&
    value.permissions.every(isString) &&
    isUnixSeconds(value.expires_at)
  )
}

export function isTicketRevocationResponse(value: unknown): value is TicketRevocationResponse {
  return isRecord(value) && typeof value.success === 'boolean' && isString(value.message)
}

export function isRevokeAllResponse(value: unknown): value is RevokeAllResponse {
  return isRecord(value) && typeof value.success === 'boolean' && isCount(value.revoked)
}

export function isTicketSystemStatus(value: unknown): value is TicketSystemStatus {
  return (
    isRecord(value) &&
    typeof value.ticket_system_enabled === 'boolean' &&
    typeof value.redis_available === 'boolean' &&
    (value.redis_status === 'connected' || value.redis_status === 'not_available' || value.redis_status === 'error') &&
    isOptional(value.redis_error, isString) &&
    isCount(value.default_ttl_seconds) &&
    isCount(value.max_ttl_seconds) &&
    isString(value.ticket_prefix)
  )
}

export function isConnectionEstablished(value: unknown): value is ConnectionEstablished {
  return (
    isRecord(value) &&
    value.type === 'ts:connection_established' &&
    isString(value.session_id) &&
    (value.user_id === null || isString(value.user_id)) &&
    (value.auth_method === 'ticket' || value.auth_method === 'jwt' || value.auth_method === 'none') &&
    isUnixSeconds(value.expires_at) &&
    isNumber(value.expires_in) &&
    isOptional(value.max_message_bytes, isPositiveCount) &&
    isOptional(value.jwt_refresh, isBoolean)
  )
}

export function isPing(value: unknown): value is Ping {
  return isRecord(value) && value.type === 'ts:ping' && isNumber(value.timestamp)
}

export function isPong(value: unknown): value is Pong {
  return isRecord(value) && value.type === 'ts:pong' && isNumber(value.timestamp)
}

export function isAuthRefresh(value: unknown): value is AuthRefresh {
  if (!isRecord(value) || value.type !== 'ts:auth_refresh') return false
  const given = [value.ticket, value.jwt].filter((credential) => credential !== undefined && credential !== null)
  return given.length === 1 && isString(given[0])
}

export function isAuthRefreshed(value: unknown): value is AuthRefreshed {
  return (
    isRecord(value) &&
    value.type === 'ts:auth_refreshed' &&
    isUnixSeconds(value.expires_at) &&
    isNumber(value.expires_in)
  )
}

export function isGoingAway(value: unknown): value is GoingAway {
  return isRecord(value) && value.type === 'ts:going_away' && isNumber(value.deadline_ms)
}

export function isErrorFrame(value: unknown): value is ErrorFrame {
  return isRecord(value) && value.type === 'ts:error' && isString(value.code) && isString(value.message)
}

export function isMessage(value: unknown): value is Message {
  return isRecord(value) && isString(value.type)
}

/** A reserved type, known to this version or not. */
export const hasReservedPrefix = (type: string): boolean => type.startsWith(RESERVED_PREFIX)

/** JSON may spell any letter of the prefix as an escape. A text without either holds no reserved type and is not parsed. */
const MAY_BE_RESERVED = /ts:|\\u/

/** The protocol's frame that stands in a text; null where the frame is the application's (PR-70). */
export function reservedFrameIn(text: string): Message | null {
  if (!MAY_BE_RESERVED.test(text)) return null
  try {
    const value: unknown = JSON.parse(text)
    return isMessage(value) && hasReservedPrefix(value.type) ? value : null
  } catch {
    return null
  }
}
