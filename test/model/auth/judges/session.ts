// The session: what belongs to one session is not used in another. And `none` is for nobody, not for somebody refused.

import type { AuthSnapshot } from '../../../../src/auth/auth-snapshot.ts'
import type { Jwt, User } from '../../../support/canaries.ts'
import type { Call, CallEnd, Edge, Judge, SeenRequest, TokenAnswered } from '../edge.ts'

/** For one call of the app, and so for what a sign-out concerns. */
const TOKEN_TIMEOUT_MS = 10_000

export function judgeSession(edge: Edge, jwts: Map<string, Jwt>, snapshot: () => AuthSnapshot): Judge {
  const { clock, tickets } = edge
  /** Whose session it is, as far as a request or a grant has shown it. */
  let user: User | null = null
  /** JWTs that were used in this session, and those whose session has ended. */
  const used = new Set<string>()
  const dead = new Set<string>()
  /** Calls of the app that a sign-out has overtaken: for so long it may not have cleared what they answer with. */
  const overtaken = new Map<TokenAnswered, { user: User | null; until: number }>()
  let revocation: SeenRequest | null = null
  let hadPrefetched = false
  /** How many there were when a sign-out was last said. */
  let changesAtSignOut = -1
  let lastSaid: 'sign-out' | 'sign-in' | null = null

  function belongs(jwt: Jwt, what: string) {
    if (dead.has(jwt.value)) edge.violate('session', `${what} with the JWT of a session that has ended`)
    if (!used.has(jwt.value) && wasOvertaken(jwt))
      edge.violate('session', `${what} with a JWT that was requested before a sign-out`)
    if (user !== null && user !== jwt.user) edge.violate('session', `${what} of ${jwt.user} in the session of ${user}`)
    const isOfNow = edge.tokens.some(
      ({ answer, askedAfterExplicitChanges }) =>
        typeof answer === 'object' && answer.value === jwt.value && askedAfterExplicitChanges === edge.explicitChanges,
    )
    if (!isOfNow) edge.violate('session', `${what} with a JWT that was asked for before the session began`)
    user = jwt.user
    used.add(jwt.value)
  }

  function wasOvertaken(jwt: Jwt): boolean {
    return [...overtaken].some(([{ answer }, { user: left, until }]) => {
      const isAnswer = typeof answer === 'object' && answer.value === jwt.value && clock.now() < until
      return isAnswer && (left === null || left === jwt.user)
    })
  }

  /** What the app has answered in this session, whether or not it was used, and what it will answer. */
  function signedOutNow() {
    for (const asked of edge.tokens) {
      const { answer, askedAfterExplicitChanges, sessionChanges } = asked
      const isOfSession = askedAfterExplicitChanges === edge.explicitChanges && sessionChanges === edge.sessionChanges
      if (answer === 'pending')
        overtaken.set(asked, overtaken.get(asked) ?? { user, until: clock.now() + TOKEN_TIMEOUT_MS })
      else if (isOfSession && typeof answer === 'object') {
        const jwt = jwts.get(answer.value as string)
        if (jwt && (user === null || user === jwt.user)) used.add(jwt.value)
      }
    }
    if (overtaken.size > 0) edge.reach('a sign-out while the app is asked')
  }

  function revokes(request: SeenRequest) {
    const ticket = [...tickets.values()].find(({ handle, value }) => request.path.endsWith(`/${handle ?? value}`))
    if (edge.changeTurn !== clock.turn())
      edge.violate('revocation', 'a ticket was revoked though no session has just ended')
    if (revocation) edge.violate('revocation', 'two tickets were revoked at the end of a session')
    if (ticket?.user !== request.jwt?.user)
      edge.violate('revocation', 'a ticket was revoked with the JWT of another user')
    revocation = request
    edge.reach('a prefetched ticket revoked at the end of its session')
  }

  /** Then it is as every other request. */
  function isAskedByApp({ path, jwt }: SeenRequest): boolean {
    const name = path.split('/').at(-1) ?? ''
    const ticket = [...tickets.values()].find(({ handle }) => handle === name)
    const owner = ticket?.user
    const isAsked = edge.revokedByApp.has(name) && (edge.changeTurn !== clock.turn() || owner !== jwt?.user)
    // The prefetched ticket is forgotten as its revocation begins.
    if (isAsked && ticket && !edge.revokedByApp.get(name)) edge.revokedTurn = ticket.revokedTurn = clock.turn()
    if (isAsked) edge.revokedByApp.set(name, true)
    return isAsked
  }

  function anonymous({ tokens }: Call) {
    const answer = tokens.at(-1)?.answer
    const value = typeof answer === 'object' ? answer.value : 'no answer'
    // A JWT of a session that was signed out says as much.
    const isPast = edge.tokens.some(
      (asked) =>
        typeof asked.answer === 'object' && asked.answer.value === value && asked.sessionChanges <= changesAtSignOut,
    )
    // A request for a newer JWT is shared: whoever waits for it is told by another's.
    const isToldNow = edge.tokens.some(
      ({ answer }) => typeof answer === 'object' && answer.value === null && answer.turn === clock.turn(),
    )
    if (value !== null && !isPast && !isToldNow) edge.violate('none', 'nobody said that nobody is signed in')
    if (lastSaid === 'sign-in' && !wasNamed(null)) edge.violate('none', 'somebody has just signed in')
    edge.reach('a grant without credential')
  }

  function succeeded(call: Call, end: CallEnd & { kind: 'grant' | 'ticket' }) {
    if (call.explicitChanges !== edge.explicitChanges) edge.violate('session', `a call of an ended session succeeded`)
    const value = end.kind === 'ticket' ? end.value : end.grant.value
    const owner = value === null ? undefined : tickets.get(value)?.user
    if (owner !== undefined && owner !== (user ?? owner)) edge.violate('session', `${user} got a ticket of ${owner}`)
    if (end.kind !== 'grant') return
    const { grant, method, jwt } = end.grant
    if (jwt) belongs(jwt, 'a grant')
    if (method === 'none') anonymous(call)
    else if (grant.userId !== user) edge.violate('session', `a grant for ${grant.userId} in the session of ${user}`)
  }

  /** Whether the app has named this user since it last said itself that a session begins or ends. */
  function wasNamed(userId: string | null): boolean {
    return edge.tokens.some(({ answer, askedAfterExplicitChanges }) => {
      const jwt = typeof answer === 'object' ? jwts.get(answer.value as string) : undefined
      return jwt && askedAfterExplicitChanges === edge.explicitChanges && (userId === null || jwt.user === userId)
    })
  }

  function look({ signedIn, userId, prefetched }: AuthSnapshot) {
    if (userId !== null && !wasNamed(userId)) edge.violate('session', `${userId} is shown, of a session that has ended`)
    if (signedIn && lastSaid !== 'sign-in' && !wasNamed(null))
      edge.violate('session', 'somebody is shown to be signed in')
    const owner = [...tickets.values()].find(({ handle }) => handle !== null && handle === prefetched?.handle)?.user
    if (owner !== undefined && owner !== (user ?? owner))
      edge.violate('session', `${user} holds a prefetched ticket of ${owner}`)
  }

  return {
    requested(request) {
      const { jwt, method, path, isTicketRequest } = request
      if (path.endsWith('/tickets/status')) return
      if (!jwt) return edge.violate('jwt', `${method} ${path} without a JWT`)
      if (method === 'DELETE' && path.includes('/ticket/') && !isAskedByApp(request)) revokes(request)
      else belongs(jwt, isTicketRequest ? 'a ticket request' : 'a request')
    },

    changing(what) {
      if (edge.requests.some(({ isOpen, isTicketRequest }) => isOpen && isTicketRequest))
        edge.reach('a session change during a request')
      lastSaid = what
      hadPrefetched = snapshot().prefetched !== null
      const seen = edge.lastSeenJwt()
      if (what === 'sign-out') changesAtSignOut = edge.sessionChanges
      if (what === 'sign-out') signedOutNow()
      else overtaken.clear()
      if (what === 'sign-out' && seen) used.add(seen)
    },

    sessionChanged(signedIn, isExplicit) {
      // After `signedIn()` the same JWT may go on: an app may call it when a page begins. Who is followed by another
      // user may come back, as in an app with two accounts. Only whoever signs out is gone.
      if (isExplicit && !signedIn) for (const jwt of used) dead.add(jwt)
      used.clear()
      user = null
      revocation = null
    },

    ended(call, end) {
      if (end.kind !== 'grant' && end.kind !== 'ticket') return
      // Between two microtasks nobody can say whether the answer or the end of the session came first.
      if (edge.ambushTurn !== clock.turn()) succeeded(call, end)
    },

    quiet() {
      look(snapshot())
      if (hadPrefetched && !revocation) edge.violate('revocation', 'the unspent ticket of an ended session stays alive')
      hadPrefetched = false
      for (const { isTicketRequest, isOpen, sessionChanges } of edge.requests) {
        if (isTicketRequest && isOpen && sessionChanges !== edge.sessionChanges)
          edge.violate('session', 'a request outlived its session')
      }
      for (const { end, explicitChanges } of edge.calls) {
        if (!end && explicitChanges !== edge.explicitChanges) edge.violate('session', 'a call outlived its session')
      }
      if (revocation?.isOpen && clock.now() > revocation.at + 2_000 + edge.worstThrottleMs) {
        edge.violate('revocation', 'a revocation was not given up after two seconds')
      }
    },
  }
}
