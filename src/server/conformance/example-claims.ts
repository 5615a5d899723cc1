import { asGiven, or, resolve } from '../../platform/option-checks.ts'
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
export const exampleClaims = (userId: string, changes: Partial<TicketClaims> = {}): TicketClaims =>
  resolve('exampleClaims', changes, {
    userId: or(userId, asGiven),
    // `undefined` is a change: claims without an address.
    email: (_, email) => ('email' in changes ? email : 'somebody@example.com'),
    permissions: or(['chat', 'read'], asGiven<string[]>),
    issuedAtMs: or(1_763_800_000_250, asGiven<number>),
    expiresAtMs: or(1_763_800_060_250, asGiven<number>),
    ttlSeconds: or(60, asGiven<number>),
    singleUse: or(true, asGiven<boolean>),
    sessionExpiresAtMs: or(1_763_803_600_000, asGiven<number | null>),
    tokenIssuedAtMs: or(null, asGiven<number | null>),
    afterRevocationMs: or(null, asGiven<number | null>),
    metadata: or({ device: 'Gerät', nested: { deep: [1, 2, null] } }, asGiven<Record<string, unknown>>),
  })
