// Courses of events that plain chance would hardly ever put together.

import fc from 'fast-check'
import { USERS, type User } from '../../support/canaries.ts'
import { brokenAnswer, ok, type RetryAfter } from './answers.ts'
import { connect, type Outcome, outcome, type Step } from './steps.ts'

const latest = (outcome: Outcome): Step => ({ do: 'report', which: 0, outcome })
const after = (ms: number): Step => ({ do: 'wait', ms })
const repeated = (times: number, ...steps: Step[]) => Array.from({ length: times }, () => steps).flat()
const upTo = (max: number) => fc.integer({ min: 1, max })

const ticketsFailWhileTheBackendWorks = fc
  .record({ answer: brokenAnswer, times: upTo(4) })
  .map(({ answer, times }): Step[] => [
    { do: 'backend', answer, times: 4 * times },
    ...repeated(times, connect, after(16_000), latest('accepted'), latest('ended')),
  ])

const ticketsAreRefused = upTo(4).map((times): Step[] => repeated(times, connect, after(600), latest('refused')))

const ticketsAreRefusedAndTheJwtIsAccepted = fc
  .record({ times: upTo(4), jwt: fc.constantFrom<Outcome>('accepted', 'accepted', 'accepted', 'lost', 'refused') })
  .map(({ times, jwt }): Step[] =>
    repeated(
      times,
      connect,
      after(600),
      latest('refused'),
      connect,
      after(600),
      latest('refused'),
      connect,
      after(20),
      latest(jwt),
      latest('ended'),
    ),
  )

const theTicketComesTooLate = fc
  .record({
    answer: fc.oneof(brokenAnswer, fc.constant(ok)),
    latencyMs: fc.constantFrom(1_500, 2_500, 9_000, 11_000),
    isLeased: fc.boolean(),
    jwt: fc.constantFrom<Outcome>('accepted', 'accepted', 'accepted', 'lost', 'refused'),
    pauseMs: fc.constantFrom(20, 600, 16_000),
  })
  .map(({ answer, latencyMs, isLeased, jwt, pauseMs }): Step[] => [
    { do: 'backend', answer: { ...answer, latencyMs }, times: 1 },
    connect,
    after(1_100),
    ...(isLeased ? [{ do: 'lease' } as Step] : []),
    latest(jwt),
    after(pauseMs),
    connect,
    after(16_000),
    latest('accepted'),
  ])

const anOpenConnectionIsLost = outcome.map((ended): Step[] => [
  { do: 'lease' },
  connect,
  after(600),
  latest('accepted'),
  after(600),
  latest('lost'),
  connect,
  after(20),
  latest(ended),
])

const aConnectionStaysOpen = fc
  .record({ answer: brokenAnswer, seconds: fc.constantFrom(240, 290, 600) })
  .map(({ answer, seconds }): Step[] => [
    connect,
    after(600),
    latest('accepted'),
    { do: 'lease' },
    after(600),
    { do: 'backend', answer, times: 2 },
    after(seconds * 1_000),
    latest('lost'),
    connect,
  ])

const dialsAreLost = upTo(5).map((times): Step[] => [
  ...repeated(times, connect, after(600), latest('lost')),
  connect,
  after(600),
  latest('accepted'),
])

const theJwtHasEnded = fc
  .boolean()
  .map((isOpen): Step[] => [...(isOpen ? [connect, after(600)] : []), { do: 'expire' }, connect, after(600)])

const jwtsAreRefused = upTo(3).map((times): Step[] => [
  { do: 'flag', answer: 'off', latencyMs: null, times: times + 1 },
  ...repeated(times, connect, after(20), latest('refused')),
  connect,
])

const upgradesByJwtAreLost = fc
  .record({
    times: fc.constantFrom(3, 3, 4, 5, 7),
    many: fc.constantFrom(1, 1, 3),
    gapMs: fc.constantFrom(600, 45_000, 290_000),
  })
  .map(({ times, many, gapMs }): Step[] => [
    { do: 'flag', answer: 'off', latencyMs: null, times: 1_000 },
    ...repeated(times, { ...connect, many } as Step, after(600), latest('lost'), after(gapMs)),
    connect,
    after(16_000),
    latest('lost'),
    connect,
    after(16_000),
  ])

const theServerEndsASession = fc
  .record({ isOn: fc.boolean(), times: upTo(3), hasLease: fc.boolean() })
  .map(({ isOn, times, hasLease }): Step[] => [
    ...(isOn ? [] : [{ do: 'flag', answer: 'off', latencyMs: null, times: 1_000 } as Step]),
    ...(hasLease ? [{ do: 'lease' } as Step] : []),
    ...repeated(times, connect, after(600), latest('accepted'), after(600), latest('refused'), after(600)),
    connect,
    after(600),
  ])

const theJwtIsPastItsExp = fc
  .record({ ms: fc.constantFrom(45_000, 290_000, 3_600_000), times: upTo(3) })
  .map(({ ms, times }): Step[] => [
    { do: 'flag', answer: 'off', latencyMs: null, times: 1_000 },
    connect,
    after(600),
    latest('accepted'),
    after(ms),
    latest('lost'),
    ...repeated(times, connect, after(600), latest('lost'), after(4_000)),
  ])

const theSessionEndsWhileTicketsAreOnTheirWay = fc
  .record({ many: fc.constantFrom(1, 3, 9), next: fc.constantFrom<User | null>(null, ...USERS) })
  .map(({ many, next }): Step[] => [
    { do: 'backend', answer: { ...ok, latencyMs: 300 }, times: many },
    { ...connect, many } as Step,
    after(20),
    next ? { do: 'sign-in', user: next, announced: true } : { do: 'sign-out', forgets: true },
    connect,
    after(600),
  ])

const aSpareOutlivesItsSession = fc
  .boolean()
  .map((forgets): Step[] => [connect, { do: 'lease' }, after(600), { do: 'sign-out', forgets }, connect, after(600)])

const theBackendAsksToWait = fc
  .record({
    status: fc.constantFrom(429, 503),
    seconds: fc.constantFrom(1, 8, 30, 300),
    form: fc.constantFrom<RetryAfter['form']>('seconds', 'date'),
    many: fc.constantFrom(1, 3),
    pauseMs: fc.constantFrom(1, 600, 4_000, 45_000),
  })
  .map(({ status, seconds, form, many, pauseMs }): Step[] => [
    { do: 'backend', answer: { ...ok, kind: 'status', status, retryAfter: { form, seconds } }, times: 1 },
    { ...connect, many } as Step,
    after(pauseMs),
    connect,
    { do: 'lease' },
    after(pauseMs),
    latest('accepted'),
    connect,
  ])

export const scene = fc.oneof(
  { weight: 3, arbitrary: ticketsFailWhileTheBackendWorks },
  { weight: 1, arbitrary: ticketsAreRefused },
  { weight: 3, arbitrary: ticketsAreRefusedAndTheJwtIsAccepted },
  { weight: 3, arbitrary: theTicketComesTooLate },
  { weight: 3, arbitrary: anOpenConnectionIsLost },
  { weight: 2, arbitrary: aConnectionStaysOpen },
  { weight: 2, arbitrary: dialsAreLost },
  { weight: 2, arbitrary: theJwtHasEnded },
  { weight: 1, arbitrary: jwtsAreRefused },
  { weight: 2, arbitrary: upgradesByJwtAreLost },
  { weight: 2, arbitrary: theServerEndsASession },
  { weight: 2, arbitrary: theJwtIsPastItsExp },
  { weight: 2, arbitrary: theSessionEndsWhileTicketsAreOnTheirWay },
  { weight: 2, arbitrary: aSpareOutlivesItsSession },
  { weight: 3, arbitrary: theBackendAsksToWait },
)
