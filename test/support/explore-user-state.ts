// Every state of *who is signed in* that the table can reach, and every event in it. Bounded: two users, and JWTs that name
// nobody.

import { type Jwt, type Step, type UserEvent, type UserState, userStateAfter } from '../../src/auth/user-state.ts'
import { Secret } from '../../src/platform/secret.ts'

const jwtOf = (userId: string | null): Jwt => ({
  token: new Secret(`jwt of ${userId}`),
  claims: userId === null ? null : { userId, email: null, expiresAt: null },
  receivedAt: 0,
  question: 1,
})

/** In words for a diagram. */
export const USER_EVENTS: Readonly<Record<string, UserEvent>> = {
  'getToken gives an opaque JWT': { type: 'jwt', jwt: jwtOf(null) },
  'getToken names Alice': { type: 'jwt', jwt: jwtOf('alice') },
  'getToken names Bob': { type: 'jwt', jwt: jwtOf('bob') },
  'getToken gives none': { type: 'none' },
  'getToken gives a barred JWT': { type: 'barred' },
  'handleLogout()': { type: 'sign_out' },
  'signedIn()': { type: 'sign_in' },
}

export interface WhoStep {
  before: UserState
  event: string
  after: Step
}

const keyOf = (user: UserState) => `${user.state} ${user.state === 'named' ? user.userId : ''}`

export function exploreUserState(): WhoStep[] {
  const steps: WhoStep[] = []
  const reached = new Map<string, UserState>([['unknown ', { state: 'unknown' }]])
  for (const before of reached.values()) {
    for (const [event, what] of Object.entries(USER_EVENTS)) {
      const after = userStateAfter(before, what)
      steps.push({ before, event, after })
      if (after.session !== 'refused' && !reached.has(keyOf(after.user))) reached.set(keyOf(after.user), after.user)
    }
  }
  return steps
}
