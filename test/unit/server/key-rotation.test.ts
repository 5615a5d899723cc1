// Issuers that change their keys, fail, or are flooded with keys that they never had; each a real HTTP server. jose reads
// the time from `Date`, so that is what is moved.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { jwtVerifier } from '../../../src/server/jwt-verifier.ts'

const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  return () => void vi.useRealTimers()
})
const pass = (ms: number) => vi.advanceTimersByTime(ms)

async function createKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }
  const sign = (claims = {}, header: Partial<JWTHeaderParameters> = {}) =>
    new SignJWT({ sub: 'alice', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid, ...header })
      .setExpirationTime('2h')
      .sign(privateKey)
  return { jwk, sign }
}
type Key = Awaited<ReturnType<typeof createKey>>

async function startIssuer(...keys: Key[]) {
  const issuer = { keys, status: 200, asked: 0, url: '' }
  const server = createServer((_request, response) => {
    issuer.asked++
    response.writeHead(issuer.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  return issuer
}

describe('an issuer that changes its keys', () => {
  test('during thousands of verifications causes no refusal, and one request more', async () => {
    const [k1, k2] = [await createKey('k1'), await createKey('k2')]
    const issuer = await startIssuer(k1)
    const verify = jwtVerifier({ jwks: issuer.url })
    const [old, fresh] = [await k1.sign(), await k2.sign()]
    expect(await verify(old)).toMatchObject({ userId: 'alice' })
    pass(MINUTE)
    const verifying = Array.from({ length: 500 }, () => verify(old))
    issuer.keys = [k1, k2]
    for (let n = 0; n < 750; n++) verifying.push(verify(fresh), verify(old))
    const verdicts = await Promise.all(verifying)
    expect(verdicts.filter((identity) => identity?.userId !== 'alice')).toEqual([])
    expect([verdicts.length, issuer.asked]).toEqual([2_000, 2])
    issuer.keys = [k2]
    pass(11 * MINUTE)
    expect(await verify(fresh)).toMatchObject({ userId: 'alice' })
    expect(await Promise.resolve(verify(old)).catch(() => 'later')).toBe('later')
    pass(MINUTE)
    expect(await verify(old)).toBeNull()
  })

  test('a moment after it was asked is "not now", not a refusal, until it may be asked again', async () => {
    const [k1, k2] = [await createKey('k1'), await createKey('k2')]
    const issuer = await startIssuer(k1)
    const verify = jwtVerifier({ jwks: issuer.url })
    const [old, fresh] = [await k1.sign(), await k2.sign()]
    await verify(old)
    issuer.keys = [k2]
    await expect(verify(fresh)).rejects.toThrow('The key is unknown, and its issuer cannot be asked now.')
    expect(await verify(old)).toMatchObject({ userId: 'alice' })
    pass(30_000)
    expect(await verify(fresh)).toMatchObject({ userId: 'alice' })
    expect(issuer.asked).toBe(2)
  })
})

test('a flood of unknown keys causes one request to the issuer per cooldown, and refuses no valid JWT', async () => {
  const k1 = await createKey('k1')
  const issuer = await startIssuer(k1)
  const verify = jwtVerifier({ jwks: issuer.url })
  const good = await k1.sign()
  await verify(good)
  for (let round = 1; round <= 3; round++) {
    pass(30_000)
    const forged = await Promise.all(Array.from({ length: 300 }, (_, n) => k1.sign({}, { kid: `unknown-${n}` })))
    const verdicts = await Promise.all(
      forged.map(async (jwt) => await verify(jwt)).map((verdict) => verdict.catch(() => 'later')),
    )
    expect(verdicts.every((verdict) => verdict === null || verdict === 'later')).toBe(true)
    expect(await verify(good)).toMatchObject({ userId: 'alice' })
    expect(issuer.asked).toBe(1 + round)
  }
})

test('an expired JWT of an unknown key is refused at once: no key would make it good', async () => {
  const [k1, k2] = [await createKey('k1'), await createKey('k2')]
  const issuer = await startIssuer(k1)
  const verify = jwtVerifier({ jwks: issuer.url })
  await verify(await k1.sign())
  const expired = await k2.sign()
  pass(2 * 60 * MINUTE + 10_000)
  await verify(await k1.sign())
  expect(await verify(expired)).toBeNull()
})

describe('an issuer that is down', () => {
  test('does not stop those whose keys are at hand, for ten minutes more, and is not asked for each of them', async () => {
    const k1 = await createKey('k1')
    const issuer = await startIssuer(k1)
    const verify = jwtVerifier({ jwks: issuer.url })
    const jwt = await k1.sign()
    await verify(jwt)
    issuer.status = 503
    pass(10 * MINUTE)
    for (let n = 0; n < 100; n++) expect(await verify(jwt)).toMatchObject({ userId: 'alice' })
    expect(issuer.asked).toBe(2)
    pass(9 * MINUTE)
    expect(await verify(jwt)).toMatchObject({ userId: 'alice' })
    await expect(verify(await k1.sign({}, { kid: 'new' }))).rejects.toThrow()
    pass(MINUTE)
    await expect(verify(jwt)).rejects.toThrow()
    issuer.status = 200
    expect(await verify(jwt)).toMatchObject({ userId: 'alice' })
  })

  test('and was never up, is "not now" for everybody', async () => {
    const k1 = await createKey('k1')
    const issuer = await startIssuer(k1)
    issuer.status = 500
    await expect(jwtVerifier({ jwks: issuer.url })(await k1.sign())).rejects.toThrow()
  })
})

describe('a key address that the token names', () => {
  test.each<[string, (url: string) => Partial<JWTHeaderParameters>, (url: string) => object]>([
    ['jku', (jku) => ({ jku }), () => ({})],
    ['x5u', (x5u) => ({ x5u }), () => ({})],
    ['iss', () => ({}), (iss) => ({ iss })],
  ])('is never looked at: %s', async (_, header, claims) => {
    const [good, evil] = [await createKey('k1'), await createKey('k1')]
    const [issuer, elsewhere] = [await startIssuer(good), await startIssuer(evil)]
    const verify = jwtVerifier({ jwks: issuer.url })
    expect(await verify(await evil.sign(claims(elsewhere.url), header(elsewhere.url)))).toBeNull()
    expect([issuer.asked, elsewhere.asked]).toEqual([1, 0])
  })

  test('is never looked at: a key in the header itself', async () => {
    const [good, evil] = [await createKey('k1'), await createKey('k1')]
    const issuer = await startIssuer(good)
    expect(await jwtVerifier({ jwks: issuer.url })(await evil.sign({}, { jwk: evil.jwk }))).toBeNull()
  })

  test('a redirect of the issuer is not followed', async () => {
    const evil = await createKey('k1')
    const elsewhere = await startIssuer(evil)
    const redirect = createServer((_request, response) => response.writeHead(302, { location: elsewhere.url }).end())
    await new Promise<void>((resolve) => redirect.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void redirect.close())
    const jwks = `http://127.0.0.1:${(redirect.address() as AddressInfo).port}/`
    await expect(jwtVerifier({ jwks })(await evil.sign())).rejects.toThrow()
    expect(elsewhere.asked).toBe(0)
  })
})

describe('two issuers whose keys have the same id', () => {
  const [here, there] = ['https://here.example', 'https://there.example']
  async function arrange() {
    const keys = [await createKey('k1'), await createKey('k1')] as const
    const issuers = [await startIssuer(keys[0]), await startIssuer(keys[1])] as const
    const verify = jwtVerifier([
      { jwks: issuers[0].url, issuer: here },
      { jwks: issuers[1].url, issuer: there },
    ])
    return { keys, issuers, verify }
  }

  test('are kept apart: each is judged by its own keys', async () => {
    const { keys, verify } = await arrange()
    for (let round = 0; round < 2; round++) {
      expect(await verify(await keys[0].sign({ iss: here, sub: 'alice' }))).toMatchObject({ userId: 'alice' })
      expect(await verify(await keys[1].sign({ iss: there, sub: 'bob' }))).toMatchObject({ userId: 'bob' })
      expect(await verify(await keys[0].sign({ iss: there }))).toBeNull()
      expect(await verify(await keys[1].sign({ iss: here }))).toBeNull()
    }
  })

  test.each([{ iss: 'https://evil.example' }, { iss: '' }, {}, { iss: 7 }, { iss: '__proto__' }])(
    'and a third is refused without asking either: %j',
    async (claims) => {
      const { keys, issuers, verify } = await arrange()
      expect(await verify(await keys[0].sign(claims as object))).toBeNull()
      expect(await verify('nonsense')).toBeNull()
      expect(issuers.map(({ asked }) => asked)).toEqual([0, 0])
    },
  )

  test.each([
    [[], 'options must name an issuer, got an empty array'],
    [[{ jwks: { keys: [] } }], 'issuer must be named for each of several issuers, got undefined'],
    [Array(2).fill({ jwks: { keys: [] }, issuer: here }), `issuer must be named once, got "${here}" twice`],
  ])('refuses %j', (options, message) => {
    expect(() => jwtVerifier(options)).toThrow(new TypeError(message))
  })
})
