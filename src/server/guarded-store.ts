import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redactedCause } from '../platform/redact.ts'
import { checkMethods } from './options.ts'
import type { Emit, StoreCommand } from './server-events.ts'
import type { TicketStore } from './ticket-store.ts'

export const STORE_COMMANDS: readonly StoreCommand[] = [
  'put',
  'peek',
  'consume',
  'revoke',
  'revokeAll',
  'revocation',
  'ping',
]

/**
 * A store whose every failure is a `TicketSocketError`. Otherwise an error of the app's own store would count as a fault of the
 * server (500), and its words might reach a client. Emits an event with the duration of each question.
 */
export function guardStore(store: TicketStore, clock: Clock, emit: Emit): TicketStore {
  checkMethods('store', store, STORE_COMMANDS)
  async function ask<T>(command: StoreCommand, question: () => Promise<T>): Promise<T> {
    const startedAtMs = clock.now()
    const answered = (isAnswered: boolean) =>
      emit(() => ({ kind: 'store_asked', command, durationMs: clock.now() - startedAtMs, isAnswered }))
    try {
      const answer = await question()
      answered(true)
      return answer
    } catch (error) {
      answered(isTicketSocketError(error) && error.code !== 'store_unavailable')
      if (isTicketSocketError(error)) throw error
      throw new TicketSocketError('store_unavailable', 'The ticket store failed. Try again later.', {
        cause: redactedCause(error),
      })
    }
  }
  return {
    kind: store.kind,
    prefix: store.prefix,
    ...(store.rateLimiter && { rateLimiter: store.rateLimiter }),
    put: (handle, claims, ttlMs, limits) => ask('put', () => store.put(handle, claims, ttlMs, limits)),
    peek: (handle) => ask('peek', () => store.peek(handle)),
    consume: (handle) => ask('consume', () => store.consume(handle)),
    revoke: (handle, userId) => ask('revoke', () => store.revoke(handle, userId)),
    revokeAll: (userId, tokensUntilMs) => ask('revokeAll', () => store.revokeAll(userId, tokensUntilMs)),
    revocation: (userId) => ask('revocation', () => store.revocation(userId)),
    ping: () => ask('ping', () => store.ping()),
  }
}
