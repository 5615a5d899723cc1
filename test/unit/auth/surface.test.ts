// What an app calls and sees beside a connection: questions about the JWT, what an existing socket service plugs in,
// events, snapshots, log lines, and the end.

import { afterEach, describe, expect, test, vi } from 'vitest'
import type {
  Clock,
  Page,
  TicketRequestResult,
  UnifiedAuthService,
  UnifiedAuthServiceOptions,
} from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

type TestPage = ReturnType<typeof arrange>

/** Lets the backend answer while it is waited for. */
async function during<T>({ clock }: TestPage, promise: Promise<T>, ms = 1_000): Promise<T> {
  promise.catch(() => {})
  await clock.advance(ms)
  return promise
}

const outcomeOf = (promise: Promise<unknown>) => promise.catch((error: { code: string }) => `rejected: ${error.code}`)

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('initialize()', () => {
  test('reads the token and the flag, asks for no ticket, and answers with the snapshot', async () => {
    const page = arrange()
    expect(page.auth.store.getState()).toMatchObject({ signedIn: null, userId: null, ticketAuth: null })
    const snapshot = await page.auth.initialize()
    expect(snapshot).toMatchObject({ signedIn: true, userId: 'alice', ticketAuth: true, prefetched: null })
    expect(snapshot).toBe(page.auth.store.getState())
    await page.clock.advance(60_000)
    expect(page.backend.journal.count()).toBe(0)
    expect(page.clock.pending()).toBe(0)
  })

  test('with nobody signed in the flag is not read', async () => {
    const ticketAuth = vi.fn(() => true)
    const page = arrange({ auth: { ticketAuth } })
    page.session.jwt = null
    expect(await page.auth.initialize()).toMatchObject({ signedIn: false, userId: null, ticketAuth: null })
    expect(ticketAuth).not.toHaveBeenCalled()
  })

  test('rejects with a typed error when getToken fails or hangs', async () => {
    const fails = arrange({ auth: { getToken: () => Promise.reject(new Error('no session')) } })
    await expect(fails.auth.initialize()).rejects.toMatchObject({ code: 'token_callback_failed', retryable: true })
    const hangs = arrange({ auth: { getToken: () => new Promise(() => {}), tokenTimeoutMs: 3_000 } })
    await expect(during(hangs, hangs.auth.initialize(), 3_000)).rejects.toMatchObject({ code: 'timeout' })
    expect(hangs.clock.pending()).toBe(0)
  })
})

describe('validateAndRefreshToken()', () => {
  const WALL_MS = createVirtualClock().wallNow()
  const endingIn = (seconds: number) => jwtFor('alice', { exp: WALL_MS / 1_000 + seconds })

  /** A page whose JWT ends in so many seconds, and the number of times that a newer one was asked for. */
  function withToken(
    token: string | null,
    refreshToken: UnifiedAuthServiceOptions['refreshToken'] = () => endingIn(600),
  ) {
    const refresh = vi.fn(refreshToken)
    const page = arrange({ auth: { refreshToken: refresh } })
    page.session.jwt = token
    return { page, refresh }
  }

  test.each([
    ['has ten minutes to live', endingIn(600), true, 0],
    ['has 31 s to live', endingIn(31), true, 0],
    ['has 30 s to live', endingIn(30), true, 1],
    ['has ended', endingIn(-1), true, 1],
    ['tells no end', jwtFor('alice'), true, 0],
    ['is opaque', 'an-opaque-token', true, 0],
    ['is not there', null, false, 0],
  ])('a JWT that %s', async (_name, token, usable, refreshes) => {
    const { page, refresh } = withToken(token)
    expect(await page.auth.validateAndRefreshToken()).toBe(usable)
    expect(refresh).toHaveBeenCalledTimes(refreshes)
  })

  test('the newer JWT is the one that is used from then on', async () => {
    const newer = endingIn(600)
    const { page } = withToken(endingIn(-1), () => newer)
    await page.auth.validateAndRefreshToken()
    expect(page.auth.getAuthHeaders()).toEqual({ Authorization: `Bearer ${newer}` })
  })

  test('false when after the refresh nobody is signed in', async () => {
    const { page } = withToken(endingIn(-1), () => null)
    expect(await page.auth.validateAndRefreshToken()).toBe(false)
    expect(page.auth.isAuthenticated()).toBe(false)
  })

  test('false when no newer JWT is to be had', async () => {
    const token = endingIn(-1)
    const { page } = withToken(token, () => token)
    expect(await page.auth.validateAndRefreshToken()).toBe(false)
    const unrefreshed = arrange()
    unrefreshed.session.jwt = token
    expect(await unrefreshed.auth.validateAndRefreshToken()).toBe(false)
  })

  test('without refreshToken, getToken is asked once more', async () => {
    const answers = [endingIn(10), endingIn(600)]
    const page = arrange({ auth: { getToken: () => answers.shift() } })
    expect(await page.auth.validateAndRefreshToken()).toBe(true)
    expect(answers).toEqual([])
  })

  test('a wall clock that runs an hour ahead costs one refresh in five minutes, and never a session', async () => {
    const { page, refresh } = withToken(endingIn(600), () => page.backend.rotateToken('alice', endingIn(600)))
    page.clock.setWall(WALL_MS + 3_600_000)
    for (const [times, ms] of [
      [1, 0],
      [1, 299_999],
      [2, 1],
    ] as const) {
      await page.clock.advance(ms)
      expect(await page.auth.validateAndRefreshToken()).toBe(true)
      expect(refresh).toHaveBeenCalledTimes(times)
    }
    page.session.jwt = page.auth.getWebSocketAuthConfig().token
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  })

  test('a wall clock that runs an hour behind believes a JWT that has ended: the backend’s 401 decides', async () => {
    const { page, refresh } = withToken(endingIn(-600))
    page.clock.setWall(WALL_MS - 3_600_000)
    expect(await page.auth.validateAndRefreshToken()).toBe(true)
    expect(refresh).not.toHaveBeenCalled()
  })

  test('rejects when the app’s own callback fails', async () => {
    const { page } = withToken(endingIn(-1), () => Promise.reject(new Error('offline')))
    await expect(page.auth.validateAndRefreshToken()).rejects.toMatchObject({ code: 'token_callback_failed' })
  })
})

describe('handleAuthError()', () => {
  test('fifty callers share one refresh, whichever method they came by, and all get its answer', async () => {
    const newer = jwtFor('alice')
    let finish = (_: string) => {}
    const refreshToken = vi.fn(() => {
      return new Promise<string>((resolve) => {
        finish = resolve
      })
    })
    const page = arrange({ auth: { refreshToken } })
    await page.auth.initialize()
    const callers = Promise.all(Array.from({ length: 50 }, () => page.auth.handleAuthError()))
    const plugged = page.auth.getWebSocketAuthConfig().refreshToken()
    await page.clock.settle()
    finish(newer)
    expect(new Set(await callers)).toEqual(new Set([true]))
    expect(await plugged).toBe(newer)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  test('fifty callers share one failure, and the next one asks again', async () => {
    const refreshToken = vi.fn(async () => page.session.jwt)
    const page: TestPage = arrange({ auth: { refreshToken } })
    await page.auth.initialize()
    const answers = await Promise.all(Array.from({ length: 50 }, () => page.auth.handleAuthError()))
    expect(new Set(answers)).toEqual(new Set([false]))
    expect(refreshToken).toHaveBeenCalledTimes(1)
    await page.auth.handleAuthError()
    expect(refreshToken).toHaveBeenCalledTimes(2)
  })

  test('false when nothing newer is to be had; the session stays', async () => {
    const page = arrange()
    await page.connect()
    expect(await page.auth.handleAuthError()).toBe(false)
    expect(page.auth.isAuthenticated()).toBe(true)
    expect(page.state().status).toBe('open')
  })

  test('false when the app says that nobody is signed in any more: that is a sign-out', async () => {
    const page = arrange({ auth: { refreshToken: () => null } })
    await page.connect()
    expect(await page.auth.handleAuthError()).toBe(false)
    expect(page.auth.store.getState()).toMatchObject({ signedIn: false, userId: null, prefetched: null })
    expect(page.state().status).toBe('closed')
  })

  test('a newer JWT of the same user ends nothing: connection and prefetched ticket stay', async () => {
    const page = arrange({ auth: { refreshToken: () => jwtFor('alice') } })
    await page.connect()
    const { prefetched } = page.auth.store.getState()
    expect(await page.auth.handleAuthError()).toBe(true)
    expect(page.state().status).toBe('open')
    expect(page.auth.store.getState().prefetched).toBe(prefetched)
    expect(page.times('auth.userChanged')).toBe(0)
  })

  test('rejects when the callback fails or hangs, and leaves nothing behind', async () => {
    const fails = arrange({ auth: { refreshToken: () => Promise.reject(new Error('offline')) } })
    expect(await outcomeOf(fails.auth.handleAuthError())).toBe('rejected: token_callback_failed')
    const hangs = arrange({ auth: { refreshToken: () => new Promise(() => {}) } })
    expect(await outcomeOf(during(hangs, hangs.auth.handleAuthError(), 10_000))).toBe('rejected: timeout')
    expect(hangs.clock.pending()).toBe(0)
  })
})

describe('getWebSocketAuthConfig()', () => {
  test('before anything was read there is no token, and no ticket would be used', () => {
    expect(arrange().auth.getWebSocketAuthConfig()).toMatchObject({ token: null, useTicketAuth: false })
  })

  test('with the flag on: the JWT, and a ticket of its own for each call', async () => {
    const page = arrange()
    await page.auth.initialize()
    const { token, useTicketAuth, getTicket } = page.auth.getWebSocketAuthConfig()
    expect([token, useTicketAuth]).toEqual([page.session.jwt, true])
    const [first, second] = await during(page, Promise.all([getTicket(), getTicket()]))
    expect(first).toEqual({
      success: true,
      ticket: {
        ticket: expect.stringMatching(/^[\w-]{43}$/),
        created_at: page.clock.wallNow() - 1_000,
        expires_at: page.clock.wallNow() - 1_000 + 300_000,
        handle: page.told.flatMap(([name, payload]) =>
          name === 'auth.ticketTaken' ? [(payload as { handle: string }).handle] : [],
        )[0],
        single_use: true,
        websocket_url: expect.stringContaining(page.backend.wsUrl),
      },
    })
    expect(second).toMatchObject({ success: true })
    expect(second).not.toEqual(first)
  })

  test('with the flag off: the JWT as before, no ticket, and not one request', async () => {
    const page = arrange({ auth: { ticketAuth: false } })
    await page.auth.initialize()
    const { token, useTicketAuth, getTicket } = page.auth.getWebSocketAuthConfig()
    expect([token, useTicketAuth]).toEqual([page.session.jwt, false])
    expect(await getTicket()).toMatchObject({ success: false, recoverable: false, error: { code: 'tickets_disabled' } })
    expect(page.backend.journal.count()).toBe(0)
  })

  test('after a reversion: no ticket, and no further request', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointMissing)
    await page.auth.initialize()
    const { getTicket } = page.auth.getWebSocketAuthConfig()
    expect(await during(page, getTicket())).toMatchObject({ success: false, error: { code: 'tickets_unsupported' } })
    expect(page.auth.getWebSocketAuthConfig().useTicketAuth).toBe(false)
    expect(await during(page, getTicket())).toMatchObject({
      success: false,
      error: { code: 'tickets_disabled', cause: { code: 'tickets_unsupported' } },
    })
    expect(page.ticketRequests()).toBe(1)
  })

  test('a ticket that cannot be had is a result, and no exception', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointDown)
    await page.auth.initialize()
    expect(await during(page, page.auth.getWebSocketAuthConfig().getTicket(), 20_000)).toMatchObject({
      success: false,
      recoverable: true,
      error: { code: 'server_unavailable', status: 503 },
    })
  })

  test('refreshToken is the newer JWT, or null when the user has to sign in', async () => {
    const newer = jwtFor('alice')
    const page = arrange({ auth: { refreshToken: () => newer } })
    await page.auth.initialize()
    const { refreshToken } = page.auth.getWebSocketAuthConfig()
    expect(await refreshToken()).toBe(newer)
    expect(await refreshToken()).toBeNull()
  })

  test('a sign-out takes the token away', async () => {
    const page = arrange()
    await page.auth.initialize()
    page.auth.handleLogout()
    expect(page.auth.getWebSocketAuthConfig()).toMatchObject({ token: null, useTicketAuth: false })
    expect(await page.auth.getWebSocketAuthConfig().getTicket()).toMatchObject({
      success: false,
      error: { code: 'unauthenticated' },
    })
  })
})

describe('clearTicketCache()', () => {
  test('forgets the unspent ticket: the socket stays, and the next connection has another ticket', async () => {
    const page = arrange()
    await page.connect()
    const forgotten = page.auth.store.getState().prefetched?.handle
    page.auth.clearTicketCache()
    expect(page.auth.store.getState().prefetched).toBeNull()
    await page.clock.advance(1_000)
    expect(page.state().status).toBe('open')
    expect(page.times('lost')).toBe(0)
    page.backend.dropConnections()
    await page.clock.advance(10_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
    expect(page.backend.journal.of('upgrade').map(({ handle }) => handle)).not.toContain(forgotten)
  })

  test('forgets the request for one, too: its late answer is not kept, and the next one is', async () => {
    const page = arrange({ backend: { latencyMs: 200 } })
    await page.auth.initialize()
    page.auth.keepPrefetched()
    await page.clock.advance(300)
    page.auth.clearTicketCache()
    await page.clock.advance(200)
    expect(page.auth.store.getState().prefetched).toBeNull()
    await page.clock.advance(10_000)
    expect(page.ticketRequests()).toBe(2)
    expect(page.told.filter(([name]) => name === 'auth.ticketIssued')).toEqual([
      ['auth.ticketIssued', expect.objectContaining({ handle: page.auth.store.getState().prefetched?.handle })],
    ])
  })
})

describe('events', () => {
  test('ticketRefreshed: the prefetched ticket of a page in use is replaced before it expires', async () => {
    const page = arrange()
    const replaced: { told: string; shown: string | undefined; before: string | undefined; msLeft: number }[] = []
    await page.connect()
    let before = page.auth.store.getState().prefetched
    page.auth.on('ticketRefreshed', ({ handle }) => {
      const { prefetched } = page.auth.store.getState()
      const msLeft = (before?.expiresAt ?? 0) - page.clock.wallNow()
      replaced.push({ told: handle, shown: prefetched?.handle, before: before?.handle, msLeft })
      before = prefetched
    })
    for (let seconds = 0; seconds < 900; seconds += 20) {
      page.socket.send({ type: 'chat' })
      await page.clock.advance(20_000)
    }
    expect(replaced).toHaveLength(3)
    for (const { told, shown, before, msLeft } of replaced) {
      expect(told).toBe(shown)
      expect(told).not.toBe(before)
      // `refreshThresholdMs`, and a quarter of it for jitter.
      expect(msLeft).toBeGreaterThanOrEqual(30_000)
      expect(msLeft).toBeLessThanOrEqual(37_500)
    }
  })

  test('userChanged: once when the session ends, once when another begins, with the snapshot to match', async () => {
    const page = arrange()
    await page.connect()
    const told: unknown[] = []
    page.auth.on('userChanged', (change) => told.push([change, page.auth.store.getState().signedIn]))
    page.auth.handleLogout()
    page.signIn('bob')
    await page.clock.advance(1_000)
    expect(told).toEqual([
      [{ signedIn: false }, false],
      [{ signedIn: true }, true],
    ])
    expect(page.auth.store.getState().userId).toBe('bob')
  })

  test('the function that on() returns ends the subscription', async () => {
    const page = arrange()
    const received = vi.fn()
    const stop = page.auth.on('userChanged', received)
    page.auth.handleLogout()
    stop()
    page.auth.signedIn()
    expect(received).toHaveBeenCalledTimes(1)
  })

  test('log lines hold handles, codes and a few plain facts, and nothing else', async () => {
    const lines: [level: string, message: string, details: Record<string, unknown>][] = []
    const log =
      (level: string) =>
      (message: string, details: Record<string, unknown> = {}) =>
        void lines.push([level, message, details])
    const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
    const page = arrange({ wrap: (platform) => ({ ...platform, logger }) })
    await page.connect()
    const heal = page.backend.use(scenarios.ticketEndpointDown)
    for (let i = 0; i < 4; i++) {
      page.backend.dropConnections()
      await page.clock.advance(30_000)
    }
    heal()
    page.auth.handleLogout()

    expect([...new Set(lines.map(([level, message]) => `${level}: ${message}`))].sort()).toEqual([
      'debug: socket closed',
      'debug: socket open',
      'debug: ticket issued',
      'debug: ticket taken',
      'info: no ticket',
      'info: socket lost',
      'info: user changed',
      'warn: fell back',
      'warn: reverted to JWT for good',
    ])
    const plain: Record<string, (value: unknown) => boolean> = {
      handle: (value) => /^[\w-]{43}$/.test(String(value)),
      code: (value) => value === 'server_unavailable' || value === 'connection_lost',
      status: (value) => value === 503,
      ttlMs: (value) => value === 300_000,
      from: (value) => value === 'ticket',
      to: (value) => value === 'jwt',
      ahead: (value) => typeof value === 'boolean',
      fresh: (value) => typeof value === 'boolean',
      signedIn: (value) => value === false,
      method: (value) => value === 'ticket' || value === 'jwt',
      retryInMs: (value) => typeof value === 'number',
      by: (value) => value === 'logout',
      closeDetails: (value) => value === null || JSON.stringify(value) === '{"code":1006,"reason":"","wasClean":false}',
    }
    const odd = lines.flatMap(([, , details]) => Object.entries(details)).filter(([key, value]) => !plain[key]?.(value))
    expect(odd).toEqual([])
    const handles = lines.flatMap(([, , { handle }]) => (handle === undefined ? [] : [handle]))
    expect(handles).toContain(page.backend.journal.of('upgrade')[0]?.handle)
  })
})

describe('snapshots', () => {
  test('keep their identity until something changed', async () => {
    const page = arrange()
    const received = vi.fn()
    expect(page.auth.store.getInitialState()).toBe(page.auth.store.getState())
    await page.auth.initialize()
    const before = page.auth.store.getState()
    page.auth.store.subscribe(received)
    await page.auth.initialize()
    await page.auth.validateAndRefreshToken()
    page.auth.clearTicketCache()
    page.auth.resetTicketFailures()
    expect(page.auth.store.getState()).toBe(before)
    expect(received).not.toHaveBeenCalled()
    page.auth.handleLogout()
    expect(page.auth.store.getState()).not.toBe(before)
    expect(before).toMatchObject({ signedIn: true, userId: 'alice' })
    expect(received).toHaveBeenCalled()
  })

  test('every service begins with the same one, whatever the clock says and whichever user is signed in', () => {
    const one = arrange().auth.store.getInitialState()
    const other = arrange({ auth: { getToken: () => null, ticketAuth: false } }).auth.store.getInitialState()
    expect(one).toEqual(other)
  })
})

test('a subscriber and a listener that throw keep no other from being called, and their errors are reported', async () => {
  const reported: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
  const page = arrange()
  const received: string[] = []
  const fail = (what: string) => () => {
    throw new Error(what)
  }
  page.auth.store.subscribe(fail('subscriber'))
  page.auth.store.subscribe(() => received.push('snapshot'))
  page.auth.on('ticketIssued', fail('listener'))
  page.auth.on('ticketIssued', () => received.push('ticketIssued'))
  page.auth.onSessionChange(fail('session change'))
  page.auth.onSessionChange(() => received.push('session change'))
  await page.connect()
  expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  page.auth.handleLogout()
  expect(page.state().status).toBe('closed')
  expect(new Set(received)).toEqual(new Set(['snapshot', 'ticketIssued', 'session change']))
  expect(new Set(reported.map(String))).toEqual(
    new Set(['Error: subscriber', 'Error: listener', 'Error: session change']),
  )
})

describe('dispose()', () => {
  /** A page whose own timers and subscriptions are counted, apart from the backend's. */
  function arrangeCounted() {
    const timers = new Set<object>()
    let subscriptions = 0
    const page = arrange({
      wrap(platform) {
        const clock = platform.clock as Clock
        const signals = platform.page as Page
        const setTimer: Clock['setTimer'] = (callback, delayMs) => {
          const timer = {}
          const cancel = clock.setTimer(() => {
            timers.delete(timer)
            callback()
          }, delayMs)
          timers.add(timer)
          return () => {
            timers.delete(timer)
            cancel()
          }
        }
        const subscribe: Page['subscribe'] = (listener) => {
          const stop = signals.subscribe(listener)
          subscriptions++
          return () => {
            subscriptions--
            stop()
          }
        }
        return { ...platform, clock: { ...clock, setTimer }, page: { ...signals, subscribe } }
      },
    })
    return { page, alive: () => [timers.size, subscriptions] }
  }

  test('ends everything: no timer, subscription, request or socket is left, and nothing comes back', async () => {
    const { page, alive } = arrangeCounted()
    await page.connect()
    expect(Math.min(...alive())).toBeGreaterThan(0)
    const received = vi.fn()
    page.auth.on('userChanged', received)
    page.auth.dispose()
    expect(received).toHaveBeenCalledTimes(1)
    expect(page.state().status).toBe('closed')
    await page.clock.advance(2_000)
    expect(alive()).toEqual([0, 0])
    const entries = page.backend.journal.count()
    page.page.say('shown')
    page.page.say('online')
    page.auth.signedIn()
    await page.clock.advance(3_600_000)
    expect(page.backend.journal.count()).toBe(entries)
    expect(page.backend.connections()).toHaveLength(0)
    expect(received).toHaveBeenCalledTimes(1)
  })

  test('a request that is under way ends as a result, at once', async () => {
    const { page, alive } = arrangeCounted()
    page.backend.use(scenarios.ticketEndpointHangs)
    await page.auth.initialize()
    const asked = page.auth.requestWebSocketTicket()
    await page.clock.advance(1_000)
    page.auth.dispose()
    expect(await asked).toMatchObject({ success: false, recoverable: false, error: { code: 'signed_out' } })
    expect(alive()).toEqual([0, 0])
  })

  test('a revocation that is never answered is given up after two seconds', async () => {
    const { page, alive } = arrangeCounted()
    await page.connect()
    page.backend.use(scenarios.ticketEndpointHangs)
    page.auth.dispose()
    await page.clock.advance(1_900)
    expect(alive()[0]).toBeGreaterThan(0)
    await page.clock.advance(200)
    expect(alive()).toEqual([0, 0])
  })
})

describe('a signal of the caller', () => {
  /** The app's callbacks and the backend never answer. */
  const hanging = () => arrange({ auth: { getToken: () => new Promise(() => {}) } })
  const calls: [
    name: string,
    call: (auth: UnifiedAuthService, options: { signal: AbortSignal }) => Promise<unknown>,
  ][] = [
    ['initialize', (auth, options) => auth.initialize(options)],
    ['validateAndRefreshToken', (auth, options) => auth.validateAndRefreshToken(options)],
    ['handleAuthError', (auth, options) => auth.handleAuthError(undefined, options)],
    ['getWebSocketTicket', (auth, options) => auth.getWebSocketTicket(options)],
    ['requestWebSocketTicket', (auth, options) => auth.requestWebSocketTicket(options)],
    ['validateTicket', (auth, options) => auth.validateTicket('handle', options)],
    ['revokeTicket', (auth, options) => auth.revokeTicket('handle', options)],
    ['revokeAllTickets', (auth, options) => auth.revokeAllTickets(options)],
  ]

  test.each(calls)('ends %s at once, whatever hangs, and counts for nothing', async (_name, call) => {
    const page = hanging()
    const controller = new AbortController()
    const outcome = call(page.auth, { signal: controller.signal }).then(
      (result) => (result as TicketRequestResult & { success: false }).error,
      (error: unknown) => error,
    )
    await page.clock.advance(10)
    controller.abort()
    expect(await outcome).toMatchObject({ code: 'aborted' })
    expect(page.told).toEqual([])
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, lastError: null })
    expect(page.clock.pending()).toBe(0)
  })

  test('ends a request to the backend, too', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointHangs)
    const controller = new AbortController()
    const { signal } = controller
    const outcomes = Promise.all([
      page.auth.getWebSocketTicket({ signal }),
      page.auth.getTicketSystemStatus({ signal: AbortSignal.abort() }).catch((error: unknown) => ({ error })),
    ])
    await page.clock.advance(10)
    controller.abort()
    expect(await outcomes).toMatchObject([{ error: { code: 'aborted' } }, { error: { code: 'aborted' } }])
  })
})
