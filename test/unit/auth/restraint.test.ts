// How much is asked of a backend that is slow, broken, or has asked to be left alone.

import { describe, expect, test } from 'vitest'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

type TestPage = ReturnType<typeof arrange>
const never = () => new AbortController().signal
const answering = (status: number, headers: Record<string, string> = {}) => ({
  name: `answering${status}`,
  start: () => ({ http: () => new Response('{}', { status, headers }) }),
})
const many = (count: number, { auth }: TestPage) => Array.from({ length: count }, () => auth.getWebSocketTicket())
const acquire = ({ auth }: TestPage) => auth.acquire({ signal: never() })

describe('one blip', () => {
  test('met by three callers at once counts once; three blips revert', async () => {
    const page = arrange()
    page.backend.use(scenarios.htmlFromProxy)
    for (const failures of [1, 2, 3]) {
      const results = Promise.all(many(3, page))
      await page.clock.advance(100)
      expect((await results).map(({ success }) => success)).toEqual([false, false, false])
      expect(page.auth.store.getState()).toMatchObject({ ticketFailures: failures, reverted: failures === 3 })
    }
  })

  test('met by three sockets counts once when their JWT connections are accepted', async () => {
    const page = arrange()
    page.backend.use(scenarios.htmlFromProxy)
    const grants = Promise.all([acquire(page), acquire(page), acquire(page)])
    await page.clock.advance(100)
    for (const grant of await grants) grant.report({ kind: 'accepted' })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 1, reverted: false })
  })

  test('met by three sockets whose fresh tickets are refused is one refusal: each dials with a new ticket', async () => {
    const page = arrange()
    const many = async () => {
      const grants = Promise.all([acquire(page), acquire(page), acquire(page)])
      await page.clock.advance(100)
      return grants
    }
    for (const grant of await many()) expect(grant.report({ kind: 'refused' })).toBe('redial')
    const next = await many()
    expect(next.map(({ method }) => method)).toEqual(['ticket', 'ticket', 'ticket'])
    for (const grant of next) expect(grant.report({ kind: 'refused' })).toBe('redial')
    for (const grant of await many()) grant.report({ kind: 'accepted' })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 1, reverted: false })
  })

  test('of the session before says nothing about one in the session that an attempt itself has begun', async () => {
    const page = arrange()
    page.backend.use(scenarios.htmlFromProxy)
    for (const user of ['alice', 'bob'] as const) {
      // Without a word to the service: the JWT alone tells.
      page.session.jwt = page.backend.rotateToken(user, jwtFor(user))
      await Promise.all([page.auth.getWebSocketTicket(), page.clock.advance(100)])
      expect(page.auth.store.getState()).toMatchObject({ userId: user, ticketFailures: 1 })
    }
  })

  test('a missing endpoint is learnt before those in the queue ask, too', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointMissing)
    const results = Promise.all(many(30, page))
    await page.clock.advance(1_000)
    await results
    expect(page.ticketRequests()).toBeLessThanOrEqual(6)
  })
})

describe('reusable tickets', () => {
  test('fifty callers at once are served by one request', async () => {
    const page = arrange({
      auth: { ticket: { singleUse: false } },
      backend: { latencyMs: 100, ticket: { allowReusable: true } },
    })
    const results = Promise.all(many(50, page))
    await page.clock.advance(1_000)
    const tickets = (await results).map((result) => result.success && result.ticket.ticket)
    expect(new Set(tickets).size).toBe(1)
    expect(page.ticketRequests()).toBe(1)
  })

  test('where the backend makes them single-use all the same, callers are served side by side', async () => {
    const page = arrange({ auth: { ticket: { singleUse: false } }, backend: { latencyMs: 100 } })
    const results = Promise.all(many(15, page))
    await page.clock.advance(1_000)
    const tickets = (await results).map((result) => result.success && result.ticket.ticket)
    expect(new Set(tickets).size).toBe(15)
  })

  test('also by the one that is under way ahead of need', async () => {
    const page = arrange({
      auth: { ticket: { singleUse: false } },
      backend: { latencyMs: 100, ticket: { allowReusable: true } },
    })
    await page.auth.initialize()
    const end = page.auth.keepPrefetched()
    const results = Promise.all(many(10, page))
    await page.clock.advance(1_000)
    expect((await results).every(({ success }) => success)).toBe(true)
    expect(page.ticketRequests()).toBe(1)
    end()
  })
})

describe('the flag', () => {
  test('turned off in the middle of the retries: not one request more, and the attempt goes by JWT without a word', async () => {
    const flag = { isOn: true }
    const page = arrange({ auth: { ticketAuth: () => flag.isOn } })
    page.backend.use(answering(503))
    const grants = Promise.all(Array.from({ length: 30 }, () => acquire(page)))
    await page.clock.advance(10)
    const asked = page.ticketRequests()
    flag.isOn = false
    await page.clock.advance(30_000)
    expect((await grants).every(({ method, steppedDown }) => method === 'jwt' && !steppedDown)).toBe(true)
    expect(page.ticketRequests()).toBe(asked)
    expect(page.times('auth.fallback')).toBe(0)
  })

  test('turned off meanwhile: an app that takes tickets itself gets that as the result', async () => {
    const flag = { isOn: true }
    const page = arrange({ auth: { ticketAuth: () => flag.isOn } })
    page.backend.use(answering(503))
    const result = page.auth.getWebSocketTicket()
    await page.clock.advance(100)
    flag.isOn = false
    await page.clock.advance(30_000)
    expect(await result).toMatchObject({ success: false, error: { code: 'tickets_disabled' } })
    expect(page.times('auth.ticketFailed')).toBe(0)
  })

  test.each(['false', 1, {}, null, undefined])('a function that answers %j leaves tickets off', async (answer) => {
    for (const ticketAuth of [() => answer as never, async () => answer as never]) {
      const page = arrange({ auth: { ticketAuth } })
      await page.connect()
      expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
      expect(page.auth.getWebSocketAuthConfig().useTicketAuth).toBe(false)
      expect(page.ticketRequests()).toBe(0)
    }
  })
})

describe('waiting', () => {
  test.each(['Sun, 22 Nov 2037 10:00:00 GMT', 'Sun Nov 22 10:00:00 2037', '9999999999', '120, 120', '120.5', 'soon'])(
    'Retry-After: %s is obeyed: one request, and JWT meanwhile',
    async (value) => {
      const page = arrange()
      page.backend.use(answering(429, { 'retry-after': value }))
      await page.connect()
      expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
      expect(page.ticketRequests()).toBe(1)
    },
  )

  test('a wait above the limit of every wait is not waited for', async () => {
    const page = arrange()
    page.backend.use(answering(503, { 'retry-after': '12' }))
    const grant = acquire(page)
    await page.clock.advance(100)
    expect((await grant).method).toBe('jwt')
  })

  test('and a call for a ticket ends with it at once, though its budget would allow the wait', async () => {
    const page = arrange()
    page.backend.use(answering(503, { 'retry-after': '12' }))
    let result: unknown = null
    void page.auth.getWebSocketTicket().then((answer) => {
      result = answer
    })
    await page.clock.advance(100)
    expect(result).toMatchObject({ success: false, error: { code: 'server_unavailable', retryAfterMs: 12_000 } })
  })

  test('resetTicketFailures does not shorten it; another session does not inherit it', async () => {
    const page = arrange()
    const heal = page.backend.use(answering(429, { 'retry-after': '60' }))
    await Promise.all([page.auth.getWebSocketTicket(), page.clock.advance(100)])
    heal()
    page.auth.resetTicketFailures()
    expect(await page.auth.getWebSocketTicket()).toMatchObject({ error: { code: 'rate_limited' } })
    expect(page.ticketRequests()).toBe(1)
    page.signIn('bob')
    const result = page.auth.getWebSocketTicket()
    await page.clock.advance(100)
    expect(await result).toMatchObject({ success: true })
  })

  test('offline a ticket is asked for once, and not again', async () => {
    let requests = 0
    const fetch = async () => {
      requests++
      throw new TypeError('Failed to fetch')
    }
    const page = arrange({ wrap: (platform) => ({ ...platform, fetch }) })
    page.page.say('offline')
    const result = page.auth.getWebSocketTicket()
    await page.clock.advance(20_000)
    expect(await result).toMatchObject({ success: false, error: { code: 'network' }, recoverable: true })
    expect(requests).toBe(1)
  })

  test('those who queue behind six slow answers end fifteen seconds after they have asked', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointHangs)
    let ended = 0
    for (const result of many(14, page)) result.then(() => ended++)
    await page.clock.advance(15_001)
    expect(ended).toBe(14)
  })

  test('clearTicketCache forgets the pause after a failed try to fetch ahead: the next one is at once', async () => {
    const page = arrange()
    await page.auth.initialize()
    const heal = page.backend.use(answering(500))
    const end = page.auth.keepPrefetched()
    await page.clock.advance(100)
    heal()
    expect(page.ticketRequests()).toBe(1)
    page.auth.clearTicketCache()
    await page.clock.advance(100)
    expect(page.ticketRequests()).toBe(2)
    end()
  })
})
