import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import { redactedCause } from '../platform/redact.ts'
import { checkMethods } from './options.ts'
import type { TicketStore } from './ticket-store.ts'

const METHODS = ['put', 'peek', 'consume', 'revoke', 'revokeAll', 'notBefore', 'ping'] as const

/**
 * A store whose every failure is a `TicketSocketError`. What a store of the app's own throws would otherwise pass for a
 * fault of the server (500), and its words might reach a client.
 */
export function guardStore(store: TicketStore): TicketStore {
  checkMethods('store', store, METHODS)
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      if (isTicketSocketError(error)) throw error
      throw new TicketSocketError('store_unavailable', 'The ticket store failed. Try again later.', {
        cause: redactedCause(error),
      })
    }
  }
  return {
    kind: store.kind,
    prefix: store.prefix,
    put: (handle, claims, ttlMs, maxPerUser) => ask(() => store.put(handle, claims, ttlMs, maxPerUser)),
    peek: (handle) => ask(() => store.peek(handle)),
    consume: (handle) => ask(() => store.consume(handle)),
    revoke: (handle, userId) => ask(() => store.revoke(handle, userId)),
    revokeAll: (userId, notBeforeMs) => ask(() => store.revokeAll(userId, notBeforeMs)),
    notBefore: (userId) => ask(() => store.notBefore(userId)),
    ping: () => ask(() => store.ping()),
  }
}
