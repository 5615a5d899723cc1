// What happens when a listener of the end of a session ends the next one, too: the last call counts, for every listener.

import { describe, expect, test } from 'vitest'
import { createTicketSocket, type Platform, type TicketSocketOptions } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'
import { once } from '../../support/once.ts'
import { countedPage } from './counted-page.ts'

type TestPage = ReturnType<typeof arrange>
const never = () => new AbortController().signal
const methods = ({ backend }: TestPage) =>
  backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)

function signOut({ session, auth }: TestPage) {
  session.jwt = null
  auth.handleLogout()
}

/** What a call comes to, once the clock has moved. */
async function settled<T>(page: TestPage, promise: Promise<T>) {
  const result = Promise.allSettled([promise])
  await page.clock.advance(20_000)
  return (await result)[0]
}

describe('a sign-out by one of those who are called at a sign-in', () => {
  test('is received by both sockets as the last word: neither dials as nobody', async () => {
    const page = arrange({ backend: { upgrade: { allowAnonymous: true } } })
    const options = { url: page.backend.wsUrl, auth: page.auth, platform: page.platform } as TicketSocketOptions
    const second = createTicketSocket(options)
    await page.connect()
    second.connect()
    await page.clock.advance(1_000)
    page.socket.on(
      'lost',
      once(() => signOut(page)),
    )
    page.signIn('bob')
    await page.clock.advance(60_000)
    expect([page.state().status, second.store.getState().status]).toEqual(['closed', 'closed'])
    expect(methods(page)).toEqual(['ticket', 'ticket'])
  })

  test.each(['userChanged', 'store', 'port', 'abort'])(
    'from %s: every listener is called with it, and none with the sign-in after it',
    async (from) => {
      const abortOf = (platform: Partial<Platform>): Partial<Platform> => ({
        ...platform,
        fetch: (url, init) => {
          if (from === 'abort')
            init.signal?.addEventListener(
              'abort',
              once(() => signOut(page)),
            )
          return (platform.fetch as Platform['fetch'])(url, init)
        },
      })
      const page: TestPage = arrange({ wrap: abortOf, backend: { latencyMs: 500 } })
      page.auth.acquire({ signal: never() }).catch(() => {})
      await page.clock.settle()
      const end = once(() => signOut(page))
      if (from === 'userChanged') page.auth.on('userChanged', end)
      if (from === 'store') page.auth.store.subscribe(({ userId }) => userId === null && end())
      if (from === 'port') page.auth.onSessionChange(end)
      const received: boolean[] = []
      page.auth.onSessionChange((signedIn) => received.push(signedIn))
      page.auth.on('userChanged', ({ signedIn }) => received.push(signedIn))
      page.auth.signedIn()
      expect(received.filter((signedIn, i) => signedIn && received.lastIndexOf(false) < i)).toEqual([])
      expect(received.at(-1)).toBe(false)
      expect(page.auth.store.getState()).toMatchObject({ signedIn: false, userId: null })
    },
  )

  test('ends the attempt that noticed the other user: Bob gets no ticket, and nobody is signed in', async () => {
    const page = arrange()
    await page.auth.initialize()
    page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
    page.auth.on(
      'userChanged',
      once(() => signOut(page)),
    )
    expect(await settled(page, page.auth.acquire({ signal: never() }))).toMatchObject({
      reason: { code: 'signed_out' },
    })
    expect(page.auth.isAuthenticated()).toBe(false)
    expect(page.ticketRequests()).toBe(0)
  })
})

test('a sign-out by a listener of the change to Bob bars the JWT that has named him', async () => {
  const page = arrange()
  await page.auth.initialize()
  page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
  page.auth.on(
    'userChanged',
    once(() => page.auth.handleLogout()),
  )
  await settled(page, page.auth.initialize())
  expect(await settled(page, page.auth.initialize())).toMatchObject({ value: { signedIn: false, userId: null } })
})

test('a sign-in by one of those who are called at a sign-out: the attempt does not connect as nobody', async () => {
  const page = arrange()
  await page.auth.initialize()
  page.session.jwt = null
  page.auth.on(
    'userChanged',
    once(() => page.signIn('bob')),
  )
  expect(await settled(page, page.auth.acquire({ signal: never() }))).toMatchObject({ reason: { code: 'signed_out' } })
})

test('a sign-in just as the app has said that nobody is signed in: the attempt does not connect as nobody', async () => {
  const connectedAsNobody: number[] = []
  for (let hops = 0; hops < 20; hops++) {
    const page = arrange()
    page.session.jwt = null
    const order: string[] = []
    const asked = page.auth.acquire({ signal: never() }).then(({ method }) => order.push(method))
    asked.catch(() => {})
    for (let i = 0; i < hops; i++) await null
    order.push('sign-in')
    page.signIn('bob')
    await page.clock.advance(1_000)
    if (order.join() === 'sign-in,none') connectedAsNobody.push(hops)
  }
  // The one moment in which the answer is on its way from the service's last line to the first one of its caller.
  expect(connectedAsNobody.length).toBeLessThanOrEqual(1)
})

test('a JWT that comes for another attempt just as the app has said that nobody is signed in: it is used', async () => {
  const connectedAsNobody: number[] = []
  for (let hops = 0; hops < 20; hops++) {
    const answers: ((jwt: string | null) => void)[] = []
    const page = arrange({ auth: { getToken: () => new Promise((resolve) => answers.push(resolve)) } })
    const order: string[] = []
    void page.auth.acquire({ signal: never() }).then(({ method }) => order.push(method))
    void page.auth.acquire({ signal: never() })
    await page.clock.settle()
    page.auth.store.subscribe(({ userId }) => userId && order.push('signed in'))
    answers[0]?.(null)
    for (let i = 0; i < hops; i++) await null
    answers[1]?.(page.session.jwt)
    await page.clock.advance(1_000)
    if (order.slice(0, 2).join() === 'signed in,none') connectedAsNobody.push(hops)
  }
  // The one moment in which the answer is on its way from the service's last line to the first one of its caller.
  expect(connectedAsNobody.length).toBeLessThanOrEqual(1)
})

test('when userChanged is received the sockets are closed already', async () => {
  const page = arrange()
  await page.connect()
  const statuses: string[] = []
  page.auth.on('userChanged', () => statuses.push(page.state().status))
  page.auth.handleLogout()
  expect(statuses).toEqual(['closed'])
})

describe('what a session has learnt', () => {
  test('stays with it when ticketFailed ends it', async () => {
    const page = arrange({ auth: { maxTicketFailures: 1 } })
    page.backend.use(scenarios.htmlFromProxy)
    page.auth.on(
      'ticketFailed',
      once(() => page.signIn('bob')),
    )
    await settled(page, page.auth.getWebSocketTicket())
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
  })

  test('may be forgotten by its listener: a reset within reverted is not undone', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointMissing)
    page.auth.on('reverted', () => page.auth.resetTicketFailures())
    await settled(page, page.auth.acquire({ signal: never() }))
    expect(page.times('auth.reverted')).toBe(1)
    expect(page.auth.store.getState().reverted).toBe(false)
  })

  test('may be forgotten by a subscriber: a reset on seeing the reversion takes the event back', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointMissing)
    page.auth.store.subscribe(({ reverted }) => reverted && page.auth.resetTicketFailures())
    await settled(page, page.auth.acquire({ signal: never() }))
    expect(page.auth.store.getState().reverted).toBe(false)
    expect(page.times('auth.reverted')).toBe(0)
  })

  test('is reported to no listener once one of them has ended it', async () => {
    const page = arrange()
    page.backend.use(scenarios.htmlFromProxy)
    page.auth.store.subscribe(({ lastError }) => lastError && signOut(page))
    await settled(page, page.auth.getWebSocketTicket())
    expect(page.told.map(([name]) => name)).toEqual(['auth.userChanged'])
  })

  test('stays with it when the wait that the backend asks for is shown', async () => {
    const page = arrange()
    page.backend.use({
      name: 'missing, and asking to wait',
      start: () => ({ http: () => new Response(null, { status: 404, headers: { 'retry-after': '5' } }) }),
    })
    const signInBob = once(() => page.signIn('bob'))
    page.auth.store.subscribe(({ lastError }) => lastError && signInBob())
    await settled(page, page.auth.acquire({ signal: never() }))
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
  })

  test('stays with it when the prefetched ticket goes, which is shown, as its ticket is refused', async () => {
    const page = arrange({ auth: { maxTicketFailures: 1 } })
    const acquired = settled(page, page.auth.acquire({ signal: never() }))
    const { value: grant } = (await acquired) as PromiseFulfilledResult<
      Awaited<ReturnType<TestPage['auth']['acquire']>>
    >
    const end = page.auth.keepPrefetched()
    await page.clock.advance(1_000)
    expect(page.auth.store.getState().prefetched).not.toBeNull()
    const signInAsBob = once(() => page.signIn('bob'))
    page.auth.store.subscribe(({ prefetched }) => prefetched === null && signInAsBob())
    end()
    grant.report({ kind: 'refused' })
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
  })
})

test('a ticket that was given before, and whose coming ends the session, is no failure of the next one', async () => {
  const page: TestPage = arrange({
    wrap: (platform) => {
      let first: Promise<string> | null = null
      return {
        ...platform,
        async fetch(url, init) {
          const answer = await (platform.fetch as Platform['fetch'])(url, init)
          first ??= answer.text()
          return new Response(await first, { status: 200, headers: { 'content-type': 'application/json' } })
        },
      }
    },
  })
  await settled(page, page.auth.getWebSocketTicket())
  page.auth.on(
    'ticketIssued',
    once(() => page.signIn('bob')),
  )
  const result = await settled(page, page.auth.getWebSocketTicket())
  expect(result).toMatchObject({ value: { success: false, error: { code: 'signed_out' } } })
  expect(page.auth.store.getState()).toMatchObject({ userId: null, ticketFailures: 0, lastError: null })
})

test('a prefetched ticket whose taking is shown, and ends its session, does not come back in the next one', async () => {
  const page = arrange()
  await page.auth.initialize()
  const end = page.auth.keepPrefetched()
  await page.clock.advance(1_000)
  end()
  const signInAsBob = once(() => page.signIn('bob'))
  page.auth.store.subscribe(({ prefetched }) => prefetched === null && signInAsBob())
  expect(await settled(page, page.auth.acquire({ signal: never() }))).toMatchObject({ reason: { code: 'signed_out' } })
  expect(page.auth.store.getState().prefetched).toBeNull()
  await settled(page, page.auth.acquire({ signal: never() }))
  expect(page.times('auth.ticketIssued')).toBe(2)
})

test('a renewal whose JWT is shown, and ends its session, asks for no newer one in the next', async () => {
  const { page, calls } = countedPage('refreshToken')
  page.session.jwt = jwtFor('alice', { exp: page.clock.wallNow() / 1000 + 60 })
  const signInAsBob = once(() => page.signIn('bob'))
  page.auth.store.subscribe(({ signedIn }) => signedIn && signInAsBob())
  const end = await settled(page, page.auth.acquire({ signal: never(), renew: true }))
  expect(end).toMatchObject({ reason: { code: 'signed_out' } })
  expect(calls()).toBe(0)
})

test('the next session asks for a newer JWT for itself, though one is on its way for the last', async () => {
  const answers: ((jwt: string | null) => void)[] = []
  const page = arrange({ auth: { refreshToken: () => new Promise((resolve) => answers.push(resolve)) } })
  await page.auth.initialize()
  const forAlice = page.auth.handleAuthError()
  page.auth.signedIn()
  const forBob = page.auth.handleAuthError()
  expect(answers).toHaveLength(2)
  answers[0]?.(null)
  answers[1]?.(jwtFor('bob'))
  expect(await Promise.all([forAlice, forBob])).toEqual([false, true])
  expect(page.auth.getCurrentUser()?.userId).toBe('bob')
})

describe('a sign-out some microtasks after ticketTaken', () => {
  /** Whether something was given by the time that the session had ended. */
  async function isGivenAfter(hops: number, kind: 'acquire' | 'getWebSocketTicket'): Promise<boolean> {
    const page = arrange()
    const order: string[] = []
    page.auth.on('ticketTaken', async () => {
      for (let i = 0; i < hops; i++) await null
      order.push('signed out')
      page.auth.handleLogout()
    })
    const asked: Promise<unknown> = kind === 'acquire' ? page.auth.acquire({ signal: never() }) : page.auth[kind]()
    const given = asked.then((result) => (result as { success?: boolean }).success !== false && order.push('given'))
    given.catch(() => {})
    await page.clock.advance(1_000)
    return order.join() === 'signed out,given'
  }

  test.each(['acquire', 'getWebSocketTicket'] as const)(
    '%s gives nothing of the session that has ended',
    async (kind) => {
      const given: number[] = []
      for (let hops = 0; hops < 20; hops++) if (await isGivenAfter(hops, kind)) given.push(hops)
      // Nobody can take back what is on its way from the service's last line to the first one of its caller.
      expect(given.length).toBeLessThanOrEqual(1)
    },
  )
})

describe('an answer and the end of what it was asked for, some microtasks apart', () => {
  const HOPS = Array.from({ length: 20 }, (_, hops) => hops)

  test.each(HOPS)('getToken names Bob, and Alice signs out %d microtasks later: nobody is signed in', async (hops) => {
    let answer = (_: string) => {}
    let isLate = false
    const page: TestPage = arrange({
      auth: {
        getToken: () => (isLate ? new Promise<string>((resolve) => (answer = resolve)) : page.session.jwt),
      },
    })
    await page.auth.initialize()
    isLate = true
    page.auth.initialize().catch(() => {})
    await page.clock.settle()
    answer(jwtFor('bob'))
    for (let i = 0; i < hops; i++) await null
    isLate = false
    signOut(page)
    await page.clock.advance(1_000)
    expect(page.auth.store.getState()).toMatchObject({ signedIn: false, userId: null })
    expect(page.auth.isAuthenticated()).toBe(false)
    expect(page.told.at(-1)).toEqual(['auth.userChanged', { signedIn: false }])
  })

  test('a prefetched ticket is issued, and dropped: the call that waits for it gets another one', async () => {
    const usedAllTheSame: number[] = []
    for (const hops of HOPS) {
      const page = arrange({ backend: { latencyMs: 100 } })
      await page.auth.initialize()
      page.auth.keepPrefetched()
      await page.clock.advance(50)
      const issued: string[] = []
      const taken: string[] = []
      let isDroppedFirst = false
      page.auth.on('ticketIssued', ({ handle }) => issued.push(handle))
      page.auth.on('ticketTaken', ({ handle }) => taken.push(handle))
      page.auth.on(
        'ticketIssued',
        once(async () => {
          for (let i = 0; i < hops; i++) await null
          isDroppedFirst = taken.length === 0
          page.auth.clearTicketCache()
        }),
      )
      const result = await settled(page, page.auth.getWebSocketTicket())
      expect(result).toMatchObject({ value: { success: true, ticket: { handle: taken[0] } } })
      if (isDroppedFirst && taken[0] === issued[0]) usedAllTheSame.push(hops)
    }
    // On its way from where tickets lie to the line that reports it as taken.
    expect(usedAllTheSame.length).toBeLessThanOrEqual(4)
  })
})

describe('two accounts on one page', () => {
  test('the first one’s JWT is good again when the app comes back to it', async () => {
    const page = arrange()
    const alice = page.session.jwt
    const used: string[] = []
    for (const jwt of [alice, page.backend.rotateToken('bob', jwtFor('bob')), alice, alice]) {
      page.session.jwt = jwt
      const end = await settled(page, page.auth.acquire({ signal: never() }))
      used.push(end?.status === 'fulfilled' ? `${end.value.userId} by ${end.value.method}` : 'nothing')
    }
    expect(used).toEqual(['alice by ticket', 'bob by ticket', 'alice by ticket', 'alice by ticket'])
  })

  test('a JWT that was signed out, while another user is signed in, connects neither as nobody nor as that user', async () => {
    const page = arrange()
    const alice = page.session.jwt
    await page.auth.initialize()
    page.auth.handleLogout()
    page.signIn('bob')
    await page.auth.initialize()
    page.session.jwt = alice
    const end = await settled(page, page.auth.acquire({ signal: never() }))
    expect(end).toMatchObject({ reason: { code: 'token_callback_failed', retryable: true } })
  })

  test('are distinguished also where sub is a number', async () => {
    const page = arrange()
    page.session.jwt = jwtFor(1 as never)
    await page.auth.initialize()
    page.session.jwt = jwtFor(2 as never)
    await page.auth.initialize()
    expect(page.times('auth.userChanged')).toBe(1)
    expect(page.auth.getCurrentUser()?.userId).toBe('2')
  })
})

describe('a 401 that comes after the end of its session', () => {
  const renewing = () => {
    const page: TestPage = arrange({
      auth: {
        refreshToken: () => {
          page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
          return page.session.jwt
        },
      },
    })
    return page
  }

  test('revives no user who has signed out, whichever call says so', async () => {
    const page = renewing()
    await page.connect()
    const old = page.session.jwt as string
    const config = page.auth.getWebSocketAuthConfig()
    signOut(page)
    await page.clock.advance(1_000)
    expect(await page.auth.handleAuthError(old)).toBe(false)
    expect(await page.auth.handleAuthError()).toBe(false)
    expect(await config.refreshToken()).toBeNull()
    expect([page.auth.isAuthenticated(), page.session.jwt]).toEqual([false, null])
    expect(await page.auth.getWebSocketTicket()).toMatchObject({ success: false, error: { code: 'unauthenticated' } })
  })

  test('is no reason to use the JWT of the user who is signed in by then', async () => {
    const page = renewing()
    await page.connect()
    const old = page.session.jwt as string
    signOut(page)
    page.signIn('bob')
    await page.clock.advance(1_000)
    expect(await page.auth.handleAuthError(old)).toBe(false)
    expect(page.auth.getCurrentUser()?.userId).toBe('bob')
  })

  test('nor where the app has switched to another account without a sign-out', async () => {
    const page = renewing()
    await page.connect()
    const old = page.session.jwt as string
    page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
    await page.auth.initialize()
    expect(await page.auth.handleAuthError(old)).toBe(false)
    expect(page.auth.getCurrentUser()?.userId).toBe('bob')
  })

  test('but who signs in again without a word may refresh as before', async () => {
    const page = renewing()
    await page.connect()
    signOut(page)
    const again = page.backend.rotateToken('alice', jwtFor('alice'))
    page.session.jwt = again
    const handled = page.auth.handleAuthError(again)
    await page.clock.advance(1_000)
    expect(await handled).toBe(true)
    expect(page.session.jwt).not.toBe(again)
  })

  test('nor is it answered with the JWT of whom the refresh itself brings', async () => {
    const page: TestPage = arrange({
      auth: {
        refreshToken: () => {
          page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
          return page.session.jwt
        },
      },
    })
    await page.connect()
    expect(await page.auth.handleAuthError(page.session.jwt as string)).toBe(false)
    expect(page.auth.getCurrentUser()?.userId).toBe('bob')
  })

  test('nor does it use up a refresh of the user who has just been announced', async () => {
    let refreshes = 0
    const page = arrange({
      auth: {
        refreshToken: () => {
          refreshes++
          return null
        },
      },
    })
    await page.connect()
    const old = page.session.jwt as string
    page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
    page.auth.signedIn()
    expect([await page.auth.handleAuthError(old), refreshes]).toEqual([false, 0])
  })
})

test('a user who is found to be signed in while an attempt begins without one is connected', async () => {
  const page = arrange()
  const { jwt } = page.session
  page.session.jwt = null
  page.socket.connect()
  page.session.jwt = jwt
  void page.auth.initialize()
  await page.clock.advance(5_000)
  expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
})

/** A server that does not announce that a JWT renews a session. */
function withoutJwtRefresh(platform: Partial<Platform>): Partial<Platform> {
  const Announcing = platform.WebSocket as Platform['WebSocket']
  class Silent extends Announcing {
    override set onmessage(listener: ((event: never) => void) | null) {
      super.onmessage = ({ data }: MessageEvent) =>
        listener?.({ data: typeof data === 'string' ? data.replace(',"jwt_refresh":true', '') : data } as never)
    }
  }
  return { ...platform, WebSocket: Silent }
}

test.each([
  ['to request a ticket', true, false, 1],
  ['to send it, where the server takes one', false, true, 1],
  ['for nothing else', false, false, 0],
])('a renewal asks the app for a newer JWT %s', async (_, ticketAuth, takesJwt, asked) => {
  let refreshes = 0
  const page: TestPage = arrange({
    auth: {
      ticketAuth,
      refreshToken: () => {
        refreshes++
        page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
        return page.session.jwt
      },
    },
    backend: { session: { maxSessionSeconds: 100 } },
    ...(!takesJwt && { wrap: withoutJwtRefresh }),
  })
  const exp = Math.round((page.clock.wallNow() + 100_000) / 1_000)
  page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice', { exp }))
  await page.connect()
  await page.clock.advance(90_000)
  expect([refreshes, page.state().status]).toEqual([asked, 'open'])
})

test('a renewal for which the flag is turned off while the app makes a newer JWT requests no ticket', async () => {
  let isOn = true
  let finish = (_jwt: string) => {}
  const page = arrange({
    auth: {
      ticketAuth: () => isOn,
      refreshToken: () =>
        new Promise<string>((resolve) => {
          finish = resolve
        }),
    },
  })
  const inSeconds = (seconds: number) => ({ exp: Math.round(page.clock.wallNow() / 1_000) + seconds })
  page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice', inSeconds(60)))
  const asked = page.auth.acquire({ signal: never(), only: 'ticket', renew: true })
  await page.clock.advance(10)
  isOn = false
  finish(page.backend.rotateToken('alice', jwtFor('alice', inSeconds(6_000))))
  expect(await settled(page, asked)).toMatchObject({ reason: { code: 'tickets_disabled' } })
  expect(page.ticketRequests()).toBe(0)
})

test('a JWT whose showing has ended its session is not said to be good', async () => {
  const page = arrange()
  page.auth.store.subscribe(({ userId }) => userId !== null && signOut(page))
  expect(await page.auth.validateAndRefreshToken()).toBe(false)
  expect(page.auth.isAuthenticated()).toBe(false)
})
