// docs/recipes/identity-providers.md, as it stands there, on tokens shaped as each issuer documents them. Only the keys are ours.

import { readFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { type JwtVerifierOptions, jwtVerifier } from '../../../src/server/index.ts'
import { markdownBlocks } from '../../support/code-blocks.ts'
import { importBlock } from '../../support/import-block.ts'

const RECIPE = 'docs/recipes/identity-providers.md'
const { blocks } = markdownBlocks(RECIPE, readFileSync(RECIPE, 'utf8'))
const optionsWith = async (text: string) => {
  const block = blocks.find(({ code }) => code.includes(text)) as (typeof blocks)[number]
  return (await importBlock<{ options: JwtVerifierOptions }>(block)).options
}

const { privateKey, publicKey } = await generateKeyPair('RS256')
const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }]
const iat = Math.floor(Date.now() / 1_000)
const times = { iat, exp: iat + 3_600 }

async function verify(options: JwtVerifierOptions, claims: object, typ = 'JWT') {
  const sign = new SignJWT({ ...times, ...claims } as JWTPayload)
  const isSecret = 'secret' in options
  const key = isSecret ? new TextEncoder().encode(options.secret as string) : privateKey
  const jwt = await sign.setProtectedHeader({ alg: isSecret ? 'HS256' : 'RS256', typ, kid: 'k1' }).sign(key)
  const { issuedAt, expiresAt, ...identity } =
    (await jwtVerifier(isSecret ? options : { ...options, jwks: { keys } })(jwt)) ?? {}
  return identity
}

const uuid = '6a5c9d3e-2f0b-4a86-9a53-0c8d1f6a7b21'

/** An accepted token with its identity, and tokens of the same issuer that are refused. */
const issuers: [name: string, block: string, token: object, identity: object, refused: object[], typ?: string][] = [
  [
    'Keycloak',
    '/protocol/openid-connect/certs',
    {
      iss: 'https://keycloak.example.com/realms/chat',
      aud: ['chat-api', 'account'],
      sub: uuid,
      typ: 'Bearer',
      azp: 'chat-page',
      sid: uuid,
      acr: '1',
      realm_access: { roles: ['default-roles-chat', 'operator'] },
      resource_access: { account: { roles: ['manage-account'] } },
      scope: 'openid email profile',
      email_verified: true,
      preferred_username: 'alice',
      email: 'alice@example.com',
    },
    { userId: uuid, email: 'alice@example.com', permissions: ['default-roles-chat', 'operator'] },
    [
      { typ: 'ID' },
      { typ: 'Refresh' },
      { aud: 'account' },
      { iss: 'https://keycloak.example.com/realms/other' },
      { realm_access: { roles: 'operator' } },
    ],
  ],
  [
    'Auth0',
    'auth0.com',
    {
      iss: 'https://my-tenant.eu.auth0.com/',
      aud: ['https://api.example.com/chat', 'https://my-tenant.eu.auth0.com/userinfo'],
      sub: 'auth0|123456',
      client_id: 'my_client_id',
      jti: '73WakrfVbNJBaAmhQtEeDv',
      scope: 'openid profile chat:read',
      permissions: ['chat:read', 'chat:write'],
    },
    { userId: 'auth0|123456', permissions: ['chat:read', 'chat:write'] },
    [{ iss: 'https://my-tenant.eu.auth0.com' }, { aud: 'my_client_id' }],
    'at+jwt',
  ],
  [
    'Amazon Cognito',
    'cognito-idp',
    {
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE',
      sub: uuid,
      client_id: '1example23456789',
      'cognito:groups': ['operators'],
      origin_jti: uuid,
      event_id: uuid,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      auth_time: iat,
      jti: uuid,
      username: 'alice',
    },
    { userId: uuid, permissions: ['operators'] },
    [{ token_use: 'id' }, { client_id: 'another' }, { client_id: undefined, aud: '1example23456789' }],
  ],
  [
    'Microsoft Entra ID',
    'login.microsoftonline.com',
    {
      aud: '11111111-1111-1111-1111-111111111111',
      iss: 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0',
      nbf: iat,
      aio: 'AXQAi',
      azp: '22222222-2222-2222-2222-222222222222',
      azpacr: '0',
      name: 'Alice',
      oid: uuid,
      preferred_username: 'alice@example.com',
      rh: '0.A',
      scp: 'chat.read chat.write',
      sub: 'HKZpfaHyWadeOouYlitjrI',
      tid: '00000000-0000-0000-0000-000000000000',
      uti: 'x',
      ver: '2.0',
    },
    { userId: uuid, permissions: ['chat.read', 'chat.write'] },
    [
      { aud: '00000003-0000-0000-c000-000000000000' },
      { iss: 'https://sts.windows.net/00000000-0000-0000-0000-000000000000/' },
      { oid: undefined },
    ],
  ],
  [
    'Firebase',
    'securetoken.google.com',
    {
      iss: 'https://securetoken.google.com/my-project',
      aud: 'my-project',
      auth_time: iat,
      user_id: 'Xq3Zr0',
      sub: 'Xq3Zr0',
      email: 'alice@example.com',
      email_verified: false,
      roles: ['operator'],
      firebase: { identities: { email: ['alice@example.com'] }, sign_in_provider: 'password' },
    },
    { userId: 'Xq3Zr0', permissions: ['operator'] },
    [{ aud: 'another-project' }, { iss: 'https://securetoken.google.com/another-project' }, { user_id: '' }],
  ],
  [
    'a framework that numbers its users',
    'JWT_SECRET',
    { token_type: 'access', jti: '8f1c', user_id: 42, scopes: ['chat'] },
    { userId: 'user:42', permissions: ['chat'] },
    [{ token_type: 'refresh' }, { user_id: '42' }, { scopes: 'chat' }],
  ],
]

describe.each(issuers)('a token of %s', (_, text, token, identity, refused, typ) => {
  test('speaks for its user', async () => {
    expect(await verify(await optionsWith(text), token, typ)).toEqual(identity)
  })

  test.each(refused)('is refused with %o', async (changes) => {
    expect(await verify(await optionsWith(text), { ...token, ...changes }, typ)).toEqual({})
  })
})

test('where the recipe requires a type, an ID token is refused', async () => {
  const [, text, token] = issuers.find(([name]) => name === 'Auth0') as (typeof issuers)[number]
  expect(await verify(await optionsWith(text), token, 'JWT')).toEqual({})
})
