import { expect, test } from 'vitest'
import { createAccounts } from '../../../demo/accounts.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

// jose reads the real clock for `exp`, so the virtual one starts at the real time.
const arrange = () => {
  const clock = createVirtualClock(Date.now())
  return { clock, accounts: createAccounts({ clock }) }
}

test('a log-in gives a JWT with the user’s permissions, and nobody else gets one', async () => {
  const { accounts } = arrange()
  const tokens = await accounts.signIn('alice')
  expect(await accounts.verifyToken(tokens?.access_token ?? '')).toMatchObject({
    userId: 'alice',
    permissions: ['ask', 'read:handbook'],
  })
  expect(await accounts.signIn('mallory')).toBeNull()
})

test('expired tokens say so, and what replaces them within the same millisecond is good', async () => {
  const { accounts, clock } = arrange()
  const tokens = await accounts.signIn('bob')
  accounts.expireTokens()
  expect(await accounts.verifyToken(tokens?.access_token ?? '')).toMatchObject({ expiresAt: clock.wallNow() })
  const fresh = await accounts.refresh(tokens?.refresh_token)
  const identity = await accounts.verifyToken(fresh?.access_token ?? '')
  expect(identity?.expiresAt).toBeGreaterThan(clock.wallNow())
})

test('after a sign-out the refresh token gives no JWT', async () => {
  const { accounts } = arrange()
  const tokens = await accounts.signIn('alice')
  accounts.signOut(tokens?.refresh_token)
  expect(await accounts.refresh(tokens?.refresh_token)).toBeNull()
})

test('a server that starts anew knows no token of the one before', async () => {
  const tokens = await arrange().accounts.signIn('alice')
  const { accounts } = arrange()
  expect(await accounts.verifyToken(tokens?.access_token ?? '')).toBeNull()
  expect(await accounts.refresh(tokens?.refresh_token)).toBeNull()
})
