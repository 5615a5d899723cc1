// A schedule: how everything is set up, and what then happens to it. Plain data, drawn from its seed, so that a failing
// one can be shrunk and run again.

import type { AuthMethod } from '../../src/contract/wire.ts'
import type { CloseMeaning } from '../../src/socket/judge-close.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { ACTIONS, type ActionName } from './actions.ts'
import { createDice, type Dice } from './dice.ts'
import { FAULTS, type FaultName } from './faults/index.ts'

export interface Setting {
  chain: readonly AuthMethod[]
  ticketAuth: 'function' | 'true'
  maxTicketFailures: number
  hasRefreshToken: boolean
  /** How long a JWT lives; null: for ever. */
  jwtLifeMs: number | null
  /** The server speaks `ticket-socket.v1`. */
  isSpoken: boolean
  latencyMs: number
  serverSkewMs: number
  /** What the client draws for its jitter: anything, or always nearly the limit. */
  jitter: 'any' | 'most'
  outbox: {
    maxCount: number
    maxBytes: number
    maxBufferedBytes: number
    ttlMs: number
    overflow: 'drop-oldest' | 'drop-newest' | 'reject'
  }
  rateLimit: { perSecond: number; burst: number } | null
  /** A server that speaks no protocol is asked in the app's words whether it is there. */
  asksPlainServers: boolean
  /** Tickets per user before the server answers 429. */
  burst: number
  /** How a server without the protocol refuses: by an error frame and a code. Null: as the protocol has it. */
  plainRefusal: { code: number; repeatsCredential: boolean } | null
  /** What the app says of its server's close codes. */
  closeCodes: { readonly [code: number]: CloseMeaning }
}

export type Step = { atMs: number } & (
  | { kind: 'fault'; name: FaultName; params: unknown; forMs: number }
  | { kind: 'action'; name: ActionName; params: unknown }
)

export interface Schedule {
  seed: number
  setting: Setting
  durationMs: number
  steps: Step[]
}

const LEAST_MS = 200_000

export function scheduleOf(seed: number): Schedule {
  const dice = createDice(seededRandom(seed))
  const setting = drawSetting(dice)
  // Some schedules have no faults of a kind, and some have little else: what is rare in a mixture is common in these.
  const faults = (Object.keys(FAULTS) as FaultName[]).filter(() => dice.chance(dice.pick(0.15, 0.3, 0.5)))
  const pace = dice.pick(1, 3, 10)
  const duration = dice.pick(1, 1, 1, 6)
  const steps: Step[] = []
  let atMs = 0
  if (dice.chance(0.9)) steps.push({ atMs: 1, kind: 'action', name: 'connect', params: null })
  const durationMs = LEAST_MS + dice.whole(0, 100_000)
  for (;;) {
    atMs +=
      dice.weighted<number>([3, dice.whole(0, 100)], [4, dice.whole(100, 3_000)], [2, dice.whole(3_000, 30_000)]) *
        pace +
      1
    if (atMs >= durationMs) return { seed, setting, durationMs, steps }
    steps.push(dice.chance(0.5) && faults.length > 0 ? drawFault(dice, atMs, faults, duration) : drawAction(dice, atMs))
  }
}

function drawFault(dice: Dice, atMs: number, faults: readonly FaultName[], duration: number): Step {
  const name = dice.pick(...faults)
  const forMs = dice.weighted<number>(
    [4, dice.whole(100, 4_000)],
    [4, dice.whole(4_000, 40_000)],
    [1, dice.whole(40_000, 150_000)],
  )
  return { atMs, kind: 'fault', name, params: FAULTS[name].draw(dice), forMs: forMs * duration }
}

function drawAction(dice: Dice, atMs: number): Step {
  const names = Object.keys(ACTIONS) as ActionName[]
  const name = dice.weighted<ActionName>(...names.map((name) => [ACTIONS[name].weight, name] as const))
  return { atMs, kind: 'action', name, params: ACTIONS[name].draw(dice) }
}

function drawSetting(dice: Dice): Setting {
  const isSpoken = dice.chance(0.85)
  return {
    chain: dice.weighted<readonly AuthMethod[]>(
      [8, ['ticket', 'jwt', 'none']],
      [3, ['ticket', 'jwt']],
      [2, ['ticket']],
    ),
    ticketAuth: dice.pick('function', 'true'),
    maxTicketFailures: dice.weighted([4, 3], [1, 1]),
    hasRefreshToken: dice.chance(0.8),
    jwtLifeMs: dice.weighted<number | null>([2, null], [2, 60_000], [2, 120_000], [1, 600_000]),
    isSpoken,
    latencyMs: dice.pick(1, 20, 20, 150, 600),
    serverSkewMs: dice.weighted([3, 0], [1, -600_000], [1, 600_000]),
    jitter: dice.weighted<Setting['jitter']>([2, 'any'], [1, 'most']),
    outbox: {
      maxCount: dice.pick(3, 20, 1_000),
      maxBytes: dice.pick(2_000, 1024 * 1024),
      ttlMs: dice.pick(5_000, 60_000),
      maxBufferedBytes: dice.pick(500, 256 * 1024),
      overflow: dice.pick('drop-oldest', 'drop-newest', 'reject'),
    },
    rateLimit: dice.weighted<Setting['rateLimit']>([3, null], [1, { perSecond: 2, burst: 5 }]),
    asksPlainServers: dice.chance(0.5),
    burst: dice.weighted([3, 60], [1, 4]),
    plainRefusal:
      isSpoken || dice.chance(0.3)
        ? null
        : { code: dice.pick(1008, 1008, 4401, 4003), repeatsCredential: dice.chance(0.5) },
    closeCodes: dice.pick<Setting['closeCodes']>(
      {},
      { 4001: 'refused', 4003: 'refused', 4444: 'reconnect' },
      { 1011: 'refused', 3003: 'stop', 4003: 'stop', 4403: 'refused' },
    ),
  }
}
