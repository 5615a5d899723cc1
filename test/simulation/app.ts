// The app around the client: who is signed in, callbacks that may answer late, wrongly or not at all, and what is sent.

import { base64url } from '../../src/auth/jwt.ts'
import type { TokenCallback } from '../../src/auth/token-calls.ts'
import { jwtOf, type User } from '../support/canaries.ts'
import type { IssuedJwt } from './backend.ts'
import { createConditions } from './conditions.ts'
import type { Edge, Judge } from './edge.ts'

const WELL = {
  getToken: 'current' as 'current' | 'previous' | 'null' | 'throws' | 'rejects' | 'hangs',
  refreshToken: 'rotated' as 'rotated' | 'same' | 'null' | 'throws' | 'hangs',
  /** Null: at once, without a promise. */
  tokenDelayMs: null as number | null,
  flag: 'on' as 'on' | 'off' | 'throws' | 'hangs',
  /** Its listeners throw. */
  listenersThrow: false,
}

/** What a listener of the app throws. */
export class ListenerError extends Error {}

const FRESH_MS = 30_000

export interface AppDeps {
  edge: Edge
  serverNow: () => number
  tell: (inform: (judge: Judge) => void) => void
}

export function createApp({ edge, serverNow, tell }: AppDeps) {
  const { clock, setting } = edge
  const conditions = createConditions({ ...WELL })
  const jwts = new Map<string, IssuedJwt>()
  let session: IssuedJwt | null = newJwt('alice')
  let previous = session
  let hangsUntil = 0

  /** Issued by the server's clock. */
  function newJwt(user: User): IssuedJwt {
    const { jwtLifeMs } = setting
    const issuedAt = serverNow()
    const exp = jwtLifeMs === null ? null : Math.round((issuedAt + jwtLifeMs) / 1_000)
    const made = jwtOf(user, jwts.size + 1, exp)
    const expiresAt = exp === null ? null : exp * 1_000
    const jwt = { ...made, issuedAt, expiresAt, entry: `jwt.${base64url(made.value)}` }
    jwts.set(jwt.value, jwt)
    return jwt
  }

  function give(value: string | null, delayMs: number | null): string | null | Promise<string | null> {
    const askedIn = edge.sessionChanges
    if (delayMs === null) {
      tell((judge) => judge.tokenGiven?.(value, askedIn))
      return value
    }
    return new Promise((resolve) =>
      clock.after(delayMs, () => {
        tell((judge) => judge.tokenGiven?.(value, askedIn))
        resolve(value)
      }),
    )
  }

  /** Whatever it holds, nobody is to see it: it is quoted where a careless app would quote it. */
  const careless = () => new Error(`no token but ${session?.value}`)

  function hang(): Promise<never> {
    hangsUntil = clock.now() + 10_000
    return new Promise(() => {})
  }

  const getToken: TokenCallback = () => {
    tell((judge) => judge.tokenAsked?.())
    const { getToken: how, tokenDelayMs } = conditions.now
    if (how === 'throws') throw careless()
    if (how === 'rejects') return Promise.reject(careless())
    if (how === 'hangs') return hang()
    // Without a refreshToken it sees to it by itself that its JWT is good for some time.
    if (!setting.hasRefreshToken && session && session.expiresAt !== null && session.expiresAt < serverNow() + FRESH_MS)
      app.rotate()
    const value = how === 'null' ? null : how === 'previous' ? previous.value : (session?.value ?? null)
    return give(value, tokenDelayMs)
  }

  const refreshToken: TokenCallback = () => {
    tell((judge) => judge.tokenAsked?.())
    const { refreshToken: how, tokenDelayMs } = conditions.now
    if (how === 'throws') throw careless()
    if (how === 'hangs') return hang()
    if (how === 'rotated' && session) app.rotate()
    return give(how === 'null' ? null : (session?.value ?? null), tokenDelayMs)
  }

  const app = {
    conditions,
    jwts,
    getToken,
    refreshToken,
    user: (): User | null => session?.user ?? null,
    jwt: () => session,
    signIn(user: User) {
      previous = session ?? previous
      session = newJwt(user)
    },
    signOut() {
      previous = session ?? previous
      session = null
    },
    rotate() {
      if (!session) return
      previous = session
      session = newJwt(session.user)
    },
    /** Somebody may still wait for one of its callbacks, in vain. */
    isHanging: () => clock.now() < hangsUntil,
    flag(): boolean | Promise<boolean> {
      const { flag } = conditions.now
      if (flag === 'throws') throw new Error('flags are down')
      return flag === 'hangs' ? hang() : flag === 'on'
    },
  }
  return app
}
