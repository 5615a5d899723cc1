// Whom a JWT speaks for, where an app says so by `identity`.

import { type JWTPayload, SignJWT } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import type { IdentityOf } from '../../../src/server/jwt-identity.ts'
import { jwtVerifier } from '../../../src/server/jwt-verifier.ts'

const secret = new Uint8Array(32).fill(7)
const nowSeconds = Math.floor(Date.now() / 1_000)
const sign = (claims: object) =>
  new SignJWT({ iat: nowSeconds, exp: nowSeconds + 60, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(secret)

async function verify(claims: object, identity?: IdentityOf) {
  const onRefused = vi.fn()
  const verifier = jwtVerifier({ secret, onRefused, ...(identity && { identity }) })
  return { identity: await verifier(await sign(claims)), refusals: onRefused.mock.calls.map(([refusal]) => refusal) }
}

describe('an identity that the app reads from the claims', () => {
  test.each<[string, object, IdentityOf, object]>([
    ['a numeric sub', { sub: 42 }, ({ sub }) => ({ userId: String(sub) }), { userId: '42' }],
    ['user_id', { user_id: 'alice' }, ({ user_id }) => ({ userId: user_id as string }), { userId: 'alice' }],
    [
      'scp',
      { sub: 'alice', scp: 'chat read' },
      ({ sub, scp }) => ({ userId: sub as string, permissions: (scp as string).split(' ') }),
      { userId: 'alice', permissions: ['chat', 'read'] },
    ],
    [
      'a list of scopes',
      { sub: 'alice', scope: ['chat', 'read'] },
      ({ sub, scope }) => ({ userId: sub as string, permissions: scope as string[] }),
      { userId: 'alice', permissions: ['chat', 'read'] },
    ],
    [
      'realm_access.roles',
      { sub: 'alice', realm_access: { roles: ['operator'] } },
      ({ sub, realm_access }) => ({
        userId: sub as string,
        permissions: (realm_access as { roles: string[] }).roles,
      }),
      { userId: 'alice', permissions: ['operator'] },
    ],
  ])('takes %s', async (_, claims, identityOf, expected) => {
    const { identity, refusals } = await verify(claims, identityOf)
    expect(identity).toEqual({
      ...expected,
      issuedAt: nowSeconds * 1_000,
      expiresAt: (nowSeconds + 65) * 1_000,
    })
    expect(refusals).toEqual([])
  })

  test('cannot move the times of the JWT, nor add anything else', async () => {
    const forged = { userId: 'alice', issuedAt: 0, expiresAt: Number.MAX_SAFE_INTEGER, isAdmin: true }
    const { identity } = await verify({ sub: 'alice' }, () => forged)
    expect(identity).toEqual({
      userId: 'alice',
      issuedAt: nowSeconds * 1_000,
      expiresAt: (nowSeconds + 65) * 1_000,
    })
  })

  test('is asked only about a JWT that passed every other check', async () => {
    const identityOf = vi.fn(() => ({ userId: 'alice' }))
    await verify({ sub: 'alice', exp: nowSeconds - 60 }, identityOf)
    expect(identityOf).not.toHaveBeenCalled()
  })
})

describe('an identity that is none refuses the JWT, and the operator learns why', () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)

  test.each<[string, () => unknown, string]>([
    ['null', () => null, 'returned null'],
    ['undefined', () => undefined, 'returned something else'],
    ['text', () => 'alice', 'returned something else'],
    ['a list', () => ['alice'], 'returned something else'],
    ['no user', () => ({ permissions: ['chat'] }), 'returned something else'],
    ['a nameless user', () => ({ userId: '' }), 'returned something else'],
    ['a numeric user', () => ({ userId: 42 }), 'returned something else'],
    ['permissions as text', () => ({ userId: 'alice', permissions: 'chat read' }), 'returned something else'],
    ['permissions of another type', () => ({ userId: 'alice', permissions: [{}] }), 'returned something else'],
    ['an email that is none', () => ({ userId: 'alice', email: null }), 'returned something else'],
    ['a promise', async () => ({ userId: 'alice' }), 'returned a promise'],
    ['a promise that is rejected', () => Promise.reject(new Error('later')), 'returned a promise'],
    [
      'an object that throws when it is read',
      () => ({
        get userId() {
          throw new Error('not now')
        },
      }),
      'threw Error: not now',
    ],
    [
      'an error',
      () => {
        throw new TypeError("Cannot read properties of undefined (reading 'roles')")
      },
      "threw TypeError: Cannot read properties of undefined (reading 'roles')",
    ],
  ])('%s', async (_, identityOf, fact) => {
    const { identity, refusals } = await verify({ sub: 'alice' }, identityOf as IdentityOf)
    expect(identity).toBeNull()
    const expected = `identity(claims) must return { userId, email?, permissions? }, and ${fact}`
    expect(refusals).toEqual([{ reason: 'identity', expected, kid: null }])
    await new Promise(setImmediate)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('without the function, a sub that is no text is named', async () => {
    for (const sub of [42, '', null, { id: 7 }]) {
      const { identity, refusals } = await verify({ sub })
      expect(identity, String(sub)).toBeNull()
      expect(refusals).toEqual([{ reason: 'claim', expected: 'sub', kid: null }])
    }
  })
})
