// What may happen to an auth service, as plain data: fast-check writes schedules and shrinks those that fail.

import fc from 'fast-check'
import type { AuthMethod } from '../../../src/contract/wire.ts'
import { type Answer, anyAnswer, brokenAnswer, ok } from './answers.ts'
import { USERS, type User } from './canaries.ts'

export type Ambushed = 'answer' | 'token' | 'flag' | 'ticketIssued' | 'ticketTaken' | 'ticketFailed' | 'fallback'
export type Attack = 'logout' | 'login' | 'switch' | 'clear' | 'abort' | 'reset' | 'acquire'
export type TokenAnswer = 'current' | 'previous' | 'null' | 'garbage' | 'throws' | 'rejects' | 'hangs'
export type RefreshAnswer = 'rotated' | 'same' | 'other user' | Exclude<TokenAnswer, 'current'>
export type FlagAnswer = 'on' | 'off' | 'throws' | 'rejects' | 'hangs'
export type Outcome = 'accepted' | 'unused' | 1000 | 1006 | 1008 | 4401 | 4411 | 4503
export type Question = 'initialize' | 'handleAuthError' | 'validateAndRefreshToken' | 'revokeAll' | 'status' | 'config'

export type Step =
  | { do: 'acquire'; many: number; only: boolean; abortAfterMs: number | null }
  /** The app takes tickets itself: the spare if there is one, or always new. */
  | { do: 'take'; many: number; always: boolean }
  /** Of the grants that were not yet reported, the nth from the end. */
  | { do: 'report'; which: number; outcome: Outcome }
  | { do: 'lease' }
  | { do: 'end lease' }
  | { do: 'clear' }
  | { do: 'reset' }
  /** `forgets`: the app has forgotten the token, too. */
  | { do: 'logout'; forgets: boolean }
  /** `announced`: the app says so; else only the token tells. */
  | { do: 'login'; user: User; announced: boolean }
  | { do: 'rotate' }
  /** The backend does not take the present JWT any more. */
  | { do: 'expire' }
  | { do: 'getToken'; answer: TokenAnswer; latencyMs: number | null }
  | { do: 'refreshToken'; answer: RefreshAnswer; latencyMs: number | null }
  | { do: 'flag'; answer: FlagAnswer; latencyMs: number | null }
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

export interface Setting {
  chain: readonly AuthMethod[]
  ticketAuth: 'function' | 'true' | 'false' | 'rollout'
  maxTicketFailures: number
  singleUse: boolean
  asksForPermissions: boolean
  hasRefreshToken: boolean
  /** How long the backend takes for everything but tickets; beyond 2 s a log-out does not wait. */
  otherLatencyMs: number
  seed: number
}

export interface Schedule {
  setting: Setting
  steps: Step[]
}

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const latency = fc.option(oneOf(0, 1, 300, 3_000, 12_000), { freq: 2 })
const always = <T extends Step['do'], Rest>(name: T, rest: { [K in keyof Rest]: fc.Arbitrary<Rest[K]> }) =>
  fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Step>
const step = (value: Step) => fc.constant(value)

const acquire = always('acquire', {
  many: oneOf(1, 1, 1, 1, 2, 3, 9),
  only: fc.boolean().map((is) => is),
  abortAfterMs: fc.option(oneOf(0, 5, 400, 5_000), { freq: 5 }),
}).map((made) => (made.do === 'acquire' && made.only && made.many > 1 ? { ...made, only: false } : made))
const outcome = oneOf<Outcome>('accepted', 'accepted', 'unused', 1000, 1006, 1006, 1008, 4401, 4401, 4411, 4503)
const report = always('report', { which: fc.nat(3), outcome })
const wait = always('wait', { ms: oneOf(1, 20, 20, 600, 600, 4_000, 4_000, 16_000, 45_000, 290_000, 3_600_000) })
const backend = always('backend', { answer: anyAnswer, times: oneOf(1, 1, 2, 4, 5, 12) })
const loginOf = (announced: fc.Arbitrary<boolean>) => always('login', { user: oneOf(...USERS), announced })
const connect: Step = { do: 'acquire', many: 1, only: false, abortAfterMs: null }
const latest = (outcome: Outcome): Step => ({ do: 'report', which: 0, outcome })
const after = (ms: number): Step => ({ do: 'wait', ms })

const anyStep = fc.oneof(
  { weight: 14, arbitrary: acquire },
  { weight: 5, arbitrary: always('take', { many: oneOf(1, 1, 2, 8), always: fc.boolean() }) },
  { weight: 14, arbitrary: report },
  { weight: 4, arbitrary: step({ do: 'lease' }) },
  { weight: 2, arbitrary: step({ do: 'end lease' }) },
  { weight: 2, arbitrary: step({ do: 'clear' }) },
  { weight: 1, arbitrary: step({ do: 'reset' }) },
  { weight: 3, arbitrary: always('logout', { forgets: fc.boolean() }) },
  { weight: 4, arbitrary: loginOf(fc.boolean()) },
  { weight: 2, arbitrary: step({ do: 'rotate' }) },
  { weight: 3, arbitrary: step({ do: 'expire' }) },
  {
    weight: 4,
    arbitrary: always('getToken', {
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
    }),
  },
  {
    weight: 3,
    arbitrary: always('refreshToken', {
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
    }),
  },
  {
    weight: 3,
    arbitrary: always('flag', {
      answer: oneOf<FlagAnswer>('on', 'on', 'off', 'throws', 'rejects', 'hangs'),
      // Below the time that the service gives it.
      latencyMs: fc.option(oneOf(0, 1, 300, 3_000), { freq: 1 }),
    }),
  },
  { weight: 9, arbitrary: backend },
  {
    weight: 3,
    arbitrary: always('page', { signal: oneOf('hidden', 'shown', 'shown', 'offline', 'online', 'online') }),
  },
  { weight: 2, arbitrary: always('sleep', { ms: oneOf(5_000, 200_000, 400_000), standsStill: fc.boolean() }) },
  { weight: 1, arbitrary: always('wall', { ms: oneOf(-86_400_000, -200_000, 200_000, 86_400_000) }) },
  { weight: 1, arbitrary: always('throttle', { ms: oneOf(0, 1_000, 60_000) }) },
  { weight: 16, arbitrary: wait },
  {
    weight: 2,
    arbitrary: always('ask', {
      what: oneOf<Question>(
        'initialize',
        'handleAuthError',
        'validateAndRefreshToken',
        'revokeAll',
        'status',
        'config',
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: always('ambush', {
      at: oneOf<Ambushed>(
        'answer',
        'answer',
        'token',
        'flag',
        'ticketIssued',
        'ticketTaken',
        'ticketFailed',
        'fallback',
      ),
      hops: fc.nat(40),
      attack: oneOf<Attack>('logout', 'login', 'switch', 'clear', 'abort', 'reset', 'acquire'),
    }),
  },
)

/** Courses of events that plain chance would hardly ever put together. */
const scene = fc.oneof(
  // Tickets fail while the backend works otherwise.
  fc
    .record({ answer: brokenAnswer, times: fc.integer({ min: 1, max: 4 }) })
    .map(({ answer, times }): Step[] => [
      { do: 'backend', answer, times: 4 * times },
      ...Array.from({ length: times }, (): Step[] => [connect, after(16_000), latest('accepted'), latest(1000)]).flat(),
    ]),
  // Tickets are issued, and refused.
  fc
    .integer({ min: 1, max: 4 })
    .map((times): Step[] => [
      ...Array.from({ length: times }, (): Step[] => [connect, after(600), latest(4401)]).flat(),
    ]),
  // A connection that is open, with its spare, is lost.
  outcome.map((ended): Step[] => [
    { do: 'lease' },
    connect,
    after(600),
    latest('accepted'),
    after(600),
    latest(1006),
    connect,
    after(20),
    latest(ended),
  ]),
  // Dials are lost, one after the other.
  fc
    .integer({ min: 2, max: 5 })
    .map((times): Step[] => [
      ...Array.from({ length: times }, (): Step[] => [connect, after(600), latest(1006)]).flat(),
      connect,
      after(600),
      latest('accepted'),
    ]),
  // The JWT has ended.
  fc
    .boolean()
    .map((isOpen): Step[] => [...(isOpen ? [connect, after(600)] : []), { do: 'expire' }, connect, after(600)]),
  fc
    .integer({ min: 1, max: 3 })
    .map((times): Step[] => [
      { do: 'flag', answer: 'off', latencyMs: null },
      ...Array.from({ length: times }, (): Step[] => [connect, after(20), latest(4401)]).flat(),
      connect,
    ]),
  // The session ends while tickets are on their way.
  fc
    .record({ many: oneOf(1, 3, 9), next: oneOf<User | null>(null, ...USERS) })
    .map(({ many, next }): Step[] => [
      { do: 'backend', answer: { ...ok, latencyMs: 300 }, times: many },
      { ...connect, many } as Step,
      after(20),
      next ? { do: 'login', user: next, announced: true } : { do: 'logout', forgets: true },
      connect,
      after(600),
    ]),
  // The spare of a session that ends.
  fc
    .boolean()
    .map((forgets): Step[] => [connect, { do: 'lease' }, after(600), { do: 'logout', forgets }, connect, after(600)]),
)

const setting: fc.Arbitrary<Setting> = fc.record({
  chain: oneOf<readonly AuthMethod[]>(
    ['ticket', 'jwt', 'none'],
    ['ticket', 'jwt', 'none'],
    ['ticket', 'jwt', 'none'],
    ['ticket', 'jwt'],
    ['ticket'],
    ['jwt', 'none'],
  ),
  ticketAuth: oneOf('function', 'function', 'function', 'true', 'true', 'false', 'rollout'),
  maxTicketFailures: oneOf(3, 3, 2, 1),
  singleUse: oneOf(true, true, true, true, false),
  asksForPermissions: oneOf(false, false, true),
  hasRefreshToken: oneOf(true, true, true, false),
  otherLatencyMs: oneOf(1, 500, 5_000),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
})

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  setting,
  steps: fc
    .array(fc.oneof({ weight: 6, arbitrary: anyStep.map((one) => [one]) }, { weight: 1, arbitrary: scene }), {
      minLength: 1,
      maxLength: 24,
      size: 'max',
    })
    .map((parts) => parts.flat()),
})
