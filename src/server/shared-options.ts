// An app that serves tickets and sockets has one object of options, and spreads it into all that make up the server. So
// each of them knows the others' names. What it does not know itself it passes by.

import { asGiven, type Check, type Resolved, resolve, type Table } from '../platform/option-checks.ts'
import type { TicketHandlerOptions } from './http.ts'
import type { HealthHandlerOptions } from './operations/health.ts'
import type { SessionsOptions } from './sessions.ts'
import type { UpgradeOptions } from './upgrade.ts'

/** Those of `attachTicketSocket`, which lives with Node's adapter. */
type NodeName =
  | 'path'
  | 'maxPendingUpgrades'
  | 'maxConnectionsPerAddress'
  | 'clientAddress'
  | 'maxUnfinishedBytesPerUser'
  | 'maxMessageMs'
  | 'perMessageDeflate'

type SharedName =
  | keyof TicketHandlerOptions
  | keyof HealthHandlerOptions
  | keyof UpgradeOptions
  | keyof SessionsOptions
  | NodeName

const SHARED: Readonly<Record<SharedName, Check<unknown>>> = {
  tickets: asGiven,
  verifyToken: asGiven,
  websocketUrl: asGiven,
  basePath: asGiven,
  allowedOrigins: asGiven,
  allowedHeaders: asGiven,
  clock: asGiven,
  sessions: asGiven,
  limits: asGiven,
  openApi: asGiven,
  deadlineMs: asGiven,
  observe: asGiven,
  onError: asGiven,
  paths: asGiven,
  allowMissingOrigin: asGiven,
  jwtInQuery: asGiven,
  allowAnonymous: asGiven,
  maxSessionSeconds: asGiven,
  reject: asGiven,
  limit: asGiven,
  randomBytes: asGiven,
  codec: asGiven,
  pingIntervalMs: asGiven,
  recheckIntervalMs: asGiven,
  maxBufferedBytes: asGiven,
  maxConnectionsPerUser: asGiven,
  messageLimit: asGiven,
  onConnection: asGiven,
  path: asGiven,
  maxPayload: asGiven,
  maxPendingUpgrades: asGiven,
  maxConnectionsPerAddress: asGiven,
  clientAddress: asGiven,
  maxUnfinishedBytesPerUser: asGiven,
  maxMessageMs: asGiven,
  perMessageDeflate: asGiven,
}

/** As `resolve`, and the shared names that the table does not have are known, too. Whose names are not shared may not call it. */
export const resolveShared = <Given extends object, T extends Partial<Table<Given>>>(
  owner: keyof Given extends SharedName ? string : never,
  given: Given,
  table: T,
): Resolved<Given, T> => resolve(owner, given, { ...SHARED, ...table } as never) as never
