// The body of a ticket request: checked fields, from the service's `ticket` options or from one call. Its headers are in
// `http-request.ts`, its retries in `ticket-issuing.ts`.

import {
  MAX_METADATA_BYTES,
  MAX_PERMISSION_LENGTH,
  MAX_PERMISSIONS,
  type TicketGenerationRequest,
  TTL_SECONDS,
} from '../contract/wire.ts'
import {
  abortSignal,
  bool,
  type Check,
  group,
  listOf,
  optional,
  or,
  record,
  resolve,
  text,
  wholeFrom,
} from '../platform/option-checks.ts'
import { utf8Length } from '../platform/utf8.ts'
import type { CallOptions } from './deadline.ts'

export interface TicketOptions {
  /** Seconds a ticket lives, 30 to 3600; the backend may give less. @default 300 */
  ttlSeconds?: number
  /** A reusable ticket is shared by all connections of this page. @default true */
  singleUse?: boolean
  /** A subset of the user's permissions: at most 64, of 1 to 128 characters. Left out: all of them. */
  permissions?: string[]
  /** At most 4 KiB as JSON; the server's connection handler reads it. */
  metadata?: Record<string, unknown>
}

/** What one ticket is to be. A field that is left out is as the service's `ticket` options have it. */
export interface TicketRequestOptions extends CallOptions {
  /** Seconds that the ticket lives: a whole number from 30 to 3600. The backend may give less: see `expires_at`. */
  ttl_seconds?: number | undefined
  /** False: the ticket may open several connections, where the backend allows it: see `single_use` of the ticket. */
  single_use?: boolean | undefined
  /** A subset of the user's permissions: at most 64, of 1 to 128 characters. It replaces those of the `ticket` options. */
  permissions?: string[] | undefined
  /** At most 4 KiB as JSON, for the server's connection handler. It replaces that of the `ticket` options. */
  metadata?: Record<string, unknown> | undefined
}

const ttl: Check<number> = (name, value) => wholeFrom(TTL_SECONDS.min, TTL_SECONDS.max)(name, value)

const permission: Check<string> = (name, value) => {
  if (text(name, value).length <= MAX_PERMISSION_LENGTH) return value
  throw new TypeError(`${name} must be at most ${MAX_PERMISSION_LENGTH} characters, got ${value.length}`)
}

const permissionsOf: Check<string[]> = (name, value) => {
  const permissions = listOf(permission)(name, value)
  if (permissions.length <= MAX_PERMISSIONS) return permissions
  throw new TypeError(`${name} must name at most ${MAX_PERMISSIONS} permissions, got ${permissions.length}`)
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** A copy, as the backend will read it. */
const metadataOf: Check<Record<string, unknown>> = (name, value) => {
  const json = jsonOf(record(name, value))
  if (json === undefined) throw new TypeError(`${name} must be JSON-serializable (no BigInt, no circular reference)`)
  const bytes = utf8Length(json)
  if (bytes > MAX_METADATA_BYTES) {
    throw new TypeError(`${name} must be at most ${MAX_METADATA_BYTES} bytes as JSON, got ${bytes}`)
  }
  // A Date, for one, is an object, and a string as JSON.
  return record(name, JSON.parse(json))
}

type ResolvedTicketOptions = Pick<Required<TicketOptions>, 'ttlSeconds' | 'singleUse'> & {
  permissions: string[] | undefined
  metadata: Record<string, unknown> | undefined
}

/** The request that the service makes where a call says nothing else. */
export function ticketRequestOf(name: string, given: TicketOptions | undefined): TicketGenerationRequest {
  const { ttlSeconds, singleUse, permissions, metadata } = group<TicketOptions, ResolvedTicketOptions>({
    ttlSeconds: or(TTL_SECONDS.default, ttl),
    singleUse: or(true, bool),
    permissions: optional(permissionsOf),
    metadata: optional(metadataOf),
  })(name, given)
  return {
    ttl_seconds: ttlSeconds,
    single_use: singleUse,
    ...(permissions && { permissions }),
    ...(metadata && { metadata }),
  }
}

/** The fields that a call names; null where it names none. */
export function fieldsOf(options: TicketRequestOptions): TicketGenerationRequest | null {
  const { signal: _, ...fields } = resolve('requestWebSocketTicket', options, {
    ttl_seconds: optional(ttl),
    single_use: optional(bool),
    permissions: optional(permissionsOf),
    metadata: optional(metadataOf),
    signal: optional(abortSignal),
  })
  const named = Object.entries(fields).filter(([, value]) => value !== undefined)
  return named.length === 0 ? null : Object.fromEntries(named)
}
