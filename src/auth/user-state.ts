// Who is signed in, as one of six states, and what each thing that may happen makes of it. A plain function of its arguments:
// nothing here calls the app or a listener.

import type { Secret } from '../platform/secret.ts'
import type { JwtClaims } from './jwt.ts'

/** A JWT as the app gave it. */
export interface Jwt {
  readonly token: Secret
  readonly claims: JwtClaims | null
  /** Monotonic milliseconds. */
  readonly receivedAt: number
  /** Questions to the app are numbered: the answer to one that is older than this comes too late. */
  readonly question: number
}

export type UserState =
  /** The app was not asked yet. */
  | { readonly state: 'unknown' }
  /** The app has said that nobody is signed in. */
  | { readonly state: 'nobody' }
  /** The user has signed out. The user whom `getToken` names next has signed in; a refresh that is late revives nobody. */
  | { readonly state: 'signed_out' }
  /** The app has said that somebody has signed in, and has given no JWT yet. */
  | { readonly state: 'announced' }
  /** Somebody is signed in, and no JWT has a user id. */
  | { readonly state: 'opaque'; readonly jwt: Jwt }
  /** A JWT of this session has a user id: that id stays, also when a newer JWT has none. */
  | { readonly state: 'named'; readonly jwt: Jwt; readonly userId: string }

export type UserEvent =
  /** The app has given a JWT that may be used. */
  | { type: 'jwt'; jwt: Jwt }
  /** The app has none. */
  | { type: 'none' }
  /** The app still gives a JWT of a session that has ended. */
  | { type: 'barred' }
  | { type: 'sign_out' }
  | { type: 'sign_in' }

export type Step =
  | { session: 'same' | 'new'; user: UserState }
  /** Taken for nobody, somebody who has just signed in would be connected as nobody, and stay so. */
  | { session: 'refused' }

const same = (user: UserState): Step => ({ session: 'same', user })
const another = (user: UserState): Step => ({ session: 'new', user })
const REFUSED: Step = { session: 'refused' }

export function userStateAfter(user: UserState, event: UserEvent): Step {
  switch (event.type) {
    case 'jwt':
      return afterJwt(user, event.jwt)
    case 'sign_out':
      return another({ state: 'signed_out' })
    case 'sign_in':
      return another({ state: 'announced' })
    default:
      return withoutJwt(user, event.type)
  }
}

function afterJwt(user: UserState, jwt: Jwt): Step {
  const before = userIdOf(user)
  const userId = jwt.claims?.userId ?? before
  if (userId === null) return same({ state: 'opaque', jwt })
  const named: UserState = { state: 'named', jwt, userId }
  return before === null || before === userId ? same(named) : another(named)
}

function withoutJwt(user: UserState, type: 'none' | 'barred'): Step {
  switch (user.state) {
    case 'unknown':
    case 'nobody':
      return same({ state: 'nobody' })
    case 'signed_out':
      return same(user)
    case 'announced':
      return REFUSED
    case 'opaque':
    case 'named':
      return type === 'none' ? another({ state: 'nobody' }) : REFUSED
    default:
      return user satisfies never
  }
}

/** The JWT that was received last; null: there is none. */
export const jwtOf = (user: UserState): Jwt | null => ('jwt' in user ? user.jwt : null)

/** By the JWTs of this session; null: nobody is signed in, or none of them has an id. */
export const userIdOf = (user: UserState): string | null => (user.state === 'named' ? user.userId : null)

/** Null: the app was not asked yet. */
export const isSignedIn = (user: UserState): boolean | null =>
  user.state === 'unknown' ? null : user.state !== 'nobody' && user.state !== 'signed_out'
