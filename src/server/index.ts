// `ticket-socket/server`: the server SDK for Node, Bun, Deno, edge runtimes and browsers. Imports nothing of Node's.

export type { Codec, InvalidFrame } from '../contract/codec.ts'
export { isTicketSocketError, TicketSocketError, type TicketSocketErrorCode } from '../contract/errors.ts'
export type { ConsumedTicket } from './consumed-ticket.ts'
export { createTicketHandler, type TicketHandler, type TicketHandlerOptions } from './http.ts'
export type { HttpLimits } from './http-limits.ts'
export type { Identity, VerifyToken } from './identity.ts'
export type { ClaimedIdentity, IdentityOf, JwtClaims } from './jwt-identity.ts'
export type { KeySet } from './jwt-keys.ts'
export type { JwtRefusal, JwtRefusalReason, OnRefused } from './jwt-refusal.ts'
export { type JwtVerifierOptions, jwtVerifier } from './jwt-verifier.ts'
export type { RateLimit } from './limits.ts'
export { createMemoryTicketStore, type MemoryTicketStoreOptions } from './memory-store.ts'
export { combineObservers, type EventLogOptions, logServerEvents } from './operations/event-log.ts'
export { createHealthHandler, type HealthHandler, type HealthHandlerOptions } from './operations/health.ts'
export type { LoadSource } from './operations/loads.ts'
export type { ServerLoad } from './operations/measurements.ts'
export {
  type OpenTelemetryMeter,
  type OpenTelemetryObserver,
  observeWithOpenTelemetry,
} from './operations/open-telemetry.ts'
export { createServerMetrics, type ServerMetrics } from './operations/server-metrics.ts'
export type { AllowedOrigins } from './origins.ts'
export { createMemoryRateLimiter, type MemoryRateLimiterOptions, type RateLimiter } from './rate-limiter.ts'
export type { RevocationMarks } from './revocation.ts'
export { createMemoryRevocationChannel, type Revocation, type RevocationChannel } from './revocation-channel.ts'
export type { ServerEvent, ServerObserver, StoreCommand, TicketEndpoint } from './server-events.ts'
export {
  type Connection,
  type ConnectionTicket,
  createSessions,
  type ReceivedInvalid,
  type SessionHandle,
  type Sessions,
  type SessionsOptions,
  type Transport,
} from './sessions.ts'
export { AuthTicketManager, type GeneratedTicket } from './ticket-manager.ts'
export type { AuthTicketManagerOptions } from './ticket-manager-options.ts'
export {
  type ConsumedClaims,
  decodeClaims,
  encodeClaims,
  type PutLimits,
  type TicketClaims,
  type TicketStore,
} from './ticket-store.ts'
export {
  createUpgradeAuthenticator,
  type UpgradeOptions,
} from './upgrade.ts'
export type { AcceptedUpgrade, UpgradeDecision, UpgradeRequest } from './upgrade-decision.ts'
