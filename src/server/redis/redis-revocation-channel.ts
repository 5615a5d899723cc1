import { TicketSocketError } from '../../contract/errors.ts'
import { createEmitter } from '../../platform/emitter.ts'
import { or, resolve, text } from '../../platform/option-checks.ts'
import type { Clock } from '../../platform/platform.ts'
import { redactedCause } from '../../platform/redact.ts'
import { clockOf, reportUncaught, systemClock } from '../../platform/system-platform.ts'
import { numberIn } from '../options.ts'
import { decodeRevocation, encodeRevocation, type Revocation, type RevocationChannel } from '../revocation-channel.ts'
import { askInTime, createQuestion, timeOf } from './question.ts'
import { commandsOf } from './redis-commands.ts'
import { type PubSubClient, subscriberOf } from './redis-subscriber.ts'
import { PUBLISH } from './scripts.ts'

export interface RedisRevocationChannelOptions {
  /**
   * The name of the channel. Servers that share users share it. An ACL must allow it as a channel and as a key: the script that
   * publishes what could not be recorded is sent where that key would be.
   *
   * @default 'auth:revocations'
   */
  channel?: string
  /** A message that was not handed over after this long has failed, in milliseconds. @default 500 */
  deadlineMs?: number
  clock?: Clock
}

/**
 * A revoke-all by Redis' PUBLISH, received by every server. Takes the client of the store, publishes on it, and subscribes on a
 * `duplicate()` of it, which it connects with the first listener and closes with the last.
 *
 * Pub/sub delivers at most once: a message that is published while a server is cut off does not reach it later. Its sessions then end by
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
  const redis = commandsOf(client)
  const received = createEmitter<{ revocation: Revocation }>(reportUncaught)
  let listeners = 0
  let hangUp = () => {}

  async function receive(text: string) {
    const decoded = decodeRevocation(text)
    if (!decoded) return
    const { sentAtMs, ...revocation } = decoded
    if (sentAtMs !== null) revocation.ageMs = await ageOf(sentAtMs)
    received.emit('revocation', revocation)
  }

  /** How long a message was on its way, by Redis' clock: our connection may have stood still. 0 where Redis does not say. */
  async function ageOf(sentAtMs: number): Promise<number> {
    const nowMs = await timeOf(createQuestion(clock, deadlineMs), redis, channel).catch(() => sentAtMs)
    // Both times are rounded down, and it must not seem older than it is.
    return Math.max(0, nowMs - sentAtMs - 1)
  }

  async function send(revocation: Revocation) {
    const ask = createQuestion(clock, deadlineMs)
    const message = encodeRevocation(revocation)
    // May wait in the client's queue and come late: sessions compare its marks with their own.
    if (revocation.marks) return void (await ask(() => client.publish(channel, message)))
    // Would close the connections of a newer sign-in.
    const isSent = await askInTime(ask, redis, PUBLISH, [channel], channel, message)
    if (Number(isSent) !== 1) throw new Error('the script came too late, and published nothing')
  }

  return {
    async publish(revocation) {
      try {
        await send(revocation)
      } catch (error) {
        throw new TicketSocketError('store_unavailable', 'The revocation could not be published.', {
          cause: redactedCause(error),
        })
      }
    },
    subscribe(listener) {
      if (listeners++ === 0) hangUp = subscribeTo(channel, receive)
      const stop = received.on('revocation', listener)
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
