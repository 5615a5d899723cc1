// What a revoke-all says to the live connections, on this server and on every other.

import { createEmitter } from '../platform/emitter.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import { checkMethods } from './options.ts'

/** A user revoked everything. Sessions that stand on a JWT issued until `notBeforeMs` (the store's time) are over. */
export interface Revocation {
  userId: string
  notBeforeMs: number
}

/**
 * Carries a revoke-all to every server, so that live connections end at once. `test/suites/revocation-channel.ts` holds
 * every implementation to these rules.
 *
 * - `publish` MUST reach the listeners of every server that listens, this one included, and MUST reject within a
 *   deadline of its own when it cannot. A message MAY be lost, or come twice: sessions also ask the store once a minute.
 * - A message that does not decode MUST be ignored.
 * - `subscribe` MUST NOT throw when the network is down: it listens as soon as it can, and again after each break. With
 *   the last listener gone nothing MUST be alive, no timer and no connection.
 */
export interface RevocationChannel {
  publish(revocation: Revocation): Promise<void>
  /** Returns the function that unsubscribes. */
  subscribe(listener: (revocation: Revocation) => void): () => void
}

/**
 * A channel within this process: between servers that share it, as in tests. Real servers use
 * `createRedisRevocationChannel` of `ticket-socket/server/redis`.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryRevocationChannel, createMemoryTicketStore } from 'ticket-socket/server'
 *
 * const shared = { store: createMemoryTicketStore(), revocations: createMemoryRevocationChannel() }
 * const [here, there] = [new AuthTicketManager(shared), new AuthTicketManager(shared)]
 * there.onRevokeAll(({ userId }) => console.log(`${userId} signed out of all sessions`))
 * await here.revokeAll('alice')
 * ```
 */
export function createMemoryRevocationChannel(): RevocationChannel {
  const told = createEmitter<{ revocation: Revocation }>(reportUncaught)
  return {
    publish: async (revocation) => told.emit('revocation', revocation),
    subscribe: (listener) => told.on('revocation', listener),
  }
}

/** Where a manager tells of a revoke-all, and where sessions hear of it. */
export interface RevocationHub {
  /** Tells this process first, whatever the channel does. Resolves to whether the channel took it; never rejects. */
  tell(revocation: Revocation): Promise<boolean>
  on(listener: (revocation: Revocation) => void): () => void
}

export function createRevocationHub(channel: RevocationChannel | undefined): RevocationHub {
  if (channel !== undefined) checkMethods('revocations', channel, ['publish', 'subscribe'])
  const here = createMemoryRevocationChannel()
  return {
    async tell(revocation) {
      await here.publish(revocation)
      try {
        await channel?.publish(revocation)
        return true
      } catch {
        return false
      }
    },
    on(listener) {
      const stops = [here.subscribe(listener), channel?.subscribe(listener)]
      return () => {
        for (const stop of stops) stop?.()
      }
    },
  }
}

export const encodeRevocation = ({ userId, notBeforeMs }: Revocation): string =>
  JSON.stringify({ user_id: userId, not_before: notBeforeMs })

/** Strict: whatever somebody else says on the channel closes nothing and throws nothing. */
export function decodeRevocation(text: unknown): Revocation | null {
  try {
    const { user_id, not_before } = JSON.parse(String(text)) as { user_id?: unknown; not_before?: unknown }
    if (typeof user_id !== 'string' || user_id === '' || !Number.isFinite(not_before)) return null
    return { userId: user_id, notBeforeMs: not_before as number }
  } catch {
    return null
  }
}
