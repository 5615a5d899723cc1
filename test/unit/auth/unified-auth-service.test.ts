import { describe, expect, test } from 'vitest'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

const upgrades = ({ backend }: ReturnType<typeof arrange>) => backend.journal.of('upgrade')
const methods = (page: ReturnType<typeof arrange>) => upgrades(page).map(({ offeredCredential }) => offeredCredential)

/** Loses the connection and lets the next one come about. */
async function reconnect({ backend, clock }: ReturnType<typeof arrange>) {
  backend.dropConnections()
  await clock.advance(30_000)
}

describe('the flag', () => {
  test('off: JWT as before, and not one ticket request', async () => {
    const page = arrange({ auth: { ticketAuth: false } })
    await page.connect()
    for (let i = 0; i < 3; i++) await reconnect(page)
    await page.clock.advance(3_600_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.ticketRequests()).toBe(0)
    expect(page.auth.store.getState().ticketAuth).toBe(false)
  })

  test('off is the default', async () => {
    const page = arrange({ auth: { ticketAuth: undefined as never } })
    await page.connect()
    expect(page.state().method).toBe('jwt')
  })

  test('flipped while running: the next attempt obeys, the live connection stays', async () => {
    let flag = false
    const page = arrange({ auth: { ticketAuth: () => flag } })
    await page.connect()
    flag = true
    await page.clock.advance(60_000)
    expect(page.ticketRequests()).toBe(0)
    await reconnect(page)
    expect(page.state().method).toBe('ticket')
    flag = false
    const asked = page.ticketRequests()
    await reconnect(page)
    expect(page.state().method).toBe('jwt')
    expect(page.ticketRequests()).toBe(asked)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('flag service down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('flag service down'))],
    ['hangs', () => new Promise<boolean>(() => {})],
  ])('a flag that %s is off', async (_name, ticketAuth) => {
    const page = arrange({ auth: { ticketAuth } })
    await page.connect()
    await page.clock.advance(10_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.ticketRequests()).toBe(0)
  })
})

describe('by ticket', () => {
  test('connects by ticket, keeps one prefetched ticket, and puts no JWT into a URL', async () => {
    const page = arrange()
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(page.auth.store.getState().prefetched).toMatchObject({ handle: expect.stringMatching(/^[\w-]{43}$/) })
    expect(page.ticketRequests()).toBe(2)
    expect(methods(page)).toEqual(['ticket'])
  })

  test('every reconnect uses a ticket of its own', async () => {
    const page = arrange()
    await page.connect()
    for (let i = 0; i < 10; i++) await reconnect(page)
    const handles = upgrades(page).map(({ handle }) => handle)
    expect(handles).toHaveLength(11)
    expect(new Set(handles).size).toBe(11)
  })

  test('a connection that is talked through for ten minutes asks for four tickets at most', async () => {
    const page = arrange()
    await page.connect()
    for (let second = 0; second < 600; second += 20) {
      page.socket.send({ type: 'chat' })
      await page.clock.advance(20_000)
    }
    expect(page.state().status).toBe('open')
    expect(page.ticketRequests()).toBeGreaterThan(2)
    expect(page.ticketRequests()).toBeLessThanOrEqual(4)
  })

  test('an idle page asks for no ticket, and for one with the next message', async () => {
    const page = arrange()
    await page.connect()
    const asked = page.ticketRequests()
    await page.clock.advance(3_600_000)
    expect(page.ticketRequests()).toBe(asked)
    page.socket.send({ type: 'chat' })
    await page.clock.advance(1_000)
    expect(page.ticketRequests()).toBe(asked + 1)
  })

  test('a hidden page asks for no ticket, and for one as soon as it is shown', async () => {
    const page = arrange()
    await page.connect()
    page.page.say('hidden')
    const asked = page.ticketRequests()
    await page.clock.advance(3_600_000)
    expect(page.ticketRequests()).toBe(asked)
    page.socket.send({ type: 'chat' })
    await page.clock.advance(1_000)
    expect(page.ticketRequests()).toBe(asked)
    page.page.say('shown')
    await page.clock.advance(1_000)
    expect(page.ticketRequests()).toBe(asked + 1)
  })

  test('works on a plain server whose tickets have neither handle nor subprotocol', async () => {
    const page = arrange()
    page.backend.use(scenarios.plainServer)
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket', session: null })
    await reconnect(page)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(page.times('auth.reverted')).toBe(0)
  })
})

test('near the end of a JWT, which shortens the tickets, there is no burst of ever shorter prefetched tickets', async () => {
  const page: ReturnType<typeof arrange> = arrange({
    backend: { verifyToken: () => ({ userId: 'alice', issuedAt: 0, expiresAt: start + 60_000 }) },
  })
  const start = page.clock.wallNow()
  await page.connect()
  for (let second = 0; second < 58; second++) {
    page.socket.send({ type: 'chat' })
    await page.clock.advance(1_000)
  }
  expect(page.ticketRequests()).toBeLessThanOrEqual(6)
})

test('a ticket that is fetched ahead is requested with the JWT that the app has by then', async () => {
  const page = arrange()
  await page.connect()
  page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
  page.socket.send({ type: 'chat' })
  for (let minute = 0; minute < 5; minute++) {
    page.socket.send({ type: 'chat' })
    await page.clock.advance(55_000)
  }
  expect(page.backend.journal.of('http').map(({ status }) => status)).not.toContain(401)
  expect(page.ticketRequests()).toBe(3)
})

describe('falling back', () => {
  test('PR-26: a ticket endpoint that is down: two requests, then JWT, and it counts once that is accepted', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointDown)
    page.socket.connect()
    await page.clock.advance(19)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0 })
    await page.clock.advance(20_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.times('auth.fallback')).toBe(1)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 1, reverted: false })
    const requests = page.backend.journal.of('http').map(({ atMs }) => atMs - 1_000)
    expect(requests.slice(0, 2)).toEqual([0, 20])
    // Fetching ahead waits after a failure, and is one quiet try.
    expect(requests.slice(2).every((at) => at > 5_000)).toBe(true)
  })

  test('retry.multiplier says by how much the limit of the waits grows', async () => {
    const page = arrange({ auth: { retry: { multiplier: 1 } } })
    page.backend.use(scenarios.ticketEndpointDown)
    const result = page.auth.getWebSocketTicket()
    await page.clock.advance(5_000)
    await result
    const requests = page.backend.journal.of('http').map(({ atMs }) => atMs)
    expect(requests.map((atMs) => atMs - (requests[0] ?? 0))).toEqual([0, 500, 1_000, 1_500])
  })

  test('the third failure reverts to JWT for good, is emitted once, and no ticket is requested again', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    await page.clock.advance(20_000)
    await reconnect(page)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 2, reverted: false })
    await reconnect(page)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 3, reverted: true })
    const asked = page.ticketRequests()
    for (let i = 0; i < 5; i++) await reconnect(page)
    await page.clock.advance(3_600_000)
    expect(page.ticketRequests()).toBe(asked)
    expect(page.times('auth.reverted')).toBe(1)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
  })

  test('resetTicketFailures brings tickets back', async () => {
    const page = arrange()
    const heal = page.backend.use(scenarios.ticketEndpointMissing)
    await page.connect()
    heal()
    page.auth.resetTicketFailures()
    await reconnect(page)
    expect(page.state().method).toBe('ticket')
    expect(page.auth.store.getState()).toMatchObject({ reverted: false, ticketFailures: 0 })
  })

  test('an outage of everything reverts no page', async () => {
    const page = arrange()
    await page.connect()
    const heal = page.backend.use(scenarios.ticketEndpointDown, scenarios.upgradeRefused)
    page.backend.dropConnections()
    await page.clock.advance(120_000)
    expect(page.state().status).toBe('reconnecting')
    expect(page.auth.store.getState().reverted).toBe(false)
    heal()
    await page.clock.advance(30_000)
    expect(page.state()).toMatchObject({ status: 'open' })
    expect(page.auth.store.getState().reverted).toBe(false)
  })

  test('PR-83: tickets that are refused: two of them, then the JWT; the third JWT connection reverts', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketRefused)
    await page.connect()
    for (const failures of [1, 2, 3]) {
      expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
      expect(page.auth.store.getState()).toMatchObject({ ticketFailures: failures, reverted: failures === 3 })
      await reconnect(page)
    }
    expect(methods(page)).toEqual([...Array(3).fill(['ticket', 'ticket', 'jwt']).flat(), 'jwt'])
    const handles = upgrades(page).flatMap(({ handle }) => handle ?? [])
    expect(new Set(handles).size).toBe(6)
  })

  test('a prefetched ticket that is refused is only an old ticket: it does not count', async () => {
    const page = arrange()
    await page.connect()
    const counts = new Set<number>()
    page.auth.store.subscribe(({ ticketFailures }) => counts.add(ticketFailures))
    page.backend.use(scenarios.ticketRefusedTimes(1))
    await reconnect(page)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect([...counts]).toEqual([0])
  })

  test('a backend without ticket endpoints reverts at once', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointMissing)
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.ticketRequests()).toBe(1)
    expect(page.auth.store.getState().reverted).toBe(true)
  })

  test('429 is waited out: JWT meanwhile, no ticket request before Retry-After, and it does not count', async () => {
    const page = arrange()
    const heal = page.backend.use(scenarios.rateLimited({ retryAfterSeconds: 60 }))
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    heal()
    await reconnect(page)
    expect(page.ticketRequests()).toBe(1)
    expect(page.auth.store.getState().ticketFailures).toBe(0)
    await page.clock.advance(31_000)
    await reconnect(page)
    expect(page.state().method).toBe('ticket')
  })

  test('a wait that a prefetch was asked for is heeded by the next attempt', async () => {
    const page = arrange()
    page.page.say('hidden') // so that nothing is fetched ahead yet
    await page.connect()
    const heal = page.backend.use(scenarios.rateLimited({ retryAfterSeconds: 60 }))
    page.page.say('shown')
    await page.clock.advance(1_000)
    const asked = page.ticketRequests()
    expect(asked).toBe(2)
    heal()
    await reconnect(page)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.ticketRequests()).toBe(asked)
    await page.clock.advance(31_000)
    await reconnect(page)
    expect(page.state().method).toBe('ticket')
    expect(page.auth.store.getState().ticketFailures).toBe(0)
  })

  test('one failure counts once, however many connections go by JWT during the wait that came with it', async () => {
    const page = arrange()
    const heal = page.backend.use({
      name: 'downForTenMinutes',
      start: () => ({ http: () => new Response('{}', { status: 503, headers: { 'retry-after': '600' } }) }),
    })
    await page.connect()
    heal()
    for (let i = 0; i < 5; i++) await reconnect(page)
    expect(page.ticketRequests()).toBe(1)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 1, reverted: false })
  })

  test.each(['htmlFromProxy', 'malformedTicket'] as const)('%s: JWT, and a typed error', async (name) => {
    const page = arrange()
    page.backend.use(scenarios[name])
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.told).toContainEqual([
      'auth.ticketFailed',
      { error: expect.objectContaining({ code: 'bad_response' }) },
    ])
  })

  test('a ticket endpoint that hangs delays the JWT by the budget at most', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointHangs)
    page.socket.connect()
    await page.clock.advance(16_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
  })

  test('a strict chain never steps down', async () => {
    const page = arrange({ auth: { chain: ['ticket'] } })
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    await page.clock.advance(120_000)
    expect(page.state().status).toBe('reconnecting')
    expect(methods(page)).toEqual([])
  })
})

describe('the JWT', () => {
  test('expired: refreshed once, then tickets as before', async () => {
    const page: ReturnType<typeof arrange> = arrange({
      auth: {
        refreshToken: () => {
          page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
          return page.session.jwt
        },
      },
    })
    await page.auth.initialize()
    await page.clock.advance(1_000)
    page.auth.clearTicketCache()
    page.backend.use(scenarios.jwtExpired)
    page.backend.journal.clear()
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(
      page.backend.journal
        .of('http')
        .map(({ status }) => status)
        .slice(0, 2),
    ).toEqual([401, 200])
  })

  test.each([true, false])(
    'expired, with nothing newer to be had: an authentication error (tickets: %s)',
    async (ticketAuth) => {
      const page = arrange({ auth: { ticketAuth } })
      page.backend.use(scenarios.jwtExpired)
      await page.connect()
      await page.clock.advance(60_000)
      expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
      expect(methods(page)).not.toContain('none')
    },
  )

  test('refused at the ticket endpoint however new it is: one refresh, then an end', async () => {
    let refreshes = 0
    const page = arrange({ auth: { refreshToken: () => jwtFor('alice', { refresh: ++refreshes }) } })
    page.backend.use({ name: 'unauthorized', start: () => ({ http: () => new Response('{}', { status: 401 }) }) })
    await page.auth.initialize()
    await page.clock.advance(1_000) // a JWT that was just received is refreshed a second later
    await page.connect()
    await page.clock.advance(600_000)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
    expect([refreshes, page.ticketRequests()]).toEqual([1, 2])
  })

  test('refused for good: one refresh, then an end, not a loop', async () => {
    let refreshes = 0
    const page = arrange({ auth: { ticketAuth: false, refreshToken: () => jwtFor('alice', { refresh: ++refreshes }) } })
    page.backend.use(scenarios.jwtExpired)
    await page.connect()
    await page.clock.advance(600_000)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
    expect(refreshes).toBe(1)
    expect(methods(page)).toEqual(['jwt', 'jwt'])
  })

  test('nobody signed in: connects without credential where the server allows it', async () => {
    const page = arrange({ backend: { upgrade: { allowAnonymous: true } } })
    page.session.jwt = null
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'none' })
    expect(page.ticketRequests()).toBe(0)
  })

  test('nobody signed in: an authentication error where it does not, until somebody is', async () => {
    const page = arrange()
    page.session.jwt = null
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
    page.signIn('bob')
    await page.clock.advance(1_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
  })
})

describe('the session change', () => {
  test('a sign-out ends everything at once, and revokes the unspent ticket', async () => {
    const page = arrange()
    await page.connect()
    const prefetched = page.auth.store.getState().prefetched?.handle
    page.auth.handleLogout()
    expect(page.state()).toMatchObject({ status: 'closed', session: null })
    expect(page.auth.store.getState()).toMatchObject({ signedIn: false, userId: null, prefetched: null })
    const before = page.backend.journal.entries.length
    await page.clock.advance(3_600_000)
    const after = page.backend.journal.entries.slice(before)
    expect(after.map((entry) => entry.kind).sort()).toEqual(['closed', 'http'])
    expect(after.find(({ kind }) => kind === 'http')).toMatchObject({
      method: 'DELETE',
      path: `/websocket/ticket/${prefetched}`,
      status: 200,
    })
    expect(page.backend.connections()).toHaveLength(0)
  })

  test('sign-out and sign-in during a ticket request: only the second user’s credentials leave', async () => {
    const page = arrange({ backend: { latencyMs: 200 } })
    page.socket.connect()
    await page.clock.advance(100)
    page.auth.handleLogout()
    await page.clock.advance(30)
    page.signIn('bob')
    await page.clock.advance(5_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
    expect(upgrades(page).map(({ userId }) => userId)).toEqual(['bob'])
  })

  test('another user in the token, without a word to the service, gets a connection of their own', async () => {
    const page = arrange()
    await page.connect()
    page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
    await reconnect(page)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
    expect(page.times('auth.userChanged')).toBe(1)
  })
})

describe('for apps that open their own connections', () => {
  test('a hundred callers get a hundred different tickets', async () => {
    const page = arrange({ backend: { ticket: { maxTicketsPerUser: 200 } } })
    const results = Promise.all(Array.from({ length: 100 }, () => page.auth.getWebSocketTicket()))
    await page.clock.advance(10_000)
    const tickets = (await results).map((result) => (result.success ? result.ticket.ticket : result.error))
    expect(new Set(tickets).size).toBe(100)
  })

  test('a failure is a result, says whether trying again may help, and counts when it was an answer', async () => {
    const page = arrange({ auth: { retry: { maxRetries: 0 } } })
    page.backend.use(scenarios.ticketEndpointDown)
    for (const failures of [1, 2, 3]) {
      const result = page.auth.getWebSocketTicket()
      await page.clock.advance(100)
      expect(await result).toMatchObject({
        success: false,
        recoverable: true,
        error: { code: 'server_unavailable', status: 503 },
      })
      expect(page.auth.store.getState().ticketFailures).toBe(failures)
    }
    expect(page.auth.store.getState().reverted).toBe(true)
    expect(await page.auth.getWebSocketTicket()).toMatchObject({ success: false, recoverable: false })
  })

  test('with the flag off no ticket is asked for', async () => {
    const page = arrange({ auth: { ticketAuth: false } })
    expect(await page.auth.requestWebSocketTicket()).toMatchObject({ success: false })
    expect(page.ticketRequests()).toBe(0)
  })

  test('validates without using up, revokes one, revokes all, and tells the status of the system', async () => {
    const page = arrange()
    await page.connect()
    const handle = page.auth.store.getState().prefetched?.handle as string
    const during = async <T>(promise: Promise<T>) => {
      await page.clock.advance(100)
      return promise
    }
    expect(await during(page.auth.validateTicket(handle))).toMatchObject({ valid: true, user_id: 'alice' })
    expect(await during(page.auth.validateTicket(handle))).toMatchObject({ valid: true })
    expect(page.auth.store.getState().prefetched?.handle).toBe(handle)
    await during(page.auth.revokeTicket(handle))
    expect(page.auth.store.getState().prefetched?.handle).not.toBe(handle)
    expect(await during(page.auth.validateTicket(handle))).toMatchObject({ valid: false })
    expect(await during(page.auth.getTicketSystemStatus())).toMatchObject({ ticket_system_enabled: true })
    expect(await during(page.auth.revokeAllTickets())).toBe(1)
    expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'revoked' } })
  })
})

test('where looking uses a ticket up, a ticket that was looked at is not sent', async () => {
  const page = arrange()
  page.backend.use(scenarios.plainServer)
  await page.connect()
  const handle = page.auth.store.getState().prefetched?.handle as string
  expect(handle).toMatch(/^ticket-\d+$/)
  const looked = page.auth.validateTicket(handle)
  await page.clock.advance(100)
  expect(await looked).toMatchObject({ valid: true, user_id: 'alice' })
  expect(page.auth.store.getState().prefetched?.handle).not.toBe(handle)
})

test('the synchronous getters use the token last seen', async () => {
  const page = arrange()
  expect([page.auth.isAuthenticated(), page.auth.getCurrentUser(), page.auth.getAuthHeaders()]).toEqual([
    false,
    null,
    {},
  ])
  await page.connect()
  expect(page.auth.isAuthenticated()).toBe(true)
  expect(page.auth.getCurrentUser()).toEqual({ userId: 'alice', email: null })
  expect(page.auth.getAuthHeaders()).toEqual({ Authorization: `Bearer ${page.session.jwt}` })
})
