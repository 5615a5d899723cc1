// What may happen to an auth service, as plain data, and how often each of it does.

import fc from 'fast-check'
import type { Outcome as Reported } from '../../../src/auth/credential.ts'
import { USERS, type User } from '../../support/canaries.ts'
import { type Answer, anyAnswer } from './answers.ts'

export type Ambushed =
  | 'answer'
  | 'token'
  | 'flag'
  | 'snapshot'
  | 'ticketIssued'
  | 'ticketTaken'
  | 'ticketFailed'
  | 'fallback'
  | 'reverted'
  | 'userChanged'
export type Attack = 'sign-out' | 'sign-in' | 'switch' | 'clear' | 'abort' | 'reset' | 'acquire'
export type TokenAnswer = 'current' | 'previous' | 'null' | 'garbage' | 'throws' | 'rejects' | 'hangs'
export type RefreshAnswer = 'rotated' | 'same' | 'other user' | Exclude<TokenAnswer, 'current'>
export type FlagAnswer = 'on' | 'off' | 'throws' | 'rejects' | 'hangs'
export type Outcome = Reported['kind']
export type Question =
  | 'initialize'
  | 'handleAuthError'
  | 'validateAndRefreshToken'
  | 'validate'
  | 'revoke'
  | 'revokeAll'
  | 'status'
  | 'config'

/** How a callback answers the next `times` times; after them the app is well again. */
export interface Behaviour<Kind> {
  answer: Kind
  /** Null: at once, without a promise. */
  latencyMs: number | null
  times: number
}

export type Step =
  | { do: 'acquire'; many: number; only: boolean; renew: boolean; abortAfterMs: number | null }
  /** The app takes tickets itself: the prefetched ticket if there is one, or always new. */
  | { do: 'take'; many: number; always: boolean }
  /** Of the grants that were not yet reported, the nth from the end. */
  | { do: 'report'; which: number; outcome: Outcome }
  | { do: 'lease' }
  | { do: 'end lease' }
  | { do: 'clear' }
  | { do: 'reset' }
  /** `forgets`: the app has forgotten the token, too. */
  | { do: 'sign-out'; forgets: boolean }
  /** `announced`: the app says so; else only the token tells. */
  | { do: 'sign-in'; user: User; announced: boolean }
  | { do: 'rotate' }
  /** The backend does not take the present JWT any more. */
  | { do: 'expire' }
  | ({ do: 'getToken' } & Behaviour<TokenAnswer>)
  | ({ do: 'refreshToken' } & Behaviour<RefreshAnswer>)
  | ({ do: 'flag' } & Behaviour<FlagAnswer>)
  /** The next requests for a ticket are answered so; after them the backend is well. */
  | { do: 'backend'; answer: Answer; times: number }
  | { do: 'page'; signal: 'hidden' | 'shown' | 'offline' | 'online' }
  | { do: 'sleep'; ms: number; standsStill: boolean }
  | { do: 'wall'; ms: number }
  | { do: 'throttle'; ms: number }
  | { do: 'wait'; ms: number }
  | { do: 'ask'; what: Question }
  /** When next … happens, and so many microtasks later, something else does. */
  | { do: 'ambush'; at: Ambushed; hops: number; attack: Attack }

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const made = <Name extends Step['do']>(
  name: Name,
  rest: { [Key in Exclude<keyof (Step & { do: Name }), 'do'>]: fc.Arbitrary<(Step & { do: Name })[Key]> },
) => fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Step>
const plain = (name: 'lease' | 'end lease' | 'clear' | 'reset' | 'rotate' | 'expire'): fc.Arbitrary<Step> =>
  fc.constant({ do: name })

const latency = fc.option(oneOf(0, 1, 300, 3_000, 12_000), { freq: 2 })
const times = oneOf(1, 1, 1, 2, 3, 1_000)

export const connect: Step = { do: 'acquire', many: 1, only: false, renew: false, abortAfterMs: null }

export const outcome = oneOf<Outcome>(
  'accepted',
  'accepted',
  'accepted',
  'unused',
  'ended',
  'ended',
  'ended',
  'lost',
  'lost',
  'refused',
  'refused',
  'refused',
)

const acquire = fc.oneof(
  { weight: 5, arbitrary: fc.constant(connect) },
  {
    weight: 2,
    arbitrary: made('acquire', {
      many: oneOf(2, 3, 9),
      only: fc.constant(false),
      renew: fc.constant(false),
      abortAfterMs: fc.option(oneOf(0, 5, 400, 5_000), { freq: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: made('acquire', {
      many: fc.constant(1),
      only: fc.boolean(),
      renew: fc.boolean(),
      abortAfterMs: fc.option(oneOf(0, 5, 400, 5_000), { freq: 2 }),
    }),
  },
)

const getToken = made('getToken', {
  answer: oneOf<TokenAnswer>(
    'current',
    'current',
    'current',
    'previous',
    'null',
    'garbage',
    'throws',
    'rejects',
    'hangs',
  ),
  latencyMs: latency,
  times,
})

const refreshToken = made('refreshToken', {
  answer: oneOf<RefreshAnswer>(
    'rotated',
    'rotated',
    'rotated',
    'same',
    'other user',
    'previous',
    'null',
    'garbage',
    'throws',
    'rejects',
    'hangs',
  ),
  latencyMs: latency,
  times,
})

const flag = made('flag', {
  answer: oneOf<FlagAnswer>('on', 'on', 'off', 'throws', 'rejects', 'hangs'),
  // Below the time that the service gives it.
  latencyMs: fc.option(oneOf(0, 1, 300, 3_000), { freq: 1 }),
  times,
})

const ambush = made('ambush', {
  at: oneOf<Ambushed>(
    'answer',
    'answer',
    'token',
    'flag',
    'snapshot',
    'ticketIssued',
    'ticketTaken',
    'ticketFailed',
    'fallback',
    'reverted',
    'userChanged',
  ),
  // Within what goes on as often as anywhere after it.
  hops: fc.oneof(fc.constant(0), fc.nat(40)),
  attack: oneOf<Attack>('sign-out', 'sign-in', 'switch', 'clear', 'abort', 'reset', 'acquire'),
})

const QUESTIONS: Question[] = [
  'initialize',
  'handleAuthError',
  'validateAndRefreshToken',
  'validate',
  'revoke',
  'revokeAll',
  'status',
  'config',
]

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 18,
    arbitrary: made('wait', { ms: oneOf(1, 20, 20, 600, 600, 4_000, 4_000, 16_000, 45_000, 290_000, 3_600_000) }),
  },
  { weight: 16, arbitrary: acquire },
  { weight: 14, arbitrary: made('report', { which: fc.nat(3), outcome }) },
  { weight: 12, arbitrary: made('backend', { answer: anyAnswer, times: oneOf(1, 1, 2, 4, 5, 12) }) },
  { weight: 7, arbitrary: plain('lease') },
  { weight: 5, arbitrary: made('take', { many: oneOf(1, 1, 2, 8), always: fc.boolean() }) },
  { weight: 4, arbitrary: made('sign-in', { user: oneOf(...USERS), announced: fc.boolean() }) },
  { weight: 4, arbitrary: getToken },
  { weight: 3, arbitrary: made('sign-out', { forgets: fc.boolean() }) },
  { weight: 3, arbitrary: refreshToken },
  { weight: 3, arbitrary: flag },
  { weight: 3, arbitrary: ambush },
  { weight: 3, arbitrary: made('page', { signal: oneOf('hidden', 'shown', 'shown', 'offline', 'online', 'online') }) },
  { weight: 2, arbitrary: plain('end lease') },
  { weight: 2, arbitrary: plain('clear') },
  { weight: 2, arbitrary: plain('rotate') },
  { weight: 2, arbitrary: plain('expire') },
  { weight: 2, arbitrary: made('sleep', { ms: oneOf(5_000, 200_000, 400_000), standsStill: fc.boolean() }) },
  { weight: 2, arbitrary: made('ask', { what: oneOf(...QUESTIONS) }) },
  { weight: 1, arbitrary: plain('reset') },
  { weight: 1, arbitrary: made('wall', { ms: oneOf(-86_400_000, -200_000, 200_000, 86_400_000) }) },
  { weight: 1, arbitrary: made('throttle', { ms: oneOf(0, 1_000, 60_000) }) },
)
