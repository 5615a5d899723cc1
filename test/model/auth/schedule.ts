// A schedule: how the service is set up, and what then happens to it. Plain data, so that a failing one can be shrunk.

import fc from 'fast-check'
import type { AuthMethod } from '../../../src/contract/wire.ts'
import { scene } from './scenes.ts'
import { anyStep, type Step } from './steps.ts'

export interface Setting {
  chain: readonly AuthMethod[]
  ticketAuth: 'function' | 'true' | 'false' | 'rollout'
  maxTicketFailures: number
  singleUse: boolean
  asksForPermissions: boolean
  hasRefreshToken: boolean
  /** How long a JWT lives by its `exp`; null: it does not say. */
  jwtLifeMs: number | null
  /** How long the backend takes for everything but tickets; beyond 2 s a sign-out does not wait. */
  otherLatencyMs: number
  seed: number
}

export interface Schedule {
  setting: Setting
  steps: Step[]
}

const weighted = <T>(...choices: [weight: number, value: T][]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })))

const setting: fc.Arbitrary<Setting> = fc.record({
  chain: weighted<readonly AuthMethod[]>(
    [8, ['ticket', 'jwt', 'none']],
    [2, ['ticket', 'jwt']],
    [1, ['ticket']],
    [1, ['ticket', 'none']],
    [1, ['jwt', 'none']],
  ),
  ticketAuth: weighted<Setting['ticketAuth']>([6, 'function'], [4, 'true'], [1, 'false'], [1, 'rollout']),
  maxTicketFailures: weighted([4, 3], [1, 2], [1, 1]),
  singleUse: weighted([5, true], [1, false]),
  asksForPermissions: weighted([3, false], [1, true]),
  hasRefreshToken: weighted([3, true], [1, false]),
  jwtLifeMs: weighted<number | null>([2, null], [1, 60_000], [1, 600_000]),
  otherLatencyMs: weighted([2, 1], [1, 500], [1, 5_000]),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
})

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  setting,
  steps: fc
    .array(fc.oneof({ weight: 5, arbitrary: anyStep.map((one) => [one]) }, { weight: 1, arbitrary: scene }), {
      minLength: 1,
      maxLength: 24,
      size: 'max',
    })
    .map((parts) => parts.flat()),
})
