// When the app is asked for a newer JWT although the server has not refused the present one by a word (PR-68).

import { describe, expect, test, vi } from 'vitest'
import type { Credential } from '../../../src/auth/credential.ts'
import { ticketWebSocket } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { type ArrangeOptions, arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

const never = () => new AbortController().signal
const MINUTE = 60_000

interface Setting extends ArrangeOptions {
  /** Seconds from the start to `exp`; null: the JWT does not tell. */
  exp?: number | null
  /** What the app answers to a refresh; by default a JWT that is good for an hour. */
  refresh?: (page: Page) => string | null | Promise<string | null>
}
type Page = ReturnType<typeof arrange>

const jwtEnding = (page: Page, seconds: number | null) =>
  jwtFor('alice', seconds === null ? {} : { exp: page.clock.wallNow() / 1_000 + seconds })

const rotated = (page: Page, exp: number | null = 3_600) => {
  page.session.jwt = page.backend.rotateToken('alice', jwtEnding(page, exp))
  return page.session.jwt
}

/** A page by JWT whose calls of `refreshToken` are counted. The flag is off unless `auth.ticketAuth` says otherwise. */
function byJwt({ exp = null, refresh = rotated, auth, ...rest }: Setting = {}) {
  const refreshToken = vi.fn(() => refresh(page))
  const page: Page = arrange({ ...rest, auth: { ticketAuth: false, refreshToken, ...auth } })
  page.session.jwt = page.backend.rotateToken('alice', jwtEnding(page, exp))
  return { ...page, page, refreshToken, dials: () => page.backend.journal.of('upgrade').length }
}

async function granted(page: Page): Promise<Credential> {
  const grant = page.auth.acquire({ signal: never() })
  await page.clock.advance(10_000)
  return grant
}

const jwtOf = (grant: Credential) => {
  const entry = grant.protocols().find((protocol) => protocol.startsWith('jwt.')) ?? ''
  return atob(entry.slice(4).replaceAll('-', '+').replaceAll('_', '/'))
}

/** Attempts that end like this before the server has accepted anything. */
async function attempts(page: Page, count: number, kind: 'lost' | 'ended' = 'lost') {
  for (let i = 0; i < count; i++) (await granted(page)).report({ kind })
}

describe('PR-68: a JWT past its exp', () => {
  test.each([
    ['29 s ago', -29, 0],
    ['30 s ago', -30, 1],
    ['a day ago', -86_400, 1],
    ['in an hour', 3_600, 0],
    ['never, by its claims', null, 0],
  ])('that passed %s: refreshes before the first dial', async (_name, exp, refreshes) => {
    const { page, refreshToken, dials } = byJwt({ exp })
    await page.connect()
    expect(refreshToken).toHaveBeenCalledTimes(refreshes)
    expect([page.state().status, dials()]).toEqual(['open', 1])
  })

  test('is refreshed before an upgrade that HTTP 401 would refuse: one dial, and it opens', async () => {
    const { page, refreshToken, dials } = byJwt({ exp: -60 })
    page.backend.use(scenarios.jwtExpiredByHttp)
    await page.connect()
    expect([page.state().status, dials(), refreshToken.mock.calls.length]).toEqual(['open', 1, 1])
  })

  test('is refreshed where an attempt falls back to the JWT, too', async () => {
    const { page, refreshToken } = byJwt({ exp: -60, auth: { ticketAuth: true } })
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    await page.clock.advance(20_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('is left to the ticket endpoint while tickets work: its 401 decides', async () => {
    const { page, refreshToken } = byJwt({ exp: -60, auth: { ticketAuth: true } })
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(refreshToken).not.toHaveBeenCalled()
  })

  test.each<[string, Setting['refresh']]>([
    ['the same one', ({ session }) => session.jwt],
    ['null', () => null],
    ['no JWT', () => 'two words'],
    [
      'an error',
      () => {
        throw new Error('offline')
      },
    ],
    ['a rejection', () => Promise.reject(new Error('offline'))],
    ['nothing', () => new Promise(() => {})],
  ])('is dialled all the same when the refresh answers with %s, and nobody is signed out', async (_name, refresh) => {
    const { page, refreshToken, dials } = byJwt({ exp: -60, ...(refresh && { refresh }) })
    const before = page.session.jwt
    page.socket.connect()
    await page.clock.advance(11_000)
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect([dials(), page.state().status]).toEqual([1, 'open'])
    expect(page.auth.getAuthHeaders()).toEqual({ Authorization: `Bearer ${before}` })
    expect(page.times('auth.userChanged')).toBe(0)
  })

  test('is refreshed once, however often it is dialled, when the app has none newer', async () => {
    const { page, refreshToken, dials } = byJwt({ exp: -60, refresh: ({ session }) => session.jwt })
    page.backend.use(scenarios.jwtExpiredByHttp)
    page.socket.connect()
    await page.clock.advance(10 * MINUTE)
    expect(dials()).toBeGreaterThan(20)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('is asked for again after a callback that failed: a network that came back heals it', async () => {
    let isUp = false
    const { page, refreshToken } = byJwt({
      exp: -60,
      refresh: (page) => (isUp ? rotated(page) : Promise.reject(new Error('Failed to fetch'))),
    })
    page.backend.use(scenarios.jwtExpiredByHttp)
    page.socket.connect()
    await page.clock.advance(20_000)
    expect(refreshToken).toHaveBeenCalledTimes(1)
    isUp = true
    await page.clock.advance(25_000)
    expect([page.state().status, refreshToken.mock.calls.length]).toEqual(['open', 2])
  })

  test('costs a callback that keeps failing twenty calls in an hour at most', async () => {
    const { page, refreshToken } = byJwt({ exp: -60, refresh: () => Promise.reject(new Error('Failed to fetch')) })
    page.backend.use(scenarios.jwtExpiredByHttp)
    page.socket.connect()
    await page.clock.advance(60 * MINUTE)
    expect(refreshToken.mock.calls.length).toBeGreaterThan(5)
    expect(refreshToken.mock.calls.length).toBeLessThanOrEqual(20)
  })

  test('by a clock that runs a day ahead costs one refresh in five minutes, though each answer looks expired', async () => {
    const { page, refreshToken, dials } = byJwt({ exp: -86_400, refresh: (page) => rotated(page, -82_800) })
    page.backend.use(scenarios.upgradeRefused)
    page.socket.connect()
    await page.clock.advance(4 * MINUTE)
    expect(dials()).toBeGreaterThan(10)
    expect(refreshToken).toHaveBeenCalledTimes(1)
    await page.clock.advance(2 * MINUTE)
    expect(refreshToken).toHaveBeenCalledTimes(2)
  })

  test('shared by three sockets that connect together is one refresh', async () => {
    const { page, refreshToken } = byJwt({ exp: -60 })
    const grants = await Promise.all([granted(page), granted(page), granted(page)])
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect(new Set(grants.map(jwtOf))).toEqual(new Set([page.session.jwt]))
  })

  test('is refreshed for the sockets of ticketWebSocket, too', async () => {
    const { page, refreshToken } = byJwt({ exp: -60 })
    page.backend.use(scenarios.jwtExpiredByHttp)
    const TicketWebSocket = ticketWebSocket(page.auth, { platform: page.platform })
    const socket = new TicketWebSocket(page.backend.wsUrl)
    await page.clock.advance(1_000)
    expect([socket.readyState, refreshToken.mock.calls.length]).toEqual([WebSocket.OPEN, 1])
  })

  test('whose refresh brings another user: that is another session, and nothing of it is dialled for the last', async () => {
    const { page } = byJwt({
      exp: -60,
      refresh: (page) => {
        page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
        return page.session.jwt
      },
    })
    const asked = page.auth.acquire({ signal: never() })
    await expect(asked).rejects.toMatchObject({ code: 'signed_out' })
    expect(page.auth.getCurrentUser()?.userId).toBe('bob')
  })
})

describe('PR-68: upgrades with one JWT that are lost again and again', () => {
  test.each([null, 3_600])(
    'exp %j: after three losses one refresh, and the fourth dial uses its answer',
    async (exp) => {
      const { page, refreshToken, dials } = byJwt({ exp })
      page.backend.use(scenarios.jwtExpiredByHttp)
      page.socket.connect()
      await page.clock.advance(MINUTE)
      expect([page.state().status, dials(), refreshToken.mock.calls.length]).toEqual(['open', 4, 1])
    },
  )

  test('wait up to five seconds before it, so that a fleet does not refresh at one moment', async () => {
    for (const [chance, waitMs] of [
      [0, 0],
      [0.5, 2_500],
      [0.999, 4_995],
    ] as const) {
      const { page, refreshToken } = byJwt({ chance })
      await attempts(page, 3)
      const asked = page.auth.acquire({ signal: never() })
      await page.clock.advance(Math.max(0, waitMs - 1))
      expect(refreshToken).toHaveBeenCalledTimes(waitMs === 0 ? 1 : 0)
      await page.clock.advance(1)
      expect(jwtOf(await asked)).toBe(page.session.jwt)
      expect(refreshToken).toHaveBeenCalledTimes(1)
    }
  })

  test('get one refresh for each JWT, and one in five minutes', async () => {
    const { page, refreshToken, dials } = byJwt()
    page.backend.use(scenarios.upgradeRefused)
    page.socket.connect()
    await page.clock.advance(4.5 * MINUTE)
    expect(dials()).toBeGreaterThan(10)
    expect(refreshToken).toHaveBeenCalledTimes(1)
    await page.clock.advance(1.5 * MINUTE)
    expect(refreshToken).toHaveBeenCalledTimes(2)
  })

  test('get none again for the same JWT: what the app answered once is its answer', async () => {
    const { page, refreshToken } = byJwt({ refresh: ({ session }) => session.jwt })
    page.backend.use(scenarios.upgradeRefused)
    page.socket.connect()
    await page.clock.advance(60 * MINUTE)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('never ask for a JWT that the server has accepted: then it is an outage', async () => {
    const { page, refreshToken, dials } = byJwt()
    await page.connect()
    page.backend.use(scenarios.upgradeRefused)
    page.backend.dropConnections()
    await page.clock.advance(10 * MINUTE)
    expect(dials()).toBeGreaterThan(20)
    expect(refreshToken).not.toHaveBeenCalled()
  })

  test('never ask for a JWT for which the backend has issued a ticket', async () => {
    const { page, refreshToken, dials } = byJwt({ auth: { ticketAuth: true } })
    page.backend.use(scenarios.upgradeRefused)
    page.socket.connect()
    await page.clock.advance(10 * MINUTE)
    expect(dials()).toBeGreaterThan(20)
    expect(refreshToken).not.toHaveBeenCalled()
  })

  test('that another socket of the page has accepted meanwhile ask for nothing', async () => {
    const { page, refreshToken } = byJwt()
    const other = await granted(page)
    await attempts(page, 3)
    const asked = page.auth.acquire({ signal: never() })
    await page.clock.advance(1_000)
    other.report({ kind: 'accepted' })
    await page.clock.advance(5_000)
    await asked
    expect(refreshToken).not.toHaveBeenCalled()
  })

  test('ask for nothing while the page is offline, and once it is back', async () => {
    const { page, refreshToken } = byJwt()
    await attempts(page, 3)
    page.page.say('offline')
    await attempts(page, 1)
    expect(refreshToken).not.toHaveBeenCalled()
    page.page.say('online')
    await granted(page)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('that are interrupted by a frame of the server are counted from zero again', async () => {
    const { page, refreshToken } = byJwt()
    await attempts(page, 2)
    await attempts(page, 1, 'ended')
    await attempts(page, 2)
    await granted(page)
    expect(refreshToken).not.toHaveBeenCalled()
    await attempts(page, 1)
    await granted(page)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('by three sockets that meet one blip together are one loss', async () => {
    const { page, refreshToken } = byJwt()
    const grants = await Promise.all([granted(page), granted(page), granted(page)])
    for (const grant of grants) grant.report({ kind: 'lost' })
    await attempts(page, 2)
    expect(refreshToken).not.toHaveBeenCalled()
    await granted(page)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('with three sockets in the wait ask once, and all three use the answer', async () => {
    const { page, refreshToken } = byJwt()
    await attempts(page, 3)
    const grants = await Promise.all([granted(page), granted(page), granted(page)])
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect(new Set(grants.map(jwtOf))).toEqual(new Set([page.session.jwt]))
  })

  test('with a JWT that a 401 has renewed during the wait ask for no other one', async () => {
    const { page, refreshToken } = byJwt()
    await attempts(page, 3)
    const asked = page.auth.acquire({ signal: never() })
    await page.clock.advance(1_000)
    await page.auth.handleAuthError(page.session.jwt ?? '')
    await page.clock.advance(5_000)
    expect(jwtOf(await asked)).toBe(page.session.jwt)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('whose caller leaves during the wait ask for nothing, and leave no timer', async () => {
    const { page, refreshToken } = byJwt()
    await attempts(page, 3)
    const controller = new AbortController()
    const asked = page.auth.acquire({ signal: controller.signal })
    asked.catch(() => {})
    await page.clock.advance(1_000)
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    expect([page.clock.pending(), refreshToken.mock.calls.length]).toEqual([0, 0])
  })

  test('end with the session: who signs out during the wait is not refreshed', async () => {
    const { page, refreshToken } = byJwt()
    await attempts(page, 3)
    const asked = page.auth.acquire({ signal: never() })
    asked.catch(() => {})
    await page.clock.advance(1_000)
    page.auth.handleLogout()
    await expect(asked).rejects.toMatchObject({ code: 'signed_out' })
    await page.clock.advance(10_000)
    expect(refreshToken).not.toHaveBeenCalled()
  })

  test('of ticketWebSocket count like all others', async () => {
    const { page, refreshToken } = byJwt()
    page.backend.use(scenarios.jwtExpiredByHttp)
    const TicketWebSocket = ticketWebSocket(page.auth, { platform: page.platform })
    const opened: boolean[] = []
    for (let i = 0; i < 4; i++) {
      const socket = new TicketWebSocket(page.backend.wsUrl)
      await page.clock.advance(6_000)
      opened.push(socket.readyState === WebSocket.OPEN)
    }
    expect(opened).toEqual([false, false, false, true])
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })
})

describe('without refreshToken', () => {
  const asking = (ticketAuth: boolean, exp: number | null) => {
    const getToken = vi.fn(() => page.session.jwt)
    const page: Page = arrange({ auth: { ticketAuth, getToken, chain: ['jwt', 'none'] } })
    page.session.jwt = page.backend.rotateToken('alice', jwtEnding(page, exp))
    return { page, getToken }
  }

  test.each([-60, null])('and with the flag off nothing is asked that was not asked before (exp %j)', async (exp) => {
    const { page, getToken } = asking(false, exp)
    await attempts(page, 6)
    expect(getToken).toHaveBeenCalledTimes(6)
  })

  test('and with the flag on getToken is asked once more, after three losses', async () => {
    const { page, getToken } = asking(true, null)
    await attempts(page, 6)
    expect(getToken).toHaveBeenCalledTimes(7)
  })
})

describe('PR-68: a credential that is refused after it was accepted', () => {
  const kicked = async (page: Page) => {
    const grant = await granted(page)
    grant.report({ kind: 'accepted' })
    grant.report({ kind: 'refused' })
    return grant
  }

  test('has the JWT refreshed once, before the next dial', async () => {
    const { page, refreshToken } = byJwt()
    const ended = jwtOf(await kicked(page))
    expect(refreshToken).not.toHaveBeenCalled()
    const next = jwtOf(await granted(page))
    expect([next === page.session.jwt, next === ended]).toEqual([true, false])
    await granted(page)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('drops the prefetched ticket, and the next one is requested with the newer JWT', async () => {
    const { page, refreshToken } = byJwt({ auth: { ticketAuth: true } })
    const grant = await granted(page)
    grant.report({ kind: 'accepted' })
    const end = page.auth.keepPrefetched()
    await page.clock.advance(1_000)
    const prefetched = page.auth.store.getState().prefetched?.handle
    expect(prefetched).toBeDefined()
    const requests = page.ticketRequests()
    grant.report({ kind: 'refused' })
    expect(page.auth.store.getState().prefetched).toBeNull()
    await page.clock.advance(MINUTE)
    expect([page.ticketRequests(), refreshToken.mock.calls.length]).toEqual([requests, 0])
    page.backend.use(scenarios.jwtExpired)
    expect((await granted(page)).method).toBe('ticket')
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect(page.times('auth.ticketFailed')).toBe(0)
    end()
  })

  test('has it refreshed before an app takes a ticket of its own', async () => {
    const { page, refreshToken } = byJwt({ auth: { ticketAuth: true } })
    await kicked(page)
    const taken = page.auth.getWebSocketTicket()
    await page.clock.advance(1_000)
    expect([(await taken).success, refreshToken.mock.calls.length]).toEqual([true, 1])
  })

  test('never counts toward the bound of three', async () => {
    const { page } = byJwt({ auth: { ticketAuth: true } })
    for (let i = 0; i < 5; i++) await kicked(page)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
  })

  test('is no refused JWT: whatever the app answers, it is dialled again', async () => {
    const { page, refreshToken } = byJwt({ refresh: ({ session }) => session.jwt })
    for (let i = 0; i < 3; i++) await kicked(page)
    expect((await granted(page)).method).toBe('jwt')
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('is not forgotten when another connection with the same JWT is accepted meanwhile', async () => {
    const { page, refreshToken } = byJwt()
    const other = await granted(page)
    await kicked(page)
    other.report({ kind: 'accepted' })
    await granted(page)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('does not ask the app where getToken gives a newer JWT by itself', async () => {
    const { page, refreshToken } = byJwt()
    await kicked(page)
    const newer = rotated(page)
    expect(jwtOf(await granted(page))).toBe(newer)
    expect(refreshToken).not.toHaveBeenCalled()
  })

  test('of a session that has ended says nothing about the next one', async () => {
    const { page, refreshToken } = byJwt({ auth: { ticketAuth: true } })
    const grant = await granted(page)
    grant.report({ kind: 'accepted' })
    page.signIn('bob')
    const end = page.auth.keepPrefetched()
    await page.auth.initialize()
    await page.clock.advance(1_000)
    const { prefetched } = page.auth.store.getState()
    grant.report({ kind: 'refused' })
    expect(page.auth.store.getState().prefetched).toBe(prefetched)
    expect(refreshToken).not.toHaveBeenCalled()
    end()
  })
})

describe('what attempts of a page that is offline say', () => {
  async function offlineFor(page: Page, ms: number) {
    page.page.say('offline')
    const heal = page.backend.use(scenarios.offline)
    page.socket.connect()
    await page.clock.advance(ms)
    heal()
  }

  test('lost dials say nothing against the JWT: the network is back, and it is dialled at once', async () => {
    const { page, refreshToken } = byJwt()
    await offlineFor(page, 10 * MINUTE)
    page.page.say('online')
    await page.clock.advance(1_000)
    expect([page.state().status, refreshToken.mock.calls.length]).toEqual(['open', 0])
  })

  test('refreshes that fail make no long wait: the next one is at most 30 s later', async () => {
    const { page } = byJwt({
      exp: -60,
      refresh: (page) => (page.page.isOnline() ? rotated(page) : Promise.reject(new Error())),
    })
    await offlineFor(page, 20 * MINUTE)
    page.backend.use(scenarios.jwtExpiredByHttp)
    page.page.say('online')
    await page.clock.advance(MINUTE)
    expect(page.state().status).toBe('open')
  })
})
