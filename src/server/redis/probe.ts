// Whether Redis does everything that a ticket store needs: tried for real, on keys of no user.

import { systemRandomBytes } from '../../platform/system-platform.ts'
import { randomName } from '../ticket-value.ts'
import { textOf, unavailable } from './ask.ts'
import type { Ask } from './question.ts'
import type { RedisCommands } from './redis-commands.ts'
import { refusalOf } from './refusals.ts'
import { PROBE, RELEASE } from './scripts.ts'

/** Opens nothing, since it does not decode. */
const PROBE_VALUE = 'probe'
const PROBE_TTL_MS = 10_000
/** Whose keys a probe is tried on: no user's id is empty. */
const NO_USER = ''

interface Keys {
  ticketKey(handle: string): string
  marksKey(userId: string): string
  indexKey(userId: string): string
}

/** Rejects with what Redis refuses, by name. */
export async function probe(ask: Ask, redis: RedisCommands, { ticketKey, marksKey, indexKey }: Keys): Promise<void> {
  const attempt = (command: string, run: () => Promise<unknown>) =>
    ask(() =>
      run().catch((error: unknown) => {
        throw refusalOf(command, error) ?? error
      }),
    )
  const handle = randomName(systemRandomBytes, 32)
  const keys = [marksKey(NO_USER), indexKey(NO_USER)]
  const answer = await attempt('EVAL', () => redis.runWhole(PROBE, keys, handle))
  const [refused, words] = Array.isArray(answer) ? answer.map((part) => String(textOf(part))) : []
  if (refused !== 'OK') throw refusalOf(refused ?? 'EVAL', words) ?? unavailable(new Error('the script failed'))
  await attempt('EVALSHA', () => redis.run(RELEASE, [indexKey(NO_USER), marksKey(NO_USER)], handle))
  const stored = await attempt('SET', () => redis.setNew(ticketKey(handle), PROBE_VALUE, PROBE_TTL_MS))
  const seen = await attempt('GET', () => redis.get(ticketKey(handle)))
  const taken = await attempt('GETDEL', () => redis.take(ticketKey(handle)))
  const left = await attempt('DEL', () => redis.del(ticketKey(handle)))
  if (stored !== 'OK' || seen !== PROBE_VALUE || taken !== PROBE_VALUE || Number(left) !== 0) {
    throw unavailable(new Error('a probe ticket could not be stored and consumed'))
  }
}
