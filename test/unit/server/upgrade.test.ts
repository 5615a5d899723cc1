import { describe, expect, test, vi } from 'vitest'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import { handleOf } from '../../../src/server/ticket-value.ts'
import { createUpgradeAuthenticator, type UpgradeOptions } from '../../../src/server/upgrade.ts'
import type { UpgradeRequest } from '../../../src/server/upgrade-decision.ts'
import { arrangeTickets, HOUR } from './arrange.ts'

const ORIGIN = 'https://app.example.com'
const base64url = (text: string) => Buffer.from(text).toString('base64url')

function arrange(options: Partial<UpgradeOptions> = {}) {
  const { clock, watch, tickets, users } = arrangeTickets()
  const told = vi.fn()
  const verifyToken = vi.fn(users.verifyToken)
  const authenticate = createUpgradeAuthenticator({
    tickets,
    verifyToken,
    allowedOrigins: [ORIGIN],
    clock,
    observe: told,
    ...options,
  })
  const upgrade = (request: Partial<UpgradeRequest> = {}) =>
    authenticate({ url: '/ws', origin: ORIGIN, protocols: [], authorization: null, ...request })
  const ticket = async (userId = 'alice') => {
    const identity = { userId, permissions: ['chat'], expiresAt: clock.wallNow() + HOUR }
    const { ticket_id } = await tickets.generate(identity, { metadata: { room: 'lobby' } })
    watch.calls.length = 0
    return ticket_id
  }
  return { upgrade, authenticate, ticket, clock, watch, tickets, users, verifyToken, told }
}

const refused = (code: number, reason: string) => expect.objectContaining({ kind: 'refused', code, reason })

describe('a ticket', () => {
  test.each([
    '/ws?ticket=',
    '/ws?auth_ticket=',
    '/ws?ticket_id=',
    '/ws?a=b&ticket=',
    'wss://api.example.com/ws?ticket=',
    '//x/ws?ticket=',
  ])('is taken from %s… and opens one connection', async (url) => {
    const { upgrade, ticket, clock } = arrange()
    const value = await ticket()
    expect(await upgrade({ url: url + value, protocols: ['ticket-socket.v1'] })).toEqual({
      kind: 'accepted',
      afterRevocationMs: null,
      checkedAtMs: clock.now(),
      identity: {
        userId: 'alice',
        permissions: ['chat'],
        issuedAt: clock.wallNow(),
        expiresAt: clock.wallNow() + HOUR,
      },
      method: 'ticket',
      subprotocol: 'ticket-socket.v1',
      sessionExpiresAtMs: clock.wallNow() + HOUR,
      ticket: { metadata: { room: 'lobby' } },
    })
    expect(await upgrade({ url: url + value })).toEqual(refused(4401, 'ticket_invalid'))
  })

  test('that is unknown, expired, used, or of wrong form is refused in the same words', async () => {
    const { upgrade, ticket, clock } = arrange()
    const [used, expired] = [await ticket(), await ticket()]
    await upgrade({ url: `/ws?ticket=${used}` })
    await clock.advance(300_000)
    const answers = await Promise.all(
      [used, expired, 'u'.repeat(43), '', 'short', `${'u'.repeat(43)}%00`].map((value) =>
        upgrade({ url: `/ws?ticket=${value}` }),
      ),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"kind":"refused","code":4401,"reason":"ticket_invalid"}']),
    )
  })

  test.each([
    '',
    'x',
    'x'.repeat(42),
    'x'.repeat(44),
    '../../etc/passwd',
    '%FF'.repeat(43),
    '+'.repeat(43),
    '%20'.repeat(43),
  ])('of the form %j is refused without asking the store', async (value) => {
    const { upgrade, watch } = arrange()
    expect(await upgrade({ url: `/ws?ticket=${value}` })).toEqual(refused(4401, 'ticket_invalid'))
    expect(watch.calls).toEqual([])
  })

  test('that is refused is not followed by a try with anything else', async () => {
    const { upgrade, verifyToken } = arrange({ allowAnonymous: true })
    expect(await upgrade({ url: `/ws?ticket=${'u'.repeat(43)}` })).toEqual(refused(4401, 'ticket_invalid'))
    expect(verifyToken).not.toHaveBeenCalled()
  })

  test('of a hundred upgrades at the same moment opens one', async () => {
    const { upgrade, ticket } = arrange()
    const url = `/ws?ticket=${await ticket()}`
    const decisions = await Promise.all(Array.from({ length: 100 }, () => upgrade({ url })))
    expect(decisions.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
  })

  test('after a fragment or a second question mark is none', async () => {
    const { upgrade, ticket } = arrange()
    const value = await ticket()
    expect(await upgrade({ url: `/ws#?ticket=${value}` })).toEqual(refused(4401, 'unauthenticated'))
    expect(await upgrade({ url: `/ws?ticket=${value}` })).toMatchObject({ kind: 'accepted' })
  })
})

describe('a JWT', () => {
  const header = { alg: 'HS256', typ: 'JWT' }
  const shaped = `${base64url(JSON.stringify(header))}.${base64url('{"sub":"alice"}')}.c2ln`

  test.each<[string, (jwt: string) => Partial<UpgradeRequest>]>([
    ['jwt-auth.<JWT>', (jwt) => ({ protocols: [`jwt-auth.${jwt}`] })],
    ['jwt.<base64url(JWT)>', (jwt) => ({ protocols: ['jwt-auth', 'ticket-socket.v1', `jwt.${base64url(jwt)}`] })],
    ['jwt.<JWT>', (jwt) => ({ protocols: [`jwt.${jwt}`] })],
    ['bearer.<JWT>', (jwt) => ({ protocols: ['chat', `bearer.${jwt}`] })],
    ['Authorization', (jwt) => ({ authorization: `Bearer ${jwt}` })],
    ['authorization in small letters', (jwt) => ({ authorization: `bearer ${jwt}` })],
  ])('is taken from %s', async (_, requestWith) => {
    const { upgrade, verifyToken, clock } = arrange()
    verifyToken.mockImplementation((jwt) => (jwt === shaped ? { userId: 'alice', issuedAt: clock.wallNow() } : null))
    expect(await upgrade(requestWith(shaped))).toMatchObject({
      kind: 'accepted',
      method: 'jwt',
      identity: { userId: 'alice' },
    })
    expect(verifyToken.mock.calls.map(([jwt]) => jwt)).toEqual([shaped])
  })

  test('may be a token without dots, where it is encoded', async () => {
    const { upgrade, users } = arrange()
    expect(await upgrade({ protocols: [`jwt.${base64url(users.sign('alice'))}`] })).toMatchObject({ kind: 'accepted' })
  })

  test.each([
    'jwt.',
    'jwt.!',
    'jwt.A',
    'jwt._w',
    'jwt-auth.',
    'bearer.',
    `jwt.${base64url('a\nb')}`,
    `jwt.${base64url('é')}`,
  ])('that cannot be read is refused without a question to the verifier: %s', async (protocol) => {
    const { upgrade, watch, verifyToken } = arrange()
    expect(await upgrade({ protocols: [protocol] })).toEqual(refused(4401, 'jwt_invalid'))
    expect([watch.calls, verifyToken.mock.calls]).toEqual([[], []])
  })

  test('that the verifier refuses is invalid, or expired by its own exp', async () => {
    const { upgrade, clock } = arrange()
    const withClaims = (claims: object) => `${base64url('{"alg":"HS256"}')}.${base64url(JSON.stringify(claims))}.c2ln`
    const seconds = clock.wallNow() / 1_000
    expect(await upgrade({ protocols: [`jwt.${withClaims({ exp: seconds + 60 })}`] })).toEqual(
      refused(4401, 'jwt_invalid'),
    )
    expect(await upgrade({ protocols: [`jwt.${withClaims({ exp: seconds - 60 })}`] })).toEqual(
      refused(4401, 'jwt_expired'),
    )
    expect(await upgrade({ protocols: [`jwt.${withClaims({ exp: 'now' })}`] })).toEqual(refused(4401, 'jwt_invalid'))
    expect(await upgrade({ authorization: 'Bearer opaque' })).toEqual(refused(4401, 'jwt_invalid'))
  })

  test('whose end has passed is expired, although the verifier let it through', async () => {
    const { upgrade, users, clock } = arrange()
    const jwt = users.sign('alice', { expiresAt: clock.wallNow() })
    expect(await upgrade({ authorization: `Bearer ${jwt}` })).toEqual(refused(4401, 'jwt_expired'))
  })

  test('from before a revoke-all opens nothing; one from after it does', async () => {
    const { upgrade, users, clock, tickets } = arrange()
    const old = users.sign('alice')
    await clock.advance(1_000)
    await tickets.revokeAll('alice')
    expect(await upgrade({ authorization: `Bearer ${old}` })).toEqual(refused(4401, 'jwt_invalid'))
    await clock.advance(1)
    expect(await upgrade({ authorization: `Bearer ${users.sign('alice')}` })).toMatchObject({ kind: 'accepted' })
  })

  test.each(['token', 'jwt', 'auth_token', 'access_token'])(
    'in the query as %s is not looked at, unless the owner wants it',
    async (name) => {
      const off = arrange()
      expect(await off.upgrade({ url: `/ws?${name}=${off.users.sign('a')}` })).toEqual(refused(4401, 'unauthenticated'))
      expect(off.verifyToken).not.toHaveBeenCalled()
      const on = arrange({ jwtInQuery: true })
      expect(await on.upgrade({ url: `/ws?${name}=${on.users.sign('a')}` })).toMatchObject({
        kind: 'accepted',
        method: 'jwt',
      })
    },
  )
})

describe('exactly one credential', () => {
  const t = 't'.repeat(43)
  const requests: Record<string, Partial<UpgradeRequest>> = {
    'the same ticket twice': { url: `/ws?ticket=${t}&ticket=${t}` },
    'two names for tickets': { url: `/ws?ticket=${t}&auth_ticket=${t}` },
    'a ticket and an empty one': { url: `/ws?ticket=${t}&ticket_id=` },
    'a ticket and a JWT among the protocols': { url: `/ws?ticket=${t}`, protocols: ['jwt.a.b.c'] },
    'a ticket and an Authorization': { url: `/ws?ticket=${t}`, authorization: 'Bearer a' },
    'a JWT twice': { protocols: ['jwt.a.b.c', 'jwt.a.b.c'] },
    'two spellings of JWTs': { protocols: ['jwt.a.b.c', 'bearer.a.b.c'] },
    'a JWT and an Authorization': { protocols: ['jwt.a.b.c'], authorization: 'Bearer a' },
    'two Authorization headers': { authorization: 'Bearer a, Bearer b' },
    'all of them': { url: `/ws?ticket=${t}`, protocols: ['jwt.a.b.c'], authorization: 'Bearer a' },
  }
  test.each(Object.entries(requests))('%s is a bad request, and nobody is asked', async (_, request) => {
    const { upgrade, watch, verifyToken } = arrange({ allowAnonymous: true })
    expect(await upgrade(request)).toEqual(refused(4400, 'bad_request'))
    expect([watch.calls, verifyToken.mock.calls]).toEqual([[], []])
  })

  test('with JWTs allowed in the query, one there counts', async () => {
    const { upgrade } = arrange({ jwtInQuery: true })
    expect(await upgrade({ url: `/ws?ticket=${t}&token=a` })).toEqual(refused(4400, 'bad_request'))
  })

  test('the password of a staging site is none of ours', async () => {
    const { upgrade, ticket } = arrange()
    const url = `/ws?ticket=${await ticket()}`
    expect(await upgrade({ url, authorization: 'Basic c3RhZ2luZzpzZWNyZXQ=' })).toMatchObject({ kind: 'accepted' })
  })

  test('none is refused, or anonymous where that is allowed', async () => {
    expect(await arrange().upgrade()).toEqual(refused(4401, 'unauthenticated'))
    const { upgrade, clock } = arrange({ allowAnonymous: true })
    expect(await upgrade()).toEqual({
      kind: 'accepted',
      afterRevocationMs: null,
      checkedAtMs: clock.now(),
      identity: null,
      method: 'none',
      subprotocol: undefined,
      sessionExpiresAtMs: clock.wallNow() + 12 * HOUR,
    })
  })
})

describe('the origin', () => {
  test.each([
    'null',
    '',
    'https://app.example.com.evil.com',
    'https://evil.com/https://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com:443',
    'https://app.example.com/',
    'https://app.example.com.',
    'https://APP.example.com',
    'http://app.example.com',
    'wss://app.example.com',
    'https://xapp.example.com',
    'https://example.com',
    'https://app.example.com, https://app.example.com',
    ' https://app.example.com',
    'https://user@app.example.com',
  ])('%j is refused before the store is asked', async (origin) => {
    const { upgrade, ticket, watch } = arrange()
    const url = `/ws?ticket=${await ticket()}`
    expect(await upgrade({ url, origin })).toEqual(refused(4403, 'origin'))
    expect(watch.calls).toEqual([])
    expect(await upgrade({ url })).toMatchObject({ kind: 'accepted' })
  })

  test('is refused before a second credential is noticed', async () => {
    const { upgrade } = arrange()
    expect(await upgrade({ origin: 'null', protocols: ['jwt.a.b.c', 'jwt.a.b.c'] })).toEqual(refused(4403, 'origin'))
  })

  test.each<[string, Partial<UpgradeOptions>, boolean]>([
    ['a list', { allowedOrigins: [ORIGIN] }, false],
    ['a list, and those without are welcome', { allowedOrigins: [ORIGIN], allowMissingOrigin: true }, true],
    ['no list', { allowedOrigins: [] }, true],
    ['no list, and those without are not welcome', { allowedOrigins: [], allowMissingOrigin: false }, false],
  ])('may be missing with %s: it is no browser then', async (_, options, isAccepted) => {
    const { upgrade, ticket } = arrange(options)
    const decision = await upgrade({ url: `/ws?ticket=${await ticket()}`, origin: null })
    expect(decision).toEqual(isAccepted ? expect.objectContaining({ kind: 'accepted' }) : refused(4403, 'origin'))
  })

  test('without a list every browser is refused', async () => {
    const { upgrade } = arrange({ allowedOrigins: [] })
    expect(await upgrade()).toEqual(refused(4403, 'origin'))
  })
})

describe('the selected subprotocol', () => {
  test.each<[string[], string | undefined]>([
    [[], undefined],
    [['ticket-socket.v1'], 'ticket-socket.v1'],
    [['chat', 'ticket-socket.v1'], 'ticket-socket.v1'],
    [['jwt-auth', 'ticket-socket.v1', 'jwt.abc'], 'ticket-socket.v1'],
    [['jwt-auth', 'jwt.abc'], 'jwt-auth'],
    [['jwt.abc', 'graphql-ws'], 'graphql-ws'],
    [['jwt.abc'], undefined],
    [['jwt-auth.a.b.c', 'bearer.a.b.c', 'JWT.abc', 'base64url.bearer.phx.abc'], undefined],
    [['x'.repeat(65)], undefined],
  ])('of %j is %j: never one that holds a credential', async (protocols, selected) => {
    const decision = await arrange().upgrade({ protocols })
    expect(decision).toHaveProperty('subprotocol', selected)
  })
})

describe('when neither store nor verifier answers', () => {
  test('a store that is down is 4503, for a ticket and for a JWT', async () => {
    const onError = vi.fn()
    const { upgrade, ticket, users, watch } = arrange({ onError })
    const url = `/ws?ticket=${await ticket()}`
    watch.isDown = true
    expect(await upgrade({ url })).toEqual(refused(4503, 'unavailable'))
    expect(await upgrade({ authorization: `Bearer ${users.sign('alice')}` })).toEqual(refused(4503, 'unavailable'))
    expect(onError).toHaveBeenCalledTimes(2)
  })

  test('a verifier that throws is 4503, and its words lose the token', async () => {
    const onError = vi.fn()
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
    const verifyToken = () => {
      throw new Error(`cannot reach the keys for ${token}`)
    }
    const { upgrade } = arrange({ onError, verifyToken })
    expect(await upgrade({ authorization: `Bearer ${token}` })).toEqual(refused(4503, 'unavailable'))
    const [error] = onError.mock.calls[0] ?? []
    expect(error).toMatchObject({ code: 'server_unavailable', cause: { message: 'cannot reach the keys for [jwt]' } })
    expect(String(error) + String(error.cause)).not.toContain(token)
  })

  test('onError keeps the cause of a store that is down, and drops the words of an error of the app’s own', async () => {
    const onError = vi.fn()
    const token = 'opaque-and-still-longer-than-any-word'
    const verifyToken = (): never => {
      const cause = new Error(`no such session: ${token}`)
      throw new TicketSocketError('server_unavailable', `The sessions are away. ${token}`, { cause })
    }
    const { upgrade, ticket, watch } = arrange({ onError, verifyToken })
    const url = `/ws?ticket=${await ticket()}`
    watch.isDown = true
    await upgrade({ url })
    await upgrade({ authorization: `Bearer ${token}` })
    const [ofStore, ofApp] = onError.mock.calls.map(([error]) => error)
    expect(ofStore).toMatchObject({ code: 'store_unavailable', cause: { message: 'connect ECONNREFUSED' } })
    expect(ofApp.message).toBe('The sessions are away. [redacted]')
    expect(ofApp.cause.message).toBe('no such session: [redacted]')
  })

  test('a decision that takes too long is 4503, and leaves no timer behind', async () => {
    const { upgrade, clock } = arrange({ verifyToken: () => new Promise(() => {}), deadlineMs: 5_000 })
    const decision = upgrade({ authorization: 'Bearer a' })
    await clock.advance(4_999)
    expect(clock.pending()).toBe(1)
    await clock.advance(1)
    expect(await decision).toEqual(refused(4503, 'unavailable'))
    expect(clock.pending()).toBe(0)
  })

  test('listeners that throw change no decision', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = () => {
      throw new Error('mine')
    }
    const { upgrade, watch, ticket } = arrange({ observe: broken, onError: broken })
    const url = `/ws?ticket=${await ticket()}`
    watch.isDown = true
    expect(await upgrade({ url })).toEqual(refused(4503, 'unavailable'))
    expect(reported).toHaveBeenCalledTimes(2)
    reported.mockRestore()
  })
})

test('above the limit per address the answer is plain HTTP, before anything else is looked at', async () => {
  const { upgrade, clock } = arrange({ limit: { burst: 2, perMinute: 60 } })
  const from = (address: string) => upgrade({ address, origin: 'null' })
  expect([await from('a'), await from('a')]).toEqual([refused(4403, 'origin'), refused(4403, 'origin')])
  expect(await from('a')).toEqual({ kind: 'rejected', status: 429, reason: 'too_many', retryAfterMs: 1_000 })
  expect(await from('b')).toEqual(refused(4403, 'origin'))
  await clock.advance(1_000)
  expect(await from('a')).toEqual(refused(4403, 'origin'))
})

test('a host that has a whole IPv6 network has one limit for it', async () => {
  const { upgrade } = arrange({ limit: { burst: 1, perMinute: 60 } })
  const from = (address: string) => upgrade({ address, origin: 'null' })
  expect(await from('2001:db8:1:2::1')).toEqual(refused(4403, 'origin'))
  expect(await from('2001:db8:1:2::2')).toMatchObject({ status: 429 })
  expect(await from('2001:db8:1:3::1')).toEqual(refused(4403, 'origin'))
})

test('a host that has a whole /48 has sixteen times the limit', async () => {
  const { upgrade } = arrange({ limit: { burst: 1, perMinute: 60 } })
  const from = (n: number) => upgrade({ address: `2001:db8:1:${n.toString(16)}::1`, origin: 'null' })
  const decisions = await Promise.all(Array.from({ length: 20 }, (_, n) => from(n)))
  expect(decisions.map(({ kind }) => kind)).toEqual([...Array(16).fill('refused'), ...Array(4).fill('rejected')])
})

test('a session lasts 12 hours at most, or as long as the owner allows', async () => {
  const far = { expiresAt: Number.MAX_SAFE_INTEGER }
  for (const [options, hours] of [
    [{}, 12],
    [{ maxSessionSeconds: 7_200 }, 2],
  ] as const) {
    const { upgrade, users, clock } = arrange(options)
    const decision = await upgrade({ authorization: `Bearer ${users.sign('alice', far)}` })
    expect(decision).toMatchObject({ sessionExpiresAtMs: clock.wallNow() + hours * HOUR })
  }
})

test('every decision is an event, without a credential', async () => {
  const { upgrade, ticket, users, told } = arrange()
  const secrets = [await ticket(), users.sign('alice')]
  const address = '192.0.2.1'
  await upgrade({ url: `/ws?ticket=${secrets[0]}`, address })
  await upgrade({ url: `/ws?ticket=${secrets[0]}` })
  await upgrade({ protocols: [`jwt.${base64url(secrets[1] as string)}`] })
  await upgrade({ url: `/ws?ticket=${secrets[0]}`, authorization: `Bearer ${secrets[1]}` })
  const refusedFor = {
    kind: 'upgrade_refused',
    turnedAway: null,
    status: null,
    origin: ORIGIN,
    address: undefined,
    durationMs: 0,
  }
  expect(told.mock.calls.map(([event]) => event)).toEqual([
    { kind: 'upgrade_accepted', method: 'ticket', user: handleOf('alice'), address, durationMs: 0 },
    { ...refusedFor, reason: 'ticket_invalid', code: 4401 },
    { kind: 'upgrade_accepted', method: 'jwt', user: handleOf('alice'), address: undefined, durationMs: 0 },
    { ...refusedFor, reason: 'bad_request', code: 4400 },
  ])
  const text = JSON.stringify(told.mock.calls)
  for (const secret of secrets) expect(text.includes(secret) || text.includes(base64url(secret))).toBe(false)
})

test('the event of a decision has its duration', async () => {
  const { upgrade, users, clock, told } = arrange({
    verifyToken: (jwt) => new Promise((resolve) => clock.setTimer(() => resolve(users.verifyToken(jwt)), 40)),
  })
  for (const authorization of [`Bearer ${users.sign('alice')}`, 'Bearer nonsense']) {
    const decided = upgrade({ authorization })
    await clock.advance(40)
    await decided
  }
  const took = told.mock.calls.map(([{ kind, durationMs }]) => [kind, durationMs])
  expect(took.filter(([kind]) => kind !== 'jwt_refused')).toEqual([
    ['upgrade_accepted', 40],
    ['upgrade_refused', 40],
  ])
})

describe('with reject: http, for servers whose clients are no browsers', () => {
  test.each<[number, string, (it: ReturnType<typeof arrange>) => Promise<Partial<UpgradeRequest>>]>([
    [403, 'origin', async () => ({ origin: 'https://evil.example' })],
    [400, 'bad_request', async () => ({ url: '/ws?ticket=a&ticket=b' })],
    [401, 'unauthenticated', async () => ({})],
    [401, 'ticket_invalid', async () => ({ url: `/ws?ticket=${'u'.repeat(43)}` })],
    [401, 'jwt_invalid', async () => ({ authorization: 'Bearer unknown' })],
    [
      503,
      'unavailable',
      async ({ ticket, watch }) => {
        const url = `/ws?ticket=${await ticket()}`
        watch.isDown = true
        return { url }
      },
    ],
  ])('the answer is %i for %s, and never a close code', async (status, reason, requestOf) => {
    const it = arrange({ reject: 'http' })
    expect(await it.upgrade(await requestOf(it))).toEqual({ kind: 'rejected', status, reason })
    expect(it.told.mock.calls.at(-1)?.[0]).toMatchObject({ kind: 'upgrade_refused', reason, status, code: null })
  })

  test('what is accepted is accepted as before', async () => {
    const { upgrade, ticket } = arrange({ reject: 'http' })
    expect(await upgrade({ url: `/ws?ticket=${await ticket()}` })).toMatchObject({ kind: 'accepted', method: 'ticket' })
  })
})

test.each([
  [{ verifyToken: 'x' }, 'verifyToken must be a function, got "x"'],
  [
    { allowedOrigins: ['https://app.example.com/'] },
    'allowedOrigins must hold origins such as https://app.example.com or https://*.preview.example.com, got "https://app.example.com/"',
  ],
  [
    { allowedOrigins: ['null'] },
    'allowedOrigins must hold origins such as https://app.example.com or https://*.preview.example.com, got "null"',
  ],
  [{ allowedOrigins: ['https://app.example.com:443'] }, 'allowedOrigins must hold'],
  [{ allowedOrigins: ['https://App.example.com'] }, 'allowedOrigins must hold'],
  [{ allowedOrigins: ['https://*.com'] }, 'allowedOrigins must hold'],
  [{ allowMissingOrigin: 'no' }, 'allowMissingOrigin must be true or false, got "no"'],
  [{ jwtInQuery: 1 }, 'jwtInQuery must be true or false, got 1'],
  [{ allowAnonymous: 'no' }, 'allowAnonymous must be true or false, got "no"'],
  [{ deadlineMs: 0 }, 'deadlineMs must be a number of at least 1, got 0'],
  [{ maxSessionSeconds: Number.NaN }, 'maxSessionSeconds must be a number of at least 1, got NaN'],
  [{ reject: 'HTTP' }, 'reject must be one of close, http, got "HTTP"'],
  [{ limit: { burst: 1, perMinute: 0 } }, 'limit.perMinute must be a number of at least 0.001, got 0'],
])('refuses %o', (options, message) => {
  expect(() => arrange(options as never)).toThrow(TypeError)
  expect(() => arrange(options as never)).toThrow(message)
})

test.each([
  'https://app.example.com:8443',
  'http://localhost:3000',
  'http://[::1]:3000',
  'capacitor://localhost',
  'http://192.0.2.1',
])('takes %s for an origin', async (origin) => {
  expect(await arrange({ allowedOrigins: [origin] }).upgrade({ origin })).toEqual(refused(4401, 'unauthenticated'))
})
