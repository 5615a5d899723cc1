// A session that a JWT has opened is renewed in band with a newer JWT, where the server takes one (PR-79): with the flag off,
// and after tickets were given up.

import { describe, expect, test } from 'vitest'
import { readJwt } from '../../../src/auth/jwt.ts'
import type { UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { IDLE } from '../../../src/socket/connection.ts'
import { transition } from '../../../src/socket/lifecycle.ts'
import { arrange } from '../../support/arrange.ts'
import { policy } from '../../support/explore-lifecycle.ts'
import { jwtFor } from '../../support/jwt.ts'

const SECOND = 1_000
const LIFE_S = 300

interface Options {
  auth?: Partial<UnifiedAuthServiceOptions>
  /** Whether the app has a newer JWT. */
  isNewer?: () => boolean
  hasRefreshToken?: boolean
}

/** An app whose JWTs live for five minutes, with the flag off. */
function arrangeJwt({ auth = {}, isNewer = () => true, hasRefreshToken = true }: Options = {}) {
  const calls = { getToken: 0, refreshToken: 0 }
  const issue = () => {
    page.session.jwt = jwtFor('alice', { exp: page.clock.wallNow() / SECOND + LIFE_S })
    return page.session.jwt
  }
  const page: ReturnType<typeof arrange> = arrange({
    auth: {
      ticketAuth: false,
      getToken() {
        calls.getToken++
        return page.session.jwt
      },
      ...(hasRefreshToken && {
        refreshToken() {
          calls.refreshToken++
          return isNewer() ? issue() : page.session.jwt
        },
      }),
      ...auth,
    },
    // The mock's own tokens do not end one by one.
    backend: {
      verifyToken(jwt) {
        const { userId, expiresAt } = readJwt(jwt) ?? {}
        return userId && expiresAt ? { userId, permissions: ['chat'], expiresAt } : null
      },
    },
  })
  issue()
  const upgrades = () => page.backend.journal.of('upgrade').length
  return { page, calls, issue, upgrades }
}

describe('with the flag off', () => {
  test('a stream goes on past the end of its JWT, on one connection, and no ticket is requested', async () => {
    const { page, calls, upgrades } = arrangeJwt()
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    await page.clock.advance(3 * LIFE_S * SECOND)
    expect(page.times('lost')).toBe(0)
    expect(upgrades()).toBe(1)
    expect(calls.refreshToken).toBeGreaterThanOrEqual(3)
    expect(calls.refreshToken).toBeLessThanOrEqual(4)
    expect(page.ticketRequests()).toBe(0)
  })

  test('without refreshToken the app is asked by getToken', async () => {
    const { page, issue, upgrades } = arrangeJwt({ hasRefreshToken: false })
    await page.connect()
    // The app renews its own JWT 40 s before the end.
    for (let lives = 0; lives < 3; lives++) {
      await page.clock.advance((LIFE_S - 40) * SECOND)
      issue()
    }
    expect(page.times('lost')).toBe(0)
    expect(upgrades()).toBe(1)
  })

  test('an app without a newer JWT is asked a few times and nothing is sent; the session ends at its time', async () => {
    const { page, calls, upgrades } = arrangeJwt({ isNewer: () => false })
    await page.connect()
    await page.clock.advance((LIFE_S - 3) * SECOND)
    expect(calls.refreshToken).toBeGreaterThanOrEqual(1)
    expect(calls.refreshToken).toBeLessThanOrEqual(4)
    expect(page.state().session?.expiresAt).toBeLessThanOrEqual(page.clock.wallNow() + 3 * SECOND)
    expect(upgrades()).toBe(1)
  })

  test('a newer JWT of another user is not sent on this connection: that user gets one of his own', async () => {
    const { page } = arrangeJwt({
      auth: {
        refreshToken() {
          page.session.jwt = jwtFor('bob', { exp: page.clock.wallNow() / SECOND + LIFE_S })
          return page.session.jwt
        },
      },
    })
    await page.connect()
    await page.clock.advance(LIFE_S * SECOND)
    expect(page.auth.store.getState().userId).toBe('bob')
    expect(page.told.some(([name]) => name === 'auth.userChanged')).toBe(true)
  })
})

test('a server that announces nothing is sent no JWT: the session ends at its time', async () => {
  const { page, calls, upgrades } = arrangeJwt()
  page.backend.use(scenarios.plainServer)
  await page.connect()
  await page.clock.advance((LIFE_S - 2) * SECOND)
  expect(calls.refreshToken).toBe(0)
  expect(upgrades()).toBe(1)
})

test('after tickets were given up the session goes on by JWT as well', async () => {
  const { page, upgrades } = arrangeJwt({ auth: { ticketAuth: true, maxTicketFailures: 1 } })
  page.backend.use(scenarios.ticketEndpointMissing)
  await page.connect()
  const dials = upgrades()
  await page.clock.advance(2 * LIFE_S * SECOND)
  expect(upgrades()).toBe(dials)
})

test.each([
  ['jwt', true, true],
  ['jwt', undefined, false],
  ['ticket', true, false],
] as const)('opened by %s, and announced: %s: a JWT renews the session: %s', (method, announced, takesJwt) => {
  const confirming = { ...IDLE, phase: 'confirming', id: 1, method, until: 5_000, negotiated: true, lastId: 1 } as const
  const confirmed = {
    type: 'confirmed',
    id: 1,
    expiresInMs: 60_000,
    ...(announced && { takesJwt: announced }),
  } as const
  const open = transition(confirming, confirmed, { now: 0, random: 0.5, online: true }, policy)
  expect(open).toMatchObject({ phase: 'open', takesJwt })
})
