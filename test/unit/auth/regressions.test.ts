// Mistakes that were made once, each as the smallest run that shows it.

import { describe, expect, test } from 'vitest'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { createFleet } from '../../support/fleet.ts'
import { jwtFor } from '../../support/jwt.ts'

describe('dials that are lost', () => {
  test('after three by ticket one goes by JWT, and when that is lost, too, tickets are tried again', async () => {
    const page = arrange()
    page.backend.use(scenarios.upgradeRefused)
    await page.connect()
    await page.clock.advance(120_000)
    const dialled = page.backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)
    const fours = Array.from({ length: Math.floor(dialled.length / 4) }, (_, i) => dialled.slice(4 * i, 4 * i + 4))
    expect(fours.length).toBeGreaterThan(3)
    expect(new Set(fours.map(String))).toEqual(new Set(['ticket,ticket,ticket,jwt']))
  })

  test('are the cause of that JWT, also where the backend has asked to wait meanwhile, and that is over', async () => {
    const { auth, backend, clock } = arrange()
    const acquire = async () => {
      const granted = auth.acquire({ signal: new AbortController().signal })
      await clock.advance(100)
      return granted
    }
    for (let dial = 0; dial < 3; dial++) (await acquire()).report({ kind: 'lost' })
    const heal = backend.use(scenarios.rateLimited({ retryAfterSeconds: 1 }))
    const asked = auth.requestWebSocketTicket()
    await clock.advance(60_000)
    expect(await asked).toMatchObject({ error: { code: 'rate_limited' } })
    heal()
    expect(await acquire()).toMatchObject({ method: 'jwt', steppedDown: { cause: { code: 'connection_lost' } } })
  })

  test.each([10, 30])(
    'outages of the sockets alone, of %d s each, revert no page, however many there are',
    async (seconds) => {
      const fleet = await createFleet(60)
      for (let outage = 0; outage < 6; outage++) {
        const heal = fleet.backend.use(scenarios.upgradeRefused)
        await fleet.drop(seconds * 1_000)
        heal()
        await fleet.clock.advance(30_000)
      }
      expect(fleet.reverted()).toBe(0)
    },
  )
})

test('429 for a ticket that was fetched ahead is obeyed by the connection that waited for it', async () => {
  const page = arrange({ backend: { latencyMs: 600 } })
  page.socket.connect()
  await page.clock.advance(10_000)
  page.auth.clearTicketCache()
  const asked = page.ticketRequests()
  page.backend.use(scenarios.rateLimited({ retryAfterSeconds: 60 }))
  page.socket.reconnect()
  await page.clock.advance(30_000)
  expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
  expect(page.ticketRequests() - asked).toBe(1)
})

test('a prefetched ticket comes as soon as the wait that the backend asked for is over, without anybody asking', async () => {
  const page = arrange({ auth: { ticketAuth: true } })
  await page.auth.initialize()
  const heal = page.backend.use(scenarios.rateLimited({ retryAfterSeconds: 300 }))
  const end = page.auth.keepPrefetched()
  await page.clock.advance(1_000)
  heal()
  await page.clock.advance(298_000)
  expect(page.ticketRequests()).toBe(1)
  await page.clock.advance(2_000)
  expect(page.ticketRequests()).toBe(2)
  expect(page.auth.store.getState().prefetched).not.toBeNull()
  end()
})

describe('a user who has just signed in', () => {
  test('is not connected as nobody while the app still gives the last JWT, and is connected once it gives the new one', async () => {
    const page = arrange({ backend: { upgrade: { allowAnonymous: true } } })
    await page.connect()
    page.auth.handleLogout()
    page.auth.signedIn()
    await page.clock.advance(30_000)
    expect(page.state()).toMatchObject({ status: 'reconnecting', error: { code: 'token_callback_failed' } })
    expect(page.backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)).toEqual(['ticket'])
    page.session.jwt = page.backend.rotateToken('bob')
    await page.clock.advance(30_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
  })

  test('gets one log line: the JWT of the last session is taken for none', async () => {
    const lines: string[] = []
    const logger = { debug() {}, info() {}, warn: (line: string) => lines.push(line), error() {} }
    const page = arrange({ wrap: (platform) => ({ ...platform, logger }) })
    await page.auth.initialize()
    page.auth.handleLogout()
    await page.auth.initialize()
    expect(lines).toEqual(['getToken still gives the JWT of a session that has ended: it is taken for none'])
  })
})

test('a report about the ticket of the last user says nothing about the tickets of this one', async () => {
  const page = arrange({ auth: { maxTicketFailures: 1 } })
  const acquired = page.auth.acquire({ signal: new AbortController().signal })
  await page.clock.advance(1_000)
  const grant = await acquired
  page.auth.handleLogout()
  page.signIn('bob')
  await page.auth.initialize()
  grant.report({ kind: 'refused' })
  expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
})

describe('the flag of the user before', () => {
  // A flag service that answers for the first user, and for the next one not yet.
  const flagFor = (answers: Promise<boolean>[]) => () => answers.shift() ?? new Promise<boolean>(() => {})

  test('is not shown any more after a sign-out: it was not read for the next user', async () => {
    const page = arrange({ auth: { ticketAuth: flagFor([Promise.resolve(true)]) } })
    expect((await page.auth.initialize()).ticketAuth).toBe(true)
    page.auth.handleLogout()
    expect(page.auth.store.getState().ticketAuth).toBeNull()
  })

  test('asks for no ticket of the next user, while the flag of that user is being read', async () => {
    const page = arrange({ auth: { ticketAuth: flagFor([Promise.resolve(true)]) } })
    await page.auth.initialize()
    page.auth.handleLogout()
    page.auth.keepPrefetched()
    page.signIn('bob')
    page.auth.initialize().catch(() => {})
    await page.clock.settle()
    expect(page.auth.isAuthenticated()).toBe(true)
    page.page.say('shown')
    await page.clock.advance(1_000)
    expect(page.auth.getWebSocketAuthConfig().useTicketAuth).toBe(false)
    expect(page.ticketRequests()).toBe(0)
  })
})

describe('questions about the JWT are answered, not rejected', () => {
  test('a sign-out while a newer JWT is asked for: there is none', async () => {
    const page = arrange({ auth: { refreshToken: () => new Promise<string>(() => {}) } })
    await page.auth.initialize()
    const asked = Promise.allSettled([page.auth.handleAuthError(), page.auth.getWebSocketAuthConfig().refreshToken()])
    await page.clock.settle()
    page.auth.handleLogout()
    expect(await asked).toEqual([
      { status: 'fulfilled', value: false },
      { status: 'fulfilled', value: null },
    ])
  })

  test('a JWT that the server has refused, and nothing newer: it cannot be used', async () => {
    const page: ReturnType<typeof arrange> = arrange({
      auth: { ticketAuth: false, refreshToken: () => page.session.jwt },
    })
    page.backend.use(scenarios.jwtExpired)
    await page.connect()
    await page.clock.advance(60_000)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
    await expect(page.auth.validateAndRefreshToken()).resolves.toBe(false)
  })
})

test('an app that makes a new JWT at every call, all of which are refused, is not tried for ever', async () => {
  const page = arrange({ auth: { ticketAuth: false, getToken: () => jwtFor('alice') } })
  await page.connect()
  await page.clock.advance(600_000)
  expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
  expect(page.backend.journal.count('upgrade')).toBe(2)
  // Whoever asks again is tried again, as often.
  page.socket.connect()
  await page.clock.advance(600_000)
  expect(page.backend.journal.count('upgrade')).toBe(4)
})

test('tickets are turned off while a renewal waits for the JWT that another one asks for: none is requested', async () => {
  let isOn = true
  let answer = (_: string) => {}
  const page: ReturnType<typeof arrange> = arrange({
    auth: {
      ticketAuth: () => isOn,
      refreshToken: () => new Promise<string>((resolve) => (answer = resolve)),
    },
  })
  const { signal } = new AbortController()
  const endsSoon = (iat: number) => jwtFor('alice', { iat, exp: page.clock.wallNow() / 1_000 + 60 })
  page.session.jwt = page.backend.rotateToken('alice', endsSoon(1))
  const first = page.auth.acquire({ signal, renew: true })
  await page.clock.settle()
  // The app has it already when the second one asks, and nobody has a newer one.
  const newer = page.backend.rotateToken('alice', endsSoon(2))
  page.session.jwt = newer
  const second = page.auth.acquire({ signal, renew: true })
  await page.clock.settle()
  isOn = false
  answer(newer)
  await page.clock.advance(1_000)
  expect((await Promise.all([first, second])).map(({ method }) => method)).toEqual(['jwt', 'jwt'])
  expect(page.ticketRequests()).toBe(0)
})
