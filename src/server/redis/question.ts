// A question to the store: its commands, one after the other, and the one deadline that they share.

import type { Clock } from '../../platform/platform.ts'
import { askWithin, unavailable } from './ask.ts'
import type { RedisCommands } from './redis-commands.ts'
import { CLOCK } from './scripts.ts'

/** What is left for the other commands after one that took all the time: it may have passed because this process was held up. */
const GRACE_MS = 100

/**
 * Asks one command of a question, and hands it how many milliseconds it has. Rejects with `store_unavailable` when the command
 * fails, or when the question has taken too long; see `askWithin` for `undo`.
 */
export type Ask = (command: (leftMs: number) => Promise<unknown>, undo?: () => void) => Promise<unknown>

export function createQuestion(clock: Clock, deadlineMs: number): Ask {
  const graceMs = Math.min(GRACE_MS, deadlineMs)
  let endsAtMs = clock.now() + deadlineMs
  let isExtended = false

  function leftMs(): number {
    const nowMs = clock.now()
    if (!isExtended && endsAtMs - nowMs < graceMs) {
      isExtended = true
      endsAtMs = nowMs + graceMs
    }
    return Math.max(1, endsAtMs - nowMs)
  }

  return (command, undo) => {
    const givenMs = leftMs()
    return askWithin(clock, givenMs, () => command(givenMs), undo)
  }
}

/**
 * Runs a script that MUST NOT be carried out once its question has failed. A client keeps what it could not send until it is
 * connected again, a frozen Redis until it goes on. So Redis is asked for its time first, and the script's last argument is until
 * when, by that clock, it does anything. One that came too late has done nothing, and answers with nothing.
 *
 * Where this process was held up before it read the time, that is long ago by now: once more, with what is left of the question.
 */
export async function askInTime(ask: Ask, redis: RedisCommands, ...script: RunArguments): Promise<unknown> {
  return (await askOnceInTime(ask, redis, ...script)) ?? askOnceInTime(ask, redis, ...script)
}

type RunArguments = Parameters<RedisCommands['run']>

async function askOnceInTime(ask: Ask, redis: RedisCommands, ...[script, keys, ...args]: RunArguments) {
  const nowMs = await timeOf(ask, redis, keys[0] as string)
  return ask((leftMs) => redis.run(script, keys, ...args, String(nowMs + Math.floor(leftMs))))
}

/** The time of the Redis that has this key, in milliseconds. */
export async function timeOf(ask: Ask, redis: RedisCommands, key: string): Promise<number> {
  const nowMs = Number(await ask(() => redis.run(CLOCK, [key])))
  if (!Number.isSafeInteger(nowMs)) throw unavailable(new Error('Redis did not say what time it is'))
  return nowMs
}
