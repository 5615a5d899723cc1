// An app that serves tickets and sockets has one object of options, and spreads it into every part of the server. So each part
// knows the names of the others' options, and ignores those that are not its own.
//
// Nothing of the parts is imported here: each of them imports this file. A part whose option is missing below does not compile.

import { asGiven, type Check, type Resolved, resolve, type Table } from '../platform/option-checks.ts'

const SHARED = {
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
} satisfies Record<string, Check<unknown>>

export type SharedName = keyof typeof SHARED

/** As `resolve`, but the shared names that are missing in the table are known, too. For parts whose options all have shared names. */
export const resolveShared = <Given extends object, T extends Partial<Table<Given>>>(
  owner: keyof Given extends SharedName ? string : never,
  given: Given,
  table: T,
): Resolved<Given, T> => resolve(owner, given, { ...SHARED, ...table } as never) as never
