import { TicketSocketError } from '../../contract/errors.ts'
import { createEmitter } from '../../platform/emitter.ts'
import { or, resolve, text } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { redactedCause } from '../../platform/redact.ts'
import { clockOf, reportUncaught, systemClock } from '../../platform/system-platform.ts'
import { withDeadline } from '../deadline.ts'
import { numberIn } from '../options.ts'
import { decodeRevocation, encodeRevocation, type Revocation, type RevocationChannel } from '../revocation-channel.ts'
import { type PubSubClient, subscriberOf } from './redis-subscriber.ts'

export interface RedisRevocationChannelOptions {
  /** The name of the channel. Servers that share users share it. @default 'auth:revocations' */
  channel?: string
  /** A message that was not handed over after this long has failed, in milliseconds. @default 500 */
  deadlineMs?: number
  clock?: Clock
}

/**
 * A revoke-all by Redis' PUBLISH, heard by every server. Takes the client that the store has, publishes on it, and
 * listens on a `duplicate()` of its own, which it connects with the first listener and closes with the last.
 *
 * Pub/sub delivers at most once: what is said while a server is cut off does not reach it later. Its sessions then end by
 * the check that each makes once a minute.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis'
 * import { AuthTicketManager } from 'ticket-socket/server'
 * import { createRedisRevocationChannel, createRedisTicketStore } from 'ticket-socket/server/redis'
 *
 * const client = new Redis('redis://localhost')
 * const tickets = new AuthTicketManager({
 *   store: createRedisTicketStore(client),
 *   revocations: createRedisRevocationChannel(client),
 * })
 * ```
 */
export function createRedisRevocationChannel(
  client: PubSubClient,
  options: RedisRevocationChannelOptions = {},
): RevocationChannel {
  const { clock, channel, deadlineMs } = resolve('createRedisRevocationChannel', options, {
    channel: or('auth:revocations', text),
    deadlineMs: or(500, numberIn({ min: 1 })),
    clock: or(systemClock, clockOf),
  })
  const subscribeTo = subscriberOf(client)
  const heard = createEmitter<{ revocation: Revocation }>(reportUncaught)
  let listeners = 0
  let hangUp = () => {}

  function receive(text: string) {
    const revocation = decodeRevocation(text)
    if (revocation) heard.emit('revocation', revocation)
  }

  return {
    async publish(revocation) {
      const late = () => new Error(`no answer from Redis within ${deadlineMs} ms`)
      try {
        await withDeadline(clock, deadlineMs, client.publish(channel, encodeRevocation(revocation)), late)
      } catch (error) {
        throw new TicketSocketError('store_unavailable', 'The revocation could not be published.', {
          cause: redactedCause(error),
        })
      }
    },
    subscribe(listener) {
      if (listeners++ === 0) hangUp = subscribeTo(channel, receive)
      const stop = heard.on('revocation', listener)
      let isSubscribed = true
      return () => {
        if (!isSubscribed) return
        isSubscribed = false
        stop()
        if (--listeners === 0) hangUp()
      }
    },
  }
}
