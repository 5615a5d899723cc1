import type { TicketClaims } from '../ticket-store.ts'

/**
 * Claims of a ticket of this user, with every field set.
 *
 * @example
 * ```ts
 * import { createMemoryTicketStore } from 'ticket-socket/server'
 * import { exampleClaims } from 'ticket-socket/server/conformance'
 *
 * await createMemoryTicketStore().put('handle', exampleClaims('alice', { permissions: [] }), 60_000)
 * ```
 */
export const exampleClaims = (userId: string, changes: Partial<TicketClaims> = {}): TicketClaims => ({
  userId,
  email: 'somebody@example.com',
  permissions: ['chat', 'read'],
  issuedAtMs: 1_763_800_000_250,
  expiresAtMs: 1_763_800_060_250,
  ttlSeconds: 60,
  singleUse: true,
  sessionExpiresAtMs: 1_763_803_600_000,
  tokenIssuedAtMs: null,
  metadata: { device: 'Gerät', nested: { deep: [1, 2, null] } },
  ...changes,
})
