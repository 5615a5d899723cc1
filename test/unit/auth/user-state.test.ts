// Who is signed in, as a table: every state that can be reached, and every event in it.

import { describe, expect, test } from 'vitest'
import { isSignedIn, jwtOf, type UserState, userIdOf } from '../../../src/auth/user-state.ts'
import { exploreUserState, USER_EVENTS } from '../../support/explore-user-state.ts'

const steps = exploreUserState()
const from = (state: UserState['state'], event: string) =>
  steps.filter(({ before, ...step }) => before.state === state && step.event === event).map(({ after }) => after)
const outcomes = (state: UserState['state'], event: string) => [
  ...new Set(
    from(state, event).map((after) =>
      after.session === 'refused' ? 'refused' : `${after.session} ${after.user.state}`,
    ),
  ),
]

test('six states can be reached, and each event is tried in each of them', () => {
  const states = new Set(steps.map(({ before }) => before.state))
  expect([...states].sort()).toEqual(['announced', 'named', 'nobody', 'opaque', 'signed_out', 'unknown'])
  for (const state of states) for (const event of Object.keys(USER_EVENTS)) expect(from(state, event)).not.toEqual([])
})

describe.each([...new Set(steps.map(({ before }) => before.state))])('from %s', (state) => {
  test('handleLogout() and signedIn() begin another session', () => {
    expect(outcomes(state, 'handleLogout()')).toEqual(['new signed_out'])
    expect(outcomes(state, 'signedIn()')).toEqual(['new announced'])
  })

  test('a JWT is used, whatever was before it', () => {
    expect(
      from(state, 'getToken names Bob').map((after) => after.session !== 'refused' && userIdOf(after.user)),
    ).toEqual(from(state, 'getToken names Bob').map(() => 'bob'))
  })

  test('no JWT does not sign out a user who has just signed in', () => {
    const expected: Record<UserState['state'], string> = {
      unknown: 'same nobody',
      nobody: 'same nobody',
      signed_out: 'same signed_out',
      announced: 'refused',
      opaque: 'new nobody',
      named: 'new nobody',
    }
    expect(outcomes(state, 'getToken gives none')).toEqual([expected[state]])
  })

  test('a JWT of a session that has ended is taken for none where nobody is signed in, and is an error elsewhere', () => {
    const isSomebody = state === 'announced' || state === 'opaque' || state === 'named'
    const [outcome] = outcomes(state, 'getToken gives a barred JWT')
    expect(outcome === 'refused').toBe(isSomebody)
  })
})

test('another user is another session, and only that: a JWT that names no user, or the same one, goes on in it', () => {
  for (const { before, event, after } of steps) {
    if (!event.startsWith('getToken names') && !event.includes('opaque')) continue
    if (after.session === 'refused') throw new Error(`a JWT was refused in ${before.state}`)
    const isAnother = userIdOf(before) !== null && userIdOf(after.user) !== userIdOf(before)
    expect([before.state, event, after.session]).toEqual([before.state, event, isAnother ? 'new' : 'same'])
  }
})

test('a JWT is held exactly where somebody has given one', () => {
  for (const { before } of steps) {
    expect(jwtOf(before) !== null).toBe(before.state === 'opaque' || before.state === 'named')
    expect(isSignedIn(before)).toBe(
      { unknown: null, nobody: false, signed_out: false, announced: true, opaque: true, named: true }[before.state],
    )
  }
})
