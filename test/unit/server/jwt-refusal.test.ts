// Operators learn why a JWT was refused, clients do not.

import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { createTicketHandler } from '../../../src/server/http.ts'
import type { VerifyToken } from '../../../src/server/identity.ts'
import { JWT_REFUSAL_REASONS, type JwtRefusal, type JwtRefusalReason } from '../../../src/server/jwt-refusal.ts'
import { type JwtVerifierOptions, jwtVerifier } from '../../../src/server/jwt-verifier.ts'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import type { ServerEvent } from '../../../src/server/server-events.ts'
import { AuthTicketManager } from '../../../src/server/ticket-manager.ts'
import { createUpgradeAuthenticator } from '../../../src/server/upgrade.ts'

const ISSUER = 'https://login.example.com/'
const AUDIENCE = 'chat'
const KID = 'k1'
const nowSeconds = Math.floor(Date.now() / 1_000)
const { privateKey, publicKey } = await generateKeyPair('ES256')
const keys = [{ ...(await exportJWK(publicKey)), kid: KID, alg: 'ES256' }]

const good = { sub: 'alice', iss: ISSUER, aud: AUDIENCE, iat: nowSeconds, exp: nowSeconds + 600 }
const over = { exp: nowSeconds - 60 }
interface Changes {
  claims?: object
  header?: object
  key?: typeof privateKey
}
const sign = ({ claims = {}, header = {}, key = privateKey }: Changes = {}) =>
  new SignJWT({ ...good, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: KID, ...header })
    .sign(key)
const signed = (claims: object) => sign({ claims })

const verifierOptions = {
  jwks: { keys },
  issuer: ISSUER,
  audience: AUDIENCE,
  typ: 'at+jwt',
  identity: ({ sub }) => (sub === 'nobody' ? null : { userId: String(sub) }),
} as const satisfies JwtVerifierOptions

async function arrange(options: Partial<JwtVerifierOptions> = {}, verifyToken?: VerifyToken) {
  const [refusals, events]: [JwtRefusal[], ServerEvent[]] = [[], []]
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
  const shared = {
    tickets,
    observe: (event: ServerEvent) => void events.push(event),
    verifyToken:
      verifyToken ??
      jwtVerifier({
        ...verifierOptions,
        onRefused: (refusal: JwtRefusal) => refusals.push(refusal),
        ...options,
      } as never),
  }
  const handle = createTicketHandler(shared)
  const authenticate = createUpgradeAuthenticator(shared)
  await tickets.revokeAll('revoked')
  const request = async (jwt: string) => {
    const headers = { authorization: `Bearer ${jwt}` }
    const response = await handle(new Request('http://x/websocket/ticket', { method: 'POST', headers }))
    return { status: response.status, headers: [...response.headers], body: await response.text() }
  }
  const upgrade = (jwt: string) =>
    authenticate({ url: '/ws', origin: null, protocols: [], authorization: `Bearer ${jwt}` })
  const reasons = () => events.flatMap((event) => (event.kind === 'jwt_refused' ? [event] : []))
  return { request, upgrade, refusals, reasons }
}

/** A JWT for each reason of the closed set, with what is expected instead. */
const REFUSED: Record<
  Exclude<JwtRefusalReason, 'unspecified'>,
  { jwt: (changes: object) => Promise<string> | string; expected: string | null; kid?: null }
> = {
  malformed: { jwt: () => 'a.b.c', expected: null, kid: null },
  algorithm: {
    jwt: (claims) => new UnsecuredJWT({ ...good, ...claims } as JWTPayload).encode(),
    expected: 'RS256, PS256, ES256, EdDSA',
    kid: null,
  },
  type: { jwt: (claims) => sign({ claims, header: { typ: 'JWT' } }), expected: 'at+jwt' },
  key: { jwt: (claims) => sign({ claims, header: { kid: 'k2' } }), expected: null },
  signature: {
    jwt: async (claims) => sign({ claims, key: (await generateKeyPair('ES256')).privateKey }),
    expected: null,
  },
  issuer: { jwt: (claims) => signed({ ...claims, iss: 'https://evil.example/' }), expected: ISSUER },
  audience: { jwt: (claims) => signed({ ...claims, aud: 'billing' }), expected: AUDIENCE },
  expired: { jwt: () => signed(over), expected: null },
  not_yet_valid: { jwt: (claims) => signed({ ...claims, nbf: nowSeconds + 60 }), expected: null },
  claim: { jwt: (claims) => signed({ ...claims, iat: 'today' }), expected: 'iat' },
  identity: {
    jwt: (claims) => signed({ ...claims, sub: 'nobody' }),
    expected: 'identity(claims) must return { userId, email?, permissions? }, and returned null',
  },
  revoked: { jwt: (claims) => signed({ ...claims, sub: 'revoked', iat: nowSeconds - 600 }), expected: null },
}
const cases = Object.entries(REFUSED) as [keyof typeof REFUSED, (typeof REFUSED)[keyof typeof REFUSED]][]

describe('an operator', () => {
  test.each(cases)(
    'learns that it was %s, at the endpoint and at the upgrade',
    async (reason, { jwt, expected, kid }) => {
      const { request, upgrade, refusals, reasons } = await arrange()
      const token = await jwt({})
      expect((await request(token)).status).toBe(401)
      expect(await upgrade(token)).toMatchObject({ kind: 'refused', code: 4401 })
      const refusal = { reason, expected, kid: kid === null ? null : reason === 'key' ? 'k2' : KID }
      expect(reasons()).toEqual(Array(2).fill({ kind: 'jwt_refused', ...refusal }))
      // What is refused after the verifier accepted it shows in events and metrics alone.
      expect(refusals).toEqual(reason === 'revoked' ? [] : [refusal, refusal])
    },
  )

  test('learns of a subprotocol that is no JWT', async () => {
    const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
    const observe = vi.fn()
    const authenticate = createUpgradeAuthenticator({ tickets, verifyToken: async () => null, observe })
    await authenticate({ url: '/ws', origin: null, protocols: ['jwt.*'], authorization: null })
    expect(observe).toHaveBeenCalledWith({ kind: 'jwt_refused', reason: 'malformed', expected: null, kid: null })
  })

  test('is not called for a JWT that is accepted', async () => {
    const { request, refusals, reasons } = await arrange()
    expect((await request(await sign())).status).toBe(200)
    expect([...refusals, ...reasons()]).toEqual([])
  })

  test('sees which issuers there are when a JWT names none of them', async () => {
    const onRefused = vi.fn()
    const one = { jwks: { keys }, onRefused }
    const verify = jwtVerifier([
      { ...one, issuer: 'https://a.example' },
      { ...one, issuer: ['https://b.example', 'https://c.example'] },
    ])
    expect(await verify(await sign())).toBeNull()
    expect(await verify('nonsense')).toBeNull()
    const expected = 'https://a.example, https://b.example, https://c.example'
    expect(onRefused.mock.calls).toEqual([
      [{ reason: 'issuer', expected, kid: KID }],
      [{ reason: 'malformed', expected: null, kid: null }],
    ])
  })

  test('reads a long key id by its beginning, without its control characters', async () => {
    const { request, refusals } = await arrange()
    const ticket = 'T'.repeat(43)
    for (const kid of [ticket, 'a\r\nb', 'x'.repeat(31), `eyJhbGciOiJIUzI1NiJ9.${ticket}`]) {
      await request(await sign({ header: { kid } }))
    }
    expect(refusals.map(({ kid }) => kid)).toEqual(['TTTTTTTTTTTT…', 'a b', 'x'.repeat(31), '[jwt]…'])
  })

  test('gets the reason of the app’s own verifier, if it is one of the closed set', async () => {
    const answers: VerifyToken[] = [
      () => null,
      (_jwt, onRefused) => {
        onRefused?.({ reason: 'audience', expected: 'chat', kid: 'of the app' })
        return null
      },
      (_jwt, onRefused) => {
        onRefused?.({ reason: 'because', expected: 7, kind: 'upgrade_accepted' } as never)
        return null
      },
      () => ({ userId: 7 }) as never,
      () => 'alice' as never,
    ]
    const told = []
    for (const verifyToken of answers) {
      const { request, reasons } = await arrange({}, verifyToken)
      await request(await sign())
      told.push(...reasons())
    }
    const refused = { kind: 'jwt_refused', kid: KID }
    const expected = 'verifyToken must return an identity or null'
    expect(told).toEqual([
      { ...refused, reason: 'unspecified', expected: null },
      { ...refused, reason: 'audience', expected: 'chat' },
      { ...refused, reason: 'unspecified', expected: null },
      { ...refused, reason: 'identity', expected },
      { ...refused, reason: 'identity', expected },
    ])
  })

  test('whose listener throws changes no verdict', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { request, reasons } = await arrange({
      onRefused: () => {
        throw new Error('mine')
      },
    })
    expect((await request('a.b.c')).status).toBe(401)
    expect(reasons()).toHaveLength(1)
    expect(reported).toHaveBeenCalledOnce()
    reported.mockRestore()
  })
})

describe('a client', () => {
  test.each([
    ['that is still running', {}, cases.filter(([reason]) => reason !== 'expired')],
    // Whether a JWT is over can be read in it by whoever has it.
    ['that is over', over, cases.filter(([reason]) => reason !== 'malformed')],
  ])('gets one answer for every reason, for a JWT %s', async (_, claims, some) => {
    const { request, upgrade } = await arrange()
    const [requests, upgrades] = [new Set<string>(), new Set<string>()]
    for (const [, { jwt }] of some) {
      const token = await jwt(claims)
      requests.add(JSON.stringify(await request(token)))
      upgrades.add(JSON.stringify(await upgrade(token)))
    }
    expect(requests.size).toBe(1)
    expect(upgrades.size).toBe(1)
  })
})

test('each reason of the closed set has its case here', () => {
  expect([...Object.keys(REFUSED), 'unspecified'].toSorted()).toEqual([...JWT_REFUSAL_REASONS].toSorted())
})
