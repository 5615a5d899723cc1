// Carries a revoke-all to the live connections, on this server and on every other.

import { createEmitter } from '../platform/emitter.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import { checkMethods } from './options.ts'
import type { RevocationMarks } from './revocation.ts'

/**
 * A user revoked everything. Connections whose credential was checked before it are over, whatever their JWT says. `marks` is
 * `null` where the store could not record it: then every connection of the user is over that was open when the message was sent, or
 * was being decided about.
 */
export interface Revocation {
  userId: string
  marks: RevocationMarks | null
  /**
   * How long ago a message without marks was sent, in milliseconds: what was opened since stays. Two clocks say it only as well as they
   * agree, so a channel measures it by the one clock of what carries the message, and says too little rather than too much.
   *
   * @default 0
   */
  ageMs?: number
}

/**
 * Carries a revoke-all to every server, so that live connections end at once. `test/suites/revocation-channel.ts` holds
 * every implementation to these rules.
 *
 * - `publish` MUST reach the listeners of every server that listens, this one included, and MUST reject within a
 *   deadline of its own when it cannot. A message MAY be lost, or come twice: sessions also ask the store once a minute.
 * - One without `marks` MUST NOT be sent any more once `publish` has rejected, also where it waits in a queue, and SHOULD say how old
 *   it is where it comes late (`ageMs`): it would close the connections of a newer sign-in. One with marks may come late, since
 *   sessions compare them with their own.
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
  const messages = createEmitter<{ revocation: Revocation }>(reportUncaught)
  return {
    publish: async (revocation) => messages.emit('revocation', revocation),
    subscribe: (listener) => messages.on('revocation', listener),
  }
}

/** The manager reports a revoke-all here, and sessions subscribe to it. */
export interface RevocationHub {
  /** Notifies this process first, whatever the channel does. Resolves to whether the channel has published it; never rejects. */
  notify(revocation: Revocation): Promise<boolean>
  on(listener: (revocation: Revocation) => void): () => void
}

export function createRevocationHub(channel: RevocationChannel | undefined): RevocationHub {
  if (channel !== undefined) checkMethods('revocations', channel, ['publish', 'subscribe'])
  const here = createMemoryRevocationChannel()
  return {
    async notify(revocation) {
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

export const encodeRevocation = ({ userId, marks }: Revocation): string =>
  JSON.stringify({ user_id: userId, revoked_at: marks?.atMs ?? null, tokens_until: marks?.tokensUntilMs ?? null })

/** `sentAtMs`: of one without marks, by the clock of what carried it; `null` where it does not say. */
interface DecodedRevocation extends Revocation {
  sentAtMs: number | null
}

/** Strict: a foreign message on the channel closes nothing and throws nothing. */
export function decodeRevocation(text: unknown): DecodedRevocation | null {
  try {
    const { user_id, revoked_at, tokens_until, sent_at } = JSON.parse(String(text)) as Record<string, unknown>
    if (typeof user_id !== 'string' || user_id === '') return null
    const sentAtMs = Number.isFinite(sent_at) ? (sent_at as number) : null
    if (revoked_at === null && tokens_until === null) return { userId: user_id, marks: null, sentAtMs }
    if (!Number.isFinite(revoked_at) || !Number.isFinite(tokens_until)) return null
    const marks = { atMs: revoked_at as number, tokensUntilMs: tokens_until as number }
    return { userId: user_id, marks, sentAtMs: null }
  } catch {
    return null
  }
}
