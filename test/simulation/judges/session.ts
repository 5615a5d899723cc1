// Sessions: what belongs to one session is not used in another; and `none` is for nobody, not for somebody refused.

import type { AppAct, Judge } from '../edge.ts'
import type { World } from '../world.ts'

/** For so long after a sign-out a JWT that the app was asked for before it may be that of the user who has left. */
const CLEARED_AFTER_MS = 10_000

export function judgeSession({ edge, app }: Pick<World, 'edge' | 'app'>): Judge {
  /** JWTs that the app gave in this session, and those of sessions before. */
  let given = new Set<unknown>()
  let past = new Set<unknown>()
  /** Given since the sign-out, to a question from before it. */
  let overtaken = new Set<unknown>()
  let signedOutAt = Number.NEGATIVE_INFINITY
  let lastToken: unknown
  let isClosed = false
  /** Whom the server has named, since the session began. */
  let sessionUser: string | null | undefined
  let lastAct: AppAct | null = null

  return {
    tokenGiven(value, askedIn) {
      lastToken = value
      given.add(value)
      if (askedIn !== edge.sessionChanges) overtaken.add(value)
    },
    dialled({ method }) {
      if (isClosed) edge.violate('closed', 'dialled after close()')
      const mayBeOfWhoLeft = overtaken.has(lastToken) && edge.clock.now() < signedOutAt + CLEARED_AFTER_MS
      if (method === 'none' && app.jwts.has(lastToken as string) && !past.has(lastToken) && !mayBeOfWhoLeft) {
        edge.violate('none', 'dialled without a credential though somebody is signed in')
      }
      if (method === 'none') edge.reach('a dial without credential')
    },
    acted(act) {
      // Something else was done within it.
      if (lastAct !== act) return
      if (act === 'close' || act === 'logout') {
        isClosed = true
        for (const { state, number } of edge.dials) {
          if (state === 'open' || state === 'connecting')
            edge.violate('closed', `dial ${number} is ${state} after ${act}`)
        }
        if (act === 'close') return
        for (const { isOpen, isPurchase, number } of edge.requests) {
          if (isOpen && isPurchase) edge.violate('session', `request ${number} outlived its session`)
        }
      }
    },
    acting(act) {
      lastAct = act
      if (act === 'connect' || act === 'reconnect' || act === 'login') isClosed = false
    },
    sessionChanged(signedIn) {
      past = new Set([...past, ...given])
      given = new Set()
      overtaken = new Set()
      sessionUser = undefined
      if (signedIn) isClosed = false
      signedOutAt = signedIn ? Number.NEGATIVE_INFINITY : edge.clock.now()
    },
    event(of, name, payload) {
      if (of !== 'socket' || name !== 'open') return
      const { session } = payload as { session: { userId: string | null } | null }
      if (!session) return
      if (sessionUser !== undefined && sessionUser !== session.userId)
        edge.violate('session', `a session of ${session.userId} is taken for one of ${sessionUser}`)
      sessionUser = session.userId
    },
    said(dial) {
      if (dial.sessionChanges !== edge.sessionChanges)
        edge.violate('session', `dial ${dial.number} of an ended session says something`)
    },
    received({ sessionChanges, number }, user, dial) {
      if (sessionChanges !== dial.sessionChanges)
        edge.violate('session', `message ${number} crossed from one session to the next (${user})`)
    },
  }
}
