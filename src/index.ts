export type { AuthEvents } from './auth/auth-events.ts'
export { type Alert, type AuthMetrics, type AuthMonitorOptions, createAuthMonitor } from './auth/auth-monitor.ts'
export type { AuthSnapshot } from './auth/auth-snapshot.ts'
export { configFromEnv, type Env, type EnvConfig } from './auth/config-from-env.ts'
export type { AcquireOptions, Credential, CredentialSource, Grant, Outcome } from './auth/credential.ts'
export type { CallOptions } from './auth/deadline.ts'
export type { FeatureFlag } from './auth/feature-flag.ts'
export type { UnifiedAuthServiceOptions } from './auth/options.ts'
export type { TicketAdministration } from './auth/ticket-administration.ts'
export type { TicketCalls } from './auth/ticket-calls.ts'
export type { TicketOptions, TicketRequestOptions } from './auth/ticket-request.ts'
export type { TokenCallback } from './auth/token-calls.ts'
export { UnifiedAuthService } from './auth/unified-auth-service.ts'
export type { TicketRequestResult, WebSocketAuthConfig, WebSocketTicket } from './auth/websocket-ticket.ts'
export { CLOSE, type CloseVerdict, classify } from './contract/close-codes.ts'
export type { Codec, InvalidFrame } from './contract/codec.ts'
export { isTicketSocketError, TicketSocketError, type TicketSocketErrorCode } from './contract/errors.ts'
export {
  type AuthMethod,
  type Message,
  type MessageLike,
  type MessageOf,
  SUBPROTOCOL,
  type TicketGenerationRequest,
  type TicketGenerationResponse,
  type TicketSystemStatus,
  type TicketValidationResponse,
} from './contract/wire.ts'
export type {
  Blocked,
  Clock,
  Fetch,
  Logger,
  Page,
  PageSignal,
  Platform,
  Random,
  SocketConstructor,
  SocketLike,
} from './platform/platform.ts'
export type { SnapshotStore } from './platform/snapshot-store.ts'
export type { CloseDetails } from './platform/web-socket-events.ts'
export type { SocketUrl } from './socket/app-url.ts'
export type { CloseCodes, ClosedConnection, CloseMeaning, DecideClose } from './socket/judge-close.ts'
export { type MessageSchemas, messageSchemas, type StandardSchema } from './socket/message-schemas.ts'
export type {
  BreakerOptions,
  CodecOptions,
  ConnectionOptions,
  HeartbeatOptions,
  OutboxOptions,
  ReconnectOptions,
  SchemaOptions,
  TicketSocketOptions,
} from './socket/options.ts'
export type { BinaryMessage } from './socket/outgoing-frame.ts'
export type { OutboxPolicy, Priority } from './socket/queue-options.ts'
export type { RateLimit } from './socket/rate-limit.ts'
export { createRequests, type RequestOptions, type Requests } from './socket/requests.ts'
export type { Breaker, Session, SocketPhase, SocketSnapshot, SocketStatus } from './socket/snapshot.ts'
export type { InvalidReason, Receipt, SocketEvents } from './socket/socket-events.ts'
export {
  createSocketMonitor,
  type SocketAlert,
  type SocketMetrics,
  type SocketMonitorOptions,
} from './socket/socket-monitor.ts'
export { createTicketSocket, type TicketSocket } from './socket/ticket-socket.ts'
export { type TicketWebSocketOptions, ticketWebSocket } from './socket/ticket-web-socket.ts'
export type { DropReason, MessageIssue, OpenMessageGate } from './socket/validator.ts'
