// What counts toward the bound, shown on a modelled fleet. The naive rule stands beside ours: a plain function over the
// same history of each page.

import { describe, expect, test } from 'vitest'
import { CLOSE } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { restartNow } from '../../../src/server/restart.ts'
import { handleOf } from '../../../src/server/ticket-value.ts'
import { createFleet, revertsByCounting } from '../../support/fleet.ts'

const SIZE = 120
const percent = (part: number) => (100 * part) / SIZE

type Fleet = Awaited<ReturnType<typeof createFleet>>
const revertedByCounting = ({ pages }: Fleet) => pages.filter(({ history }) => revertsByCounting(history)).length

describe('an outage', () => {
  test.each([
    { seconds: 20, naivePercent: 20 },
    { seconds: 60, naivePercent: 90 },
  ])(
    'of everything for $seconds s reverts no page; counting failures as they come would revert over $naivePercent %',
    async ({ seconds, naivePercent }) => {
      const fleet = await createFleet(SIZE)
      expect(fleet.tally()).toEqual({ ticket: SIZE })

      const heal = fleet.backend.use(scenarios.ticketEndpointDown, scenarios.upgradeRefused)
      await fleet.drop(seconds * 1_000)
      expect(fleet.tally()).toEqual({ reconnecting: SIZE })
      heal()
      await fleet.clock.advance(30_000)

      expect(fleet.reverted()).toBe(0)
      expect(percent(revertedByCounting(fleet))).toBeGreaterThan(naivePercent)
      // Who was refused a ticket just before the end and dialled by JWT just after it counts that, once.
      const { ticket = 0, jwt = 0, ...others } = fleet.tally()
      expect([ticket + jwt, others]).toEqual([SIZE, {}])
      expect(percent(jwt)).toBeLessThan(5)
      expect(Math.max(...fleet.pages.flatMap(({ counts }) => counts), 0)).toBeLessThanOrEqual(1)

      await fleet.drop(30_000)
      expect(fleet.tally()).toEqual({ ticket: SIZE })
      expect(fleet.pages.filter(({ auth }) => auth.store.getState().ticketFailures > 0)).toEqual([])
    },
  )

  test('of the sockets alone for 60 s reverts no page', async () => {
    const fleet = await createFleet(SIZE)
    const heal = fleet.backend.use(scenarios.upgradeRefused)
    await fleet.drop(60_000)
    heal()
    await fleet.clock.advance(30_000)
    const { ticket = 0, jwt = 0, ...others } = fleet.tally()
    expect([ticket + jwt, others]).toEqual([SIZE, {}])
    expect(fleet.reverted()).toBe(0)
    await fleet.drop(30_000)
    expect(fleet.tally()).toEqual({ ticket: SIZE })
  })
})

describe('only the ticket endpoint is down, and connections stay open', () => {
  test.each([
    [5, 'answers 503', scenarios.ticketEndpointDown],
    [20, 'answers 503', scenarios.ticketEndpointDown],
    [60, 'answers 503', scenarios.ticketEndpointDown],
    [60, 'never answers', scenarios.ticketEndpointHangs],
  ])(
    'for %i s (it %s): no page reverts, nothing counts, and tickets are used afterwards',
    async (seconds, _how, outage) => {
      const fleet = await createFleet(SIZE)
      // Pages in use prefetch, just before and during the outage.
      for (const { auth, socket } of fleet.pages) {
        auth.clearTicketCache()
        socket.send({ type: 'chat' })
      }
      const heal = fleet.backend.use(outage)
      for (let second = 0; second < seconds; second += 5) {
        for (const { socket } of fleet.pages) socket.send({ type: 'chat' })
        await fleet.clock.advance(5_000)
      }
      heal()
      await fleet.clock.advance(30_000)
      expect(fleet.tally()).toEqual({ ticket: SIZE })
      await fleet.drop(30_000)
      expect(fleet.tally()).toEqual({ ticket: SIZE })
      expect(fleet.reverted()).toBe(0)
      expect(fleet.pages.flatMap(({ counts }) => counts)).toEqual([])
    },
  )

  test('for 60 s, while a tenth of the pages reconnects: each of those counts once, and no page reverts', async () => {
    const fleet = await createFleet(SIZE)
    const heal = fleet.backend.use(scenarios.ticketEndpointDown)
    for (const { auth, socket } of fleet.pages.slice(0, SIZE / 10)) {
      auth.clearTicketCache()
      socket.reconnect()
    }
    await fleet.clock.advance(60_000)
    expect(fleet.tally()).toEqual({ jwt: SIZE / 10, ticket: SIZE - SIZE / 10 })
    heal()
    await fleet.drop(30_000)
    expect(fleet.reverted()).toBe(0)
    expect(fleet.tally()).toEqual({ ticket: SIZE })
    expect(new Set(fleet.pages.map(({ counts }) => counts.join()))).toEqual(new Set(['1,0', '']))
  })
})

test('a store that loses all tickets reverts no page: each that held one requests another, and nothing counts', async () => {
  const fleet = await createFleet(SIZE)
  const lostAt = fleet.clock.now()
  const issuedAt = new Map<string, number>()
  for (const { auth } of fleet.pages) issuedAt.set(String(auth.store.getState().prefetched?.handle), lostAt)
  let refused = 0
  fleet.backend.use({
    name: 'storeLostItsTickets',
    start: () => ({
      upgrade: ({ ticket }, next) => {
        if (!ticket || !issuedAt.has(handleOf(ticket))) return next()
        refused++
        return { kind: 'refused', code: CLOSE.unauthorized, reason: 'ticket_invalid', subprotocol: undefined }
      },
    }),
  })
  await fleet.drop(30_000)
  expect(refused).toBe(SIZE)
  expect(fleet.tally()).toEqual({ ticket: SIZE })
  expect(fleet.reverted()).toBe(0)
  expect(fleet.pages.flatMap(({ counts }) => counts)).toEqual([])
})

test('a ticket endpoint that answers in 1.2 s reverts no page: the JWT first, the ticket for the next connection', async () => {
  const fleet = await createFleet(SIZE)
  fleet.backend.use(scenarios.ticketEndpointSlow({ delayMs: 1_200 }))
  for (const { auth } of fleet.pages) auth.clearTicketCache()
  for (let i = 0; i < 5; i++) {
    for (const { auth, socket } of fleet.pages) {
      auth.clearTicketCache()
      socket.reconnect()
    }
    await fleet.clock.advance(20_000)
    expect(fleet.tally()).toEqual({ jwt: SIZE })
  }
  await fleet.drop(30_000)
  expect(fleet.tally()).toEqual({ ticket: SIZE })
  expect(fleet.reverted()).toBe(0)
  expect(fleet.pages.flatMap(({ counts }) => counts)).toEqual([])
})

test('three sockets on each page meet one blip together: it counts once, and no page is reverted', async () => {
  const fleet = await createFleet(20, 3)
  const heal = fleet.backend.use(scenarios.htmlFromProxy)
  for (const { auth, socket, others } of fleet.pages) {
    auth.clearTicketCache()
    for (const each of [socket, ...others]) each.reconnect()
  }
  await fleet.clock.advance(10_000)
  expect(new Set(fleet.pages.map(({ auth }) => auth.store.getState().ticketFailures))).toEqual(new Set([1]))
  expect(fleet.reverted()).toBe(0)
  heal()
})

test.each([
  ['answers 503', scenarios.ticketEndpointDown],
  ['issues tickets that every server refuses', scenarios.ticketRefused],
])(
  'a ticket endpoint that is broken for good (it %s) reverts everybody at the third accepted JWT connection, and is left alone from then on',
  async (_how, broken) => {
    const fleet = await createFleet(SIZE)
    fleet.backend.use(broken)
    for (const { auth } of fleet.pages) auth.clearTicketCache()
    await fleet.clock.advance(1_000)
    for (const reverted of [0, 0, SIZE]) {
      await fleet.drop(30_000)
      expect(fleet.tally()).toEqual({ jwt: SIZE })
      expect(fleet.reverted()).toBe(reverted)
    }

    const asked = fleet.ticketRequests()
    for (let i = 0; i < 2; i++) await fleet.drop(30_000)
    await fleet.clock.advance(600_000)
    expect(fleet.tally()).toEqual({ jwt: SIZE })
    expect(fleet.ticketRequests()).toBe(asked)
    for (const { counts, revertedAt, requestTimes } of fleet.pages) {
      expect(counts).toEqual([1, 2, 3])
      expect(revertedAt).toHaveLength(1)
      expect(Math.max(...requestTimes())).toBeLessThan(revertedAt[0] as number)
    }
  },
)

test('a backend that limits the rate of ticket requests for two minutes reverts no page', async () => {
  const fleet = await createFleet(SIZE)
  const heal = fleet.backend.use(scenarios.rateLimited({ retryAfterSeconds: 30 }))
  for (let i = 0; i < 6; i++) await fleet.drop(20_000)
  expect(fleet.tally()).toEqual({ jwt: SIZE })
  heal()
  await fleet.clock.advance(40_000)
  await fleet.drop(20_000)
  expect(fleet.tally()).toEqual({ ticket: SIZE })
  expect(fleet.pages.flatMap(({ counts }) => counts)).toEqual([])
})

test('a rolling restart reverts no page, and each server’s clients come back evenly over five seconds', async () => {
  const fleet = await createFleet(SIZE)
  const servers = 4
  const connections = fleet.backend.connections()
  const asked = fleet.ticketRequests()
  const returned: number[] = []
  for (let server = 0; server < servers; server++) {
    const restartedAt = fleet.clock.now()
    for (const connection of connections.filter((_, i) => i % servers === server)) {
      restartNow(connection)
    }
    await fleet.clock.advance(10_000)
    const upgrades = fleet.backend.journal.of('upgrade').filter(({ atMs }) => atMs >= restartedAt)
    returned.push(...upgrades.map(({ atMs }) => atMs - restartedAt))
  }
  expect(fleet.tally()).toEqual({ ticket: SIZE })
  expect(fleet.reverted()).toBe(0)
  // The prefetched ticket of each, and one new one.
  expect(fleet.ticketRequests() - asked).toBe(SIZE)

  expect(returned).toHaveLength(SIZE)
  const most = (widthMs: number) => {
    const buckets = new Map<number, number>()
    for (const at of returned) buckets.set(Math.floor(at / widthMs), (buckets.get(Math.floor(at / widthMs)) ?? 0) + 1)
    return Math.max(...buckets.values())
  }
  // Evenly over 5 s, a tenth of a second holds 2 % and a second 20 %; what chance adds is far below these limits.
  expect(percent(most(100))).toBeLessThan(10)
  expect(percent(most(1_000))).toBeLessThan(35)
})
