// Nobody waits for a ticket that the JWT could replace: the sequence of requests and dials, to the millisecond.

import { describe, expect, test } from 'vitest'
import type { Advice } from '../../../src/auth/credential.ts'
import { CLOSE, createTicketSocket } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

type TestPage = ReturnType<typeof arrange>

const never = () => new AbortController().signal
const answering = (status: number, headers: Record<string, string> = {}) => ({
  name: `answering${status}`,
  start: () => ({ http: () => new Response('{}', { status, headers }) }),
})
/** The ticket endpoint takes so long; connections do not. */
const slow = (delayMs: number) => scenarios.ticketEndpointSlow({ delayMs })
/** Slow first, whatever the answer is. */
const slowly = (delayMs: number, status: number) => ({
  name: `slowly${status}`,
  start: () => ({
    async http({ wait }: { wait: (ms: number) => Promise<void> }) {
      await wait(delayMs)
      return new Response('{}', { status })
    },
  }),
})

/** What left the page, and when: a request for a ticket by its arrival, a dial by its credential. */
function timeline({ backend }: TestPage) {
  const [first] = backend.journal.of('http')
  return backend.journal.entries.flatMap((entry) => {
    const atMs = entry.atMs - (first?.atMs ?? 0)
    if (entry.kind === 'http') return [`${atMs} ${entry.method} ${entry.status}`]
    return entry.kind === 'upgrade' ? [`${atMs} dial by ${entry.offeredCredential}`] : []
  })
}

const shown = ({ auth }: TestPage) => auth.store.getState()

async function lose(page: TestPage) {
  page.backend.dropConnections()
  await page.clock.advance(30_000)
}

describe('a ticket endpoint that answers 503', () => {
  test('PR-26: two requests, and the JWT at once', async () => {
    const page = arrange({ backend: { latencyMs: 50 } })
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    expect(timeline(page).slice(0, 3)).toEqual(['0 POST 503', '120 POST 503', '220 dial by jwt'])
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(shown(page)).toMatchObject({ ticketFailures: 1 })
  })

  test('one request where a second one would end after stepDownAfterMs', async () => {
    const page = arrange({ auth: { stepDownAfterMs: 120 }, backend: { latencyMs: 50 } })
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    expect(timeline(page).slice(0, 2)).toEqual(['0 POST 503', '100 dial by jwt'])
  })

  test('one request with retry.maxRetries: 0', async () => {
    const page = arrange({ auth: { retry: { maxRetries: 0 } } })
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    expect(timeline(page).slice(0, 2)).toEqual(['0 POST 503', '0 dial by jwt'])
  })

  test('PR-25: a Retry-After that fits is waited for; a longer one is not', async () => {
    const once = { name: 'once', start: () => ({ http: respond }) }
    const seen: string[] = []
    const respond = (_call: unknown, next: () => Promise<Response>) => {
      if (seen.push('') > 1) return next()
      return new Response('{}', { status: 503, headers: { 'retry-after': '0.4' } })
    }
    const page = arrange()
    page.backend.use(once as never)
    await page.connect()
    expect(timeline(page).slice(0, 3)).toEqual(['0 POST 503', '400 POST 200', '400 dial by ticket'])

    const later = arrange()
    later.backend.use(answering(503, { 'retry-after': '1' }))
    await later.connect()
    expect(timeline(later).slice(0, 2)).toEqual(['0 POST 503', '0 dial by jwt'])
  })

  test('PR-83: further tries are quiet, wait longer each time, and never count', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointDown)
    await page.connect()
    for (let i = 0; i < 60; i++) {
      page.socket.send({ type: 'chat' })
      await page.clock.advance(10_000)
    }
    expect(page.ticketRequests()).toBeLessThan(20)
    expect(shown(page)).toMatchObject({ ticketFailures: 1, reverted: false })
    expect(page.times('auth.ticketFailed')).toBe(1)
  })
})

describe('PR-65: fresh tickets that are refused', () => {
  test('a new ticket and then the JWT, each at once', async () => {
    const page = arrange({ backend: { latencyMs: 75 } })
    page.backend.use(scenarios.ticketRefused)
    await page.connect()
    expect(timeline(page).slice(0, 5)).toEqual([
      '0 POST 200',
      '150 dial by ticket',
      '300 POST 200',
      '450 dial by ticket',
      '600 dial by jwt',
    ])
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(shown(page)).toMatchObject({ ticketFailures: 1 })
  })

  test('to the app it is one attempt that is still connecting', async () => {
    const page = arrange({ socket: { reconnect: { maxRetries: 0 }, breaker: { failureThreshold: 1 } } })
    page.backend.use(scenarios.ticketRefused)
    const statuses: string[] = []
    page.socket.store.subscribe(({ status, breaker, failedAttempts }) =>
      statuses.push([status, breaker, failedAttempts].join(' ')),
    )
    await page.connect()
    expect([...new Set(statuses)]).toEqual(['connecting closed 0', 'open closed 0'])
    expect(page.told.filter(([name]) => name === 'lost')).toEqual([
      ['lost', expect.objectContaining({ retryInMs: 0 })],
      ['lost', expect.objectContaining({ retryInMs: 0 })],
    ])
  })

  test('the sequence counts nothing before the JWT connection is accepted, and nothing when the JWT is refused, too', async () => {
    const page = arrange({ auth: { refreshToken: () => null } })
    page.backend.use(scenarios.ticketRefused)
    const grant = async () => {
      const acquired = page.auth.acquire({ signal: never() })
      await page.clock.advance(100)
      return acquired
    }
    const advice: (Advice | undefined)[] = []
    for (const method of ['ticket', 'ticket', 'jwt']) {
      const granted = await grant()
      expect(granted.method).toBe(method)
      advice.push(granted.report({ kind: 'refused' }))
    }
    expect(advice).toEqual(['redial', 'redial', undefined])
    expect(shown(page)).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test('the JWT is dialled until it has had an answer: lost, it is its turn again', async () => {
    const page = arrange()
    const heal = page.backend.use(scenarios.ticketRefused)
    page.socket.on('fallback', () => page.backend.use(scenarios.upgradeRefused))
    await page.connect()
    await page.clock.advance(60_000)
    heal()
    const offered = page.backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)
    expect(new Set(offered.slice(2))).toEqual(new Set(['jwt']))
    expect(offered.length).toBeGreaterThan(4)
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
  })

  test('one that had lain here: a new ticket at once, and nothing counts', async () => {
    const page = arrange({ backend: { latencyMs: 50 } })
    await page.connect()
    const before = page.backend.journal.entries.length
    page.backend.use(scenarios.ticketRefusedTimes(1))
    page.backend.dropConnections()
    await page.clock.advance(5_000)
    const since = page.backend.journal.entries.slice(before).filter(({ kind }) => kind === 'upgrade' || kind === 'http')
    const [refused, requested, accepted] = since.map(({ atMs }) => atMs)
    expect([Number(requested) - Number(refused), Number(accepted) - Number(requested)]).toEqual([100, 100])
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
  })

  test('a new one cannot be had: the JWT, and the sequence counts once', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketRefusedTimes(1))
    page.auth.on('ticketTaken', () => page.backend.use(scenarios.ticketEndpointDown))
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(shown(page)).toMatchObject({ ticketFailures: 1 })
  })

  test('4503, 4429 and 1006 for a ticket back off', async () => {
    for (const code of [CLOSE.unavailable, CLOSE.tooMany, null]) {
      const page = arrange({ chance: 1 })
      page.backend.use(
        code === null
          ? scenarios.upgradeRefused
          : ({ name: 'closing', start: () => ({ upgrade: () => ({ kind: 'refused', code, reason: 'x' }) }) } as never),
      )
      page.socket.connect()
      await page.clock.advance(1_999)
      expect(page.backend.journal.count('upgrade')).toBe(1)
      page.socket.dispose()
    }
  })

  test('a server that accepts each connection and closes it at once is not dialled in a loop', async () => {
    const page = arrange({ chance: 1 })
    const connected = page.backend.journal.subscribe((entry) => {
      if (entry.kind === 'upgrade') page.clock.setTimer(() => page.backend.dropConnections(), 1)
    })
    page.backend.use(scenarios.ticketRefused)
    page.socket.connect()
    await page.clock.advance(60_000)
    connected()
    expect(page.backend.journal.count('upgrade')).toBeLessThan(30)
    const dials = page.backend.journal.of('upgrade').map(({ atMs }) => atMs)
    // The fourth dial after any dial is at least a first backoff later.
    for (const [i, at] of dials.slice(4).entries()) expect(at - Number(dials[i])).toBeGreaterThanOrEqual(1_990)
  })
})

describe('a slow ticket endpoint', () => {
  test('PR-81: is overtaken by the JWT after stepDownAfterMs, its ticket is the prefetched one, and nothing counts', async () => {
    const page = arrange({ backend: { latencyMs: 0 } })
    page.backend.use(slow(1_200))
    page.socket.connect()
    await page.clock.advance(999)
    expect(page.backend.journal.count('upgrade')).toBe(0)
    await page.clock.advance(101)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.told).toContainEqual([
      'auth.fallback',
      expect.objectContaining({ cause: expect.objectContaining({ code: 'timeout' }) }),
    ])
    expect(shown(page).prefetched).toBeNull()
    await page.clock.advance(200)
    expect(shown(page)).toMatchObject({ prefetched: { handle: expect.any(String) }, ticketFailures: 0 })
    expect(page.ticketRequests()).toBe(1)
    expect(page.times('auth.ticketFailed')).toBe(0)

    await lose(page)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  })

  test('stepDownAfterMs says how long', async () => {
    const page = arrange({ auth: { stepDownAfterMs: 2_000 } })
    page.backend.use(slow(1_200))
    page.socket.connect()
    await page.clock.advance(2_500)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  })

  test.each([503, 400, 200])('that answers %d in the end counts once: it has failed by itself', async (status) => {
    const page = arrange()
    page.backend.use(slowly(3_000, status))
    page.socket.connect()
    await page.clock.advance(2_900)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
    await page.clock.advance(200)
    expect(shown(page)).toMatchObject({ ticketFailures: 1 })
    expect(page.times('auth.ticketFailed')).toBe(1)
    expect(page.ticketRequests()).toBe(1)
  })

  test('that is answered 401 in the end counts nothing, and asks the app for no newer JWT: no caller waits for it', async () => {
    const refreshed: string[] = []
    const page = arrange({ auth: { refreshToken: () => void refreshed.push('once more') } })
    page.backend.use(slowly(3_000, 401))
    page.socket.connect()
    await page.clock.advance(3_100)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect([refreshed, page.ticketRequests(), shown(page).ticketFailures]).toEqual([[], 1, 0])
  })

  test('that never answers counts once, when the request has come to its own end', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointHangs)
    page.socket.connect()
    await page.clock.advance(9_900)
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
    await page.clock.advance(200)
    expect(shown(page)).toMatchObject({ ticketFailures: 1, lastError: { code: 'timeout' } })
    await page.clock.advance(60_000)
    expect(shown(page)).toMatchObject({ ticketFailures: 1 })
  })

  test('that never answers reverts at the third JWT connection whose request has failed', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointHangs)
    page.socket.connect()
    for (const failures of [1, 2, 3]) {
      await page.clock.advance(90_000)
      expect(shown(page)).toMatchObject({ ticketFailures: failures, reverted: failures === 3 })
      page.backend.dropConnections()
    }
  })

  test('that fails in the end counts nothing when the JWT connection is not accepted', async () => {
    const page = arrange()
    page.backend.use(slowly(3_000, 503), scenarios.upgradeRefused)
    page.socket.connect()
    await page.clock.advance(60_000)
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
  })

  test('that fails while the page is offline counts nothing', async () => {
    const fails: ((error: unknown) => void)[] = []
    const page = arrange({
      wrap: (platform) => ({ ...platform, fetch: () => new Promise((_resolve, reject) => void fails.push(reject)) }),
    })
    page.socket.connect()
    await page.clock.advance(2_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    page.page.say('offline')
    for (const fail of fails) fail(new TypeError('Failed to fetch'))
    await page.clock.advance(100)
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
  })

  test('met by two attempts one after the other is one request, and counts once', async () => {
    const page = arrange({ chance: 0 })
    page.backend.use(slowly(5_000, 503))
    page.socket.connect()
    await page.clock.advance(1_500)
    page.backend.dropConnections()
    await page.clock.advance(1_500)
    expect(page.backend.journal.count('upgrade')).toBe(2)
    await page.clock.advance(3_000)
    expect(page.ticketRequests()).toBe(1)
    expect(shown(page)).toMatchObject({ ticketFailures: 1 })
  })

  test('keeps a tenth socket waiting no longer than the first', async () => {
    const page = arrange()
    page.backend.use(slow(3_000))
    const grants = Promise.all(Array.from({ length: 10 }, () => page.auth.acquire({ signal: never() })))
    await page.clock.advance(1_000)
    expect((await grants).map(({ method }) => method)).toEqual(Array(10).fill('jwt'))
    expect(page.ticketRequests()).toBe(0)
    await page.clock.advance(10_000)
    // Nobody has asked for more: six were under way, and those in the queue have left it.
    expect(page.ticketRequests()).toBe(6)
  })
})

describe('PR-24: a prefetch that an attempt waits for', () => {
  async function answered(status: number, ms = 2_000) {
    const page = arrange({ chance: 0 })
    await page.connect()
    page.backend.use(slowly(700, status))
    page.auth.clearTicketCache()
    await page.clock.advance(300)
    const before = page.ticketRequests()
    page.backend.dropConnections()
    await page.clock.advance(ms)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    return { requests: page.ticketRequests() - before, ...shown(page) }
  }

  test.each([400, 403, 302, 200])('is not repeated when it is answered %d, and counts once', async (status) => {
    expect(await answered(status)).toMatchObject({ requests: 1, ticketFailures: 1, reverted: false })
  })

  test('is not repeated when it is answered 429 without Retry-After, and counts nothing', async () => {
    expect(await answered(429)).toMatchObject({ requests: 1, ticketFailures: 0 })
  })

  test('is repeated once when it is answered 503', async () => {
    expect(await answered(503)).toMatchObject({ requests: 2, ticketFailures: 1 })
  })

  test('is repeated once when it is answered 501, since a prefetch reverts no page', async () => {
    expect(await answered(501, 4_000)).toMatchObject({ requests: 2, reverted: true })
  })
})

describe('a rate limit', () => {
  test('PR-83: 429 without Retry-After is followed by no second request', async () => {
    const page = arrange()
    page.backend.use(answering(429))
    await page.connect()
    expect(timeline(page).slice(0, 3)).toEqual(['0 POST 429', '0 dial by jwt'])
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
  })

  test('429 with a Retry-After that fits is waited for', async () => {
    const page = arrange()
    page.backend.use(answering(429, { 'retry-after': '0.4' }))
    await page.connect()
    expect(timeline(page).slice(0, 3)).toEqual(['0 POST 429', '400 POST 429', '400 dial by jwt'])
  })
})

describe('a flag that is slow while an attempt waits in the queue', () => {
  test('is no failure of tickets: nothing was requested', async () => {
    let isSlow = false
    const page: TestPage = arrange({
      auth: {
        ticketAuth: async () => {
          if (isSlow) await new Promise<void>((resolve) => void page.clock.setTimer(resolve, 3_000))
          return true
        },
      },
    })
    page.backend.use(slow(100))
    const grants = Promise.all(Array.from({ length: 10 }, () => page.auth.acquire({ signal: never() })))
    await page.clock.advance(50)
    isSlow = true
    await page.clock.advance(3_000)
    const byJwt = (await grants).filter(({ method }) => method === 'jwt')
    expect([byJwt.length, page.ticketRequests()]).toEqual([4, 6])
    for (const grant of byJwt) grant.report({ kind: 'accepted' })
    await page.clock.advance(5_000)
    expect([shown(page).ticketFailures, page.times('auth.ticketFailed')]).toEqual([0, 0])
  })
})

describe('PR-83: tickets that are given up while an attempt waits for one', () => {
  /** The third socket's ticket is requested before the first one's JWT connection has shown that tickets do not work. */
  const waiting = async () => {
    let requests = 0
    const page = arrange({ auth: { maxTicketFailures: 1 }, backend: { latencyMs: 200 } })
    page.backend.use({
      name: 'downThenHanging',
      start: () => ({
        http: () => (++requests <= 2 ? new Response('{}', { status: 503 }) : new Promise<Response>(() => {})),
      }),
    })
    const second = createTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
    page.socket.connect()
    await page.clock.advance(700)
    second.connect()
    return { page, second }
  }

  test('are not waited for: it connects with the JWT at once', async () => {
    const { page, second } = await waiting()
    let revertedAtMs = 0
    page.auth.on('reverted', () => {
      revertedAtMs = page.clock.now()
    })
    const dialledAtMs: number[] = []
    page.backend.journal.subscribe(({ kind, atMs }) => void (kind === 'upgrade' && dialledAtMs.push(atMs)))
    await page.clock.advance(1_300)
    expect(second.store.getState()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(Number(dialledAtMs[1]) - revertedAtMs).toBeLessThanOrEqual(200)
    expect(shown(page)).toMatchObject({ ticketFailures: 1, reverted: true, prefetched: null })
    second.dispose()
  })

  test('wait for the newer JWT, where the backend has refused the one that would connect instead', async () => {
    let requests = 0
    let refreshes = 0
    const page: TestPage = arrange({
      auth: {
        maxTicketFailures: 1,
        async refreshToken() {
          refreshes++
          await new Promise<void>((resolve) => page.clock.setTimer(resolve, 3_000))
          page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
          return page.session.jwt
        },
      },
    })
    page.backend.use({
      name: 'downThenUnauthenticated',
      start: () => ({ http: () => new Response('{}', { status: ++requests <= 2 ? 503 : 401 }) }),
    })
    const { signal } = new AbortController()
    const first = page.auth.acquire({ signal })
    await page.clock.advance(1_500)
    const refused = page.session.jwt
    const second = page.auth.acquire({ signal })
    await page.clock.advance(100)
    ;(await first).report({ kind: 'accepted' })
    await page.clock.advance(5_000)
    expect(shown(page).reverted).toBe(true)
    const grant = await second
    expect([grant.method, refreshes]).toEqual(['jwt', 1])
    expect(grant.refreshFrame()).not.toMatchObject({ jwt: refused })
  })

  test('are waited for again after a reset in the same moment', async () => {
    const { page, second } = await waiting()
    page.auth.on('reverted', () => page.auth.resetTicketFailures())
    await page.clock.advance(700)
    expect(second.store.getState().phase).toBe('authenticating')
    second.dispose()
  })
})

test('tickets that are given up while a 401 has the JWT renewed: the attempt connects with the newer JWT', async () => {
  let requests = 0
  const page: TestPage = arrange({
    auth: {
      maxTicketFailures: 1,
      ticket: { permissions: ['chat'] },
      async refreshToken() {
        await new Promise<void>((resolve) => void page.clock.setTimer(resolve, 3_000))
        page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
        return page.session.jwt
      },
    },
  })
  page.backend.use({
    name: 'refusing the JWT, then answering with no ticket',
    start: () => ({ http: () => (++requests === 1 ? new Response('{}', { status: 401 }) : new Response('hello')) }),
  })
  page.socket.connect()
  await page.clock.advance(1_500)
  void page.auth.getWebSocketTicket()
  await page.clock.advance(500)
  expect([page.auth.store.getState().reverted, page.state().status]).toEqual([true, 'connecting'])
  await page.clock.advance(5_000)
  expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
})

describe('a slow ticket endpoint whose tickets every server refuses', () => {
  test('PR-83: counts each JWT connection after a fresh ticket that was refused, and reverts', async () => {
    const page = arrange({ chance: 0 })
    page.backend.use(slow(1_200), scenarios.ticketRefused)
    await page.connect()
    // The first ticket of the page is refused as a prefetched one: it may have grown old.
    for (const failures of [0, 0, 1, 2, 3]) {
      await page.clock.advance(30_000)
      expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
      expect(shown(page)).toMatchObject({ ticketFailures: failures, reverted: failures === 3 })
      page.backend.dropConnections()
    }
    expect(page.told).toContainEqual(['auth.reverted', { cause: expect.objectContaining({ code: 'ticket_rejected' }) }])
  })
})

describe('the request that goes on', () => {
  const overtaken = async (options: Parameters<typeof arrange>[0] = {}) => {
    const signals: AbortSignal[] = []
    const page = arrange({
      ...options,
      wrap: (platform) => ({
        ...platform,
        fetch: (url, init) => {
          if (init.method === 'POST') signals.push(init.signal as AbortSignal)
          return (platform.fetch as typeof fetch)(url, init)
        },
      }),
    })
    page.backend.use(scenarios.ticketEndpointHangs)
    page.socket.connect()
    await page.clock.advance(1_500)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    return { page, signal: signals[0] as AbortSignal, signals }
  }

  test('is not aborted by the step down, nor made a second time beside it', async () => {
    const { signal, signals, page } = await overtaken()
    await page.clock.advance(5_000)
    expect([signal.aborted, signals.length]).toEqual([false, 1])
  })

  test('ends with the connection that it was made for', async () => {
    const { page, signal } = await overtaken()
    page.socket.close()
    await page.clock.advance(100)
    expect(signal.aborted).toBe(true)
    expect(page.clock.pending?.() ?? 0).toBe(0)
  })

  test('ends with the session', async () => {
    const { page, signal } = await overtaken()
    page.auth.handleLogout()
    expect(signal.aborted).toBe(true)
    expect(shown(page)).toMatchObject({ ticketFailures: 0, lastError: null })
  })

  test('ends when the ticket cache is cleared, and counts nothing', async () => {
    const { page, signal } = await overtaken()
    page.auth.clearTicketCache()
    expect(signal.aborted).toBe(true)
    await page.clock.advance(20_000)
    expect(shown(page)).toMatchObject({ ticketFailures: 0 })
  })
})

describe('a JWT that the ticket endpoint refuses', () => {
  const renewing = async (ms: number) => {
    const page: TestPage = arrange({
      auth: {
        refreshToken: async () => {
          await new Promise<void>((resolve) => void page.clock.setTimer(resolve, ms))
          page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
          return page.session.jwt
        },
      },
    })
    page.backend.use(scenarios.jwtExpired)
    page.socket.connect()
    // A second, since the JWT was just received, and then what the app takes.
    await page.clock.advance(1_000 + ms + 100)
    return page
  }

  test('is not what the attempt steps down to: it waits for the newer one', async () => {
    const page = await renewing(3_000)
    const [dial] = page.backend.journal.of('upgrade')
    expect(page.state()).toMatchObject({ status: 'open' })
    expect(dial?.outcome).toBe('accepted')
  })

  test('and no newer one: an authentication error, not a dial', async () => {
    const page = arrange({
      auth: {
        refreshToken: () => new Promise<null>((resolve) => void page.clock.setTimer(() => resolve(null), 3_000)),
      },
    })
    page.backend.use(scenarios.jwtExpired)
    page.socket.connect()
    await page.clock.advance(60_000)
    expect(page.backend.journal.count('upgrade')).toBe(0)
  })
})

describe('everything stays as it was', () => {
  const requests = (page: TestPage) =>
    page.backend.journal.of('http').map(({ atMs }) => atMs - Number(page.backend.journal.of('http')[0]?.atMs))

  test.each([
    ['where the chain has no JWT', { chain: ['ticket'] as const }],
    ['where the app asks for permissions', { ticket: { permissions: ['chat'] } }],
  ])('%s: four requests within 15 s, and nothing is overtaken', async (_name, auth) => {
    const page = arrange({ auth: auth as never })
    page.backend.use(scenarios.ticketEndpointDown)
    page.socket.connect()
    await page.clock.advance(3_600)
    expect(requests(page).slice(0, 4)).toEqual([0, 500, 1_500, 3_500])

    const slower = arrange({ auth: auth as never })
    slower.backend.use(slow(3_000))
    slower.socket.connect()
    await slower.clock.advance(3_100)
    expect(slower.state()).toMatchObject({ status: 'open', method: 'ticket' })
  })

  test.each(['getWebSocketTicket', 'requestWebSocketTicket'] as const)('%s(): four requests', async (method) => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointDown)
    const result = page.auth[method]()
    await page.clock.advance(3_600)
    expect(await result).toMatchObject({ success: false })
    expect(requests(page)).toEqual([0, 500, 1_500, 3_500])
  })

  test('where the app asks for permissions a refused fresh ticket counts at once and backs off; reverted, the JWT is dialled at once', async () => {
    const page = arrange({ auth: { ticket: { permissions: ['chat'] } } })
    page.backend.use(scenarios.ticketRefused)
    const waits: unknown[] = []
    page.socket.on('lost', ({ retryInMs }) => void waits.push(retryInMs))
    await page.connect()
    await page.clock.advance(60_000)
    expect(waits).toEqual([1_000, 2_000, 0])
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(shown(page)).toMatchObject({ ticketFailures: 3, reverted: true })
  })

  test('a socket that waits for another ticket is dialled at once when tickets are given up', async () => {
    const page = arrange({ chance: 1, auth: { ticket: { permissions: ['chat'] }, maxTicketFailures: 2 } })
    page.backend.use(scenarios.ticketRefused)
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'reconnecting', error: { code: 'ticket_rejected' } })
    const other = page.auth.acquire({ signal: never() })
    await page.clock.advance(10)
    const grant = await other
    grant.report({ kind: 'refused' })
    await page.clock.advance(10)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
  })

  test('a chain that prefers the JWT connects with it, and says nothing of a step down', async () => {
    const page = arrange({ auth: { chain: ['jwt', 'ticket'] } })
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.times('auth.fallback')).toBe(0)
  })
})
