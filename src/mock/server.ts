// The real server SDK on a store that can be made to fail. Everything that a reset drops is in here.

import { createTicketHandler, type TicketHandler } from '../server/http.ts'
import { createMemoryTicketStore } from '../server/memory-store.ts'
import { type Connection, createSessions, type Sessions, type Transport } from '../server/sessions.ts'
import { AuthTicketManager } from '../server/ticket-manager.ts'
import { hasTicketForm, type TicketStore } from '../server/ticket-store.ts'
import { handleOf } from '../server/ticket-value.ts'
import { createUpgradeAuthenticator } from '../server/upgrade.ts'
import type { UpgradeDecision, UpgradeRequest } from '../server/upgrade-decision.ts'
import { createFaultyStore, type FaultyStore } from './faulty-store.ts'
import type { ResolvedOptions } from './options.ts'
import { createMockUsers, type MockUsers } from './users.ts'

export interface MockServer {
  readonly users: MockUsers
  readonly tickets: AuthTicketManager
  readonly sessions: Sessions
  readonly handle: TicketHandler
  authenticate(request: UpgradeRequest): Promise<UpgradeDecision>
  /** The journal's text for this value: a handle as it is, a ticket's handle, or `[redacted]`. */
  nameOf(handleOrTicket: string): string
  readonly faults: FaultyStore
}

/** Known handles. A dropped one appears as its own hash, which is no secret either. */
const MAX_REMEMBERED = 10_000

/** A server with its users and no tickets yet. */
export function createMockServer(
  options: ResolvedOptions,
  onConnection: (connection: Connection, transport: Transport) => void,
): MockServer {
  const { clock, randomBytes, allowedOrigins } = options
  const users = createMockUsers(options)
  const issued = new Set<string>()
  const faults = createFaultyStore(createMemoryTicketStore({ clock }), clock)

  const store = watchStore(faults.store, {
    onPut(handle) {
      if (issued.size >= MAX_REMEMBERED) issued.clear()
      issued.add(handle)
    },
    onRevokeAll: (userId, tokensUntilMs) => users.revoked(userId, tokensUntilMs),
  })
  const tickets = new AuthTicketManager({ ...options.ticket, store, clock, randomBytes })
  const { deadlineMs } = options.upgrade
  const sessions = createSessions({
    ...options.session,
    ...(deadlineMs !== undefined && { deadlineMs }),
    maxPayload: options.maxPayload,
    tickets,
    verifyToken: users.verify,
    clock,
    randomBytes,
    onConnection,
  })
  const common = { tickets, verifyToken: users.verify, allowedOrigins, clock }

  return {
    users,
    tickets,
    sessions,
    handle: createTicketHandler({
      ...common,
      sessions,
      websocketUrl: options.wsUrl.href,
      basePath: options.basePath,
      limits: options.limits,
      onError() {},
    }),
    authenticate: createUpgradeAuthenticator({
      ...options.upgrade,
      ...common,
      allowMissingOrigin: true, // Node sends none
    }),
    nameOf(value) {
      if (issued.has(value)) return value
      return hasTicketForm(value) ? handleOf(value) : '[redacted]'
    },
    faults,
  }
}

interface StoreWatch {
  onPut(handle: string): void
  onRevokeAll(userId: string, tokensUntilMs: number): void
}

function watchStore(store: TicketStore, { onPut, onRevokeAll }: StoreWatch): TicketStore {
  return {
    ...store,
    async put(handle, ...rest) {
      await store.put(handle, ...rest)
      onPut(handle)
    },
    async revokeAll(...args) {
      const revoked = await store.revokeAll(...args)
      onRevokeAll(args[0], revoked.revocation.tokensUntilMs)
      return revoked
    },
  }
}
