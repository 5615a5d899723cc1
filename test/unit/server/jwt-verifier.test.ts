import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jwtVerifier } from '../../../src/server/jwt-verifier.ts'

const secret = 'a secret of thirty-two bytes, just'.slice(0, 32)
const key = new TextEncoder().encode(secret)
const nowSeconds = () => Math.floor(Date.now() / 1_000)

const sign = (claims: JWTPayload, alg = 'HS256', signingKey: Parameters<SignJWT['sign']>[0] = key, kid?: string) =>
  new SignJWT(claims).setProtectedHeader({ alg, ...(kid && { kid }) }).sign(signingKey)

const good = (claims: JWTPayload = {}) => ({ sub: 'alice', iat: nowSeconds(), exp: nowSeconds() + 60, ...claims })

describe('with a shared secret', () => {
  test('resolves to the user and the end of the JWT', async () => {
    const claims = good({ email: 'alice@example.com', permissions: ['chat', 7, 'read'] })
    expect(await jwtVerifier({ secret })(await sign(claims))).toEqual({
      userId: 'alice',
      email: 'alice@example.com',
      permissions: ['chat', 'read'],
      issuedAt: claims.iat * 1_000,
      expiresAt: (claims.exp + 5) * 1_000,
    })
  })

  test('takes the scope where there is no list of permissions', async () => {
    expect(await jwtVerifier({ secret: key })(await sign(good({ scope: 'chat  read' })))).toMatchObject({
      permissions: ['chat', 'read'],
    })
    expect(await jwtVerifier({ secret })(await sign(good({ scope: ['chat'] })))).toMatchObject({ permissions: [] })
  })

  test('accepts an end within the tolerance, and no later one', async () => {
    const verify = jwtVerifier({ secret, clockToleranceSeconds: 30 })
    const exp = nowSeconds() - 20
    expect(await verify(await sign(good({ exp })))).toMatchObject({ expiresAt: (exp + 30) * 1_000 })
    expect(await verify(await sign(good({ exp: exp - 20 })))).toBeNull()
    expect(await jwtVerifier({ secret, clockToleranceSeconds: 0 })(await sign(good({ exp })))).toBeNull()
  })

  test('requires the type of the token where one is named', async () => {
    const verify = jwtVerifier({ secret, typ: 'at+jwt' })
    const signAs = (typ?: string) =>
      new SignJWT(good()).setProtectedHeader({ alg: 'HS256', ...(typ && { typ }) }).sign(key)
    // RFC 7515 §4.1.9: `application/` may be left out, and case does not count.
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt']) expect(await verify(await signAs(typ))).not.toBeNull()
    for (const typ of ['JWT', 'dpop+jwt', undefined]) expect(await verify(await signAs(typ))).toBeNull()
    expect(await jwtVerifier({ secret })(await signAs('JWT'))).not.toBeNull()
  })

  test.each<[string, () => Promise<string> | string]>([
    ['another secret', () => sign(good(), 'HS256', new Uint8Array(32))],
    ['another algorithm', () => sign(good(), 'HS512', new Uint8Array(64))],
    ['no algorithm', () => new UnsecuredJWT(good()).encode()],
    ['no end', () => sign({ sub: 'alice' })],
    ['no subject', () => sign({ exp: nowSeconds() + 60 })],
    ['an empty subject', () => sign(good({ sub: '' }))],
    ['an end that has passed', () => sign(good({ exp: nowSeconds() - 60 }))],
    ['a beginning to come', () => sign(good({ nbf: nowSeconds() + 60 }))],
    ['an end that is no number', () => sign(good({ exp: 'tomorrow' as never }))],
    ['a part missing', async () => (await sign(good())).split('.').slice(0, 2).join('.')],
    [
      'a changed payload',
      async () =>
        (await sign(good())).replace(
          /\.[^.]+\./,
          `.${Buffer.from(JSON.stringify(good({ sub: 'bob' }))).toString('base64url')}.`,
        ),
    ],
    ['nothing', () => ''],
    ['nonsense', () => 'a.b.c'],
    ['dots', () => '....'],
  ])('refuses %s', async (_, token) => {
    expect(await jwtVerifier({ secret })(await token())).toBeNull()
  })

  test('checks issuer and audience when they are named', async () => {
    const verify = jwtVerifier({ secret, issuer: 'https://login.example.com', audience: 'chat' })
    expect(await verify(await sign(good({ iss: 'https://login.example.com', aud: ['other', 'chat'] })))).not.toBeNull()
    expect(await verify(await sign(good({ iss: 'https://login.example.com', aud: 'other' })))).toBeNull()
    expect(await verify(await sign(good({ iss: 'https://evil.example', aud: 'chat' })))).toBeNull()
    expect(await verify(await sign(good()))).toBeNull()
  })

  test('is not changed by what happens to the bytes afterwards', async () => {
    const bytes = key.slice()
    const verify = jwtVerifier({ secret: bytes })
    bytes.fill(0)
    expect(await verify(await sign(good()))).not.toBeNull()
    expect(await verify(await sign(good(), 'HS256', bytes))).toBeNull()
  })
})

describe('with a key set', () => {
  async function arrangeKeys() {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    return { privateKey, keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] }
  }

  async function serve(answer: () => { status: number; body: string }) {
    let asked = 0
    const server = createServer((_request, response) => {
      asked++
      const { status, body } = answer()
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, asked: () => asked }
  }

  test('takes one that is at hand', async () => {
    const { privateKey, keys } = await arrangeKeys()
    const verify = jwtVerifier({ jwks: { keys } })
    expect(await verify(await sign(good(), 'ES256', privateKey, 'k1'))).toMatchObject({ userId: 'alice' })
    expect(await verify(await sign(good(), 'ES256', privateKey, 'other'))).toBeNull()
  })

  test('fetches one, once for a crowd', async () => {
    const { privateKey, keys } = await arrangeKeys()
    const { url, asked } = await serve(() => ({ status: 200, body: JSON.stringify({ keys }) }))
    const verify = jwtVerifier({ jwks: url })
    const token = await sign(good(), 'ES256', privateKey, 'k1')
    const identities = await Promise.all(Array.from({ length: 20 }, () => verify(token)))
    expect(identities.every((identity) => identity?.userId === 'alice')).toBe(true)
    expect(asked()).toBe(1)
    await expect(verify(await sign(good(), 'ES256', privateKey, 'unknown'))).rejects.toThrow('cannot be asked now')
  })

  test.each([
    [500, 'no'],
    [200, 'no JSON'],
    [200, '{}'],
  ])(
    'throws when the keys are not available (%i %j), since that is no evidence about the token',
    async (status, body) => {
      const { privateKey } = await arrangeKeys()
      const { url } = await serve(() => ({ status, body }))
      const token = await sign(good(), 'ES256', privateKey, 'k1')
      await expect(jwtVerifier({ jwks: new URL(url) })(token)).rejects.toThrow()
    },
  )

  test('does not take a public key for a shared secret', async () => {
    const { keys } = await arrangeKeys()
    const forged = await sign(good(), 'HS256', new TextEncoder().encode(JSON.stringify(keys[0])), 'k1')
    expect(await jwtVerifier({ jwks: { keys } })(forged)).toBeNull()
  })
})

test.each([
  [{ secret: 'short' }, 'secret must be at least 32 bytes long, got 5 bytes'],
  [{ secret: 'x'.repeat(32), algorithms: ['HS256', 'HS512'] }, 'secret must be at least 64 bytes long, got 32 bytes'],
  [{ secret: undefined }, 'secret must be a string or bytes, got undefined'],
  [{ secret, algorithms: ['none'] }, 'algorithms must be some of HS256, HS384, HS512, got "none"'],
  [{ secret, algorithms: [] }, 'algorithms must be some of HS256, HS384, HS512, got an array'],
  [{ secret, clockToleranceSeconds: 31 }, 'clockToleranceSeconds must be a number from 0 to 30, got 31'],
  [{ jwks: { keys: [] }, algorithms: ['HS256'] }, 'got "HS256"'],
  [{ jwks: 'http://login.example.com/jwks' }, 'jwks must be an https: address, got "http://login.example.com/jwks"'],
  [{ jwks: 'http://login.example.com/jwks' }, 'Set allowInsecureJwks: true only for an issuer in your own cluster'],
  [{ jwks: 'ftp://login.example.com/jwks', allowInsecureJwks: true }, 'jwks must be an https: address'],
  [{ jwks: 'https://login.example.com/jwks', allowInsecureJwks: 'yes' }, 'allowInsecureJwks must be true or false'],
  [{ secret, typ: '' }, 'typ must be a non-empty string, got ""'],
  [{ secret, identity: {} }, 'identity must be a function, got an object'],
  [{ secret, onRefused: 'log' }, 'onRefused must be a function, got "log"'],
  [{ jwks: 'nowhere' }, 'jwks must be an https: address, got "nowhere"'],
  [{ jwks: {} }, 'jwks must be an address or a key set, got an object'],
])('refuses %o', (options, message) => {
  expect(() => jwtVerifier(options as never)).toThrow(TypeError)
  expect(() => jwtVerifier(options as never)).toThrow(message)
})

test('takes keys by http: from the same cluster where that is allowed', () => {
  const jwks = 'http://keycloak:8080/realms/chat/protocol/openid-connect/certs'
  expect(() => jwtVerifier({ jwks, allowInsecureJwks: true })).not.toThrow()
  expect(() => jwtVerifier({ jwks, allowInsecureJwks: false })).toThrow('jwks must be an https: address')
})

test('names the reason why keys cannot be fetched, which fetch hides in its cause', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const verify = jwtVerifier({ jwks: `http://127.0.0.1:${port}/jwks.json` })
  const { privateKey } = await generateKeyPair('ES256')
  await expect(verify(await sign(good(), 'ES256', privateKey, 'k1'))).rejects.toThrow(
    `The issuer's keys are not available (fetch failed: connect ECONNREFUSED 127.0.0.1:${port}). Check jwks`,
  )
})

test('a refused secret is not shown', () => {
  expect(() => jwtVerifier({ secret: 'hunter2' })).toThrow(expect.not.stringContaining('hunter2'))
})
