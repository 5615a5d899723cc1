// PR-68: when the app is asked for a newer JWT although no server has refused the present one, and that whatever it answers to
// that ends nothing.

import type { Jwt } from '../../../support/canaries.ts'
import { is401 } from '../answers.ts'
import type { Call, Edge, Judge, SeenGrant, TokenAnswered } from '../edge.ts'

const EXPIRED_FOR_MS = 30_000
const GAP_MS = 300_000
/** A caller may join a call of the app that began up to its deadline before. */
const LONGEST_CALL_MS = 10_000

/** What the judge knows of one JWT. */
interface Seen {
  /** Counted as the service should: of connections side by side one. */
  losses: number
  isAccepted: boolean
  /** When the server ended a session of it, for which the app was not asked yet. */
  endedTurn: number | null
  wasEnded: boolean
  /** Any call of `refreshToken` while it was the present one. */
  wasAsked: boolean
  /** Reasons for which the app was asked and has answered: it is asked for each of them once. */
  answeredFor: Set<Reason>
}

type Reason = 'ended' | 'expired' | 'lost'

export function judgeFreshness(edge: Edge, jwts: Map<string, Jwt>): Judge {
  const { clock, setting } = edge
  const known = new Map<string, Seen>()
  const given = new Map<SeenGrant, { jwt: string; losses: number }>()
  /** Refused before anything was accepted: the app is asked because of that. */
  const refused = new Set<string>()
  const guesses = new Map<TokenAnswered, { jwt: string; reason: Reason | null }>()
  let lastAskedAt = Number.NEGATIVE_INFINITY
  let lastGuessAt = Number.NEGATIVE_INFINITY

  function of(jwt: string): Seen {
    const seen = known.get(jwt) ?? {
      losses: 0,
      isAccepted: false,
      endedTurn: null,
      wasEnded: false,
      wasAsked: false,
      answeredFor: new Set(),
    }
    known.set(jwt, seen)
    return seen
  }

  const isExpired = ({ exp }: Jwt, forMs: number) => exp !== null && exp * 1_000 <= clock.wallNow() - forMs
  /** The JWT of a grant, or the one that its ticket was issued for. */
  const jwtBehind = ({ jwt, value }: SeenGrant) =>
    jwt ?? edge.requests.findLast(({ issued }) => issued !== null && issued.value === value)?.jwt ?? null
  const isProven = (jwt: string) =>
    refused.has(jwt) || edge.requests.some((request) => request.jwt?.value === jwt && is401(request.answer))
  /** Somebody else may have joined whose question makes an answer of null count. */
  const maySomebodyBeSure = () =>
    edge.questions > 0 || edge.calls.some((call) => !call.end && (call.isRenewal || hasMet401(call)))
  const hasMet401 = ({ requests }: Call) => requests.some(({ answer }) => is401(answer))

  function guessed(asked: TokenAnswered, jwt: Jwt) {
    const { losses, isAccepted, wasEnded, answeredFor } = of(jwt.value)
    const reasons: Reason[] = []
    if (wasEnded) reasons.push('ended')
    if (isExpired(jwt, EXPIRED_FOR_MS)) reasons.push('expired')
    if (losses >= 3) reasons.push('lost')
    const reason = reasons.find((one) => !answeredFor.has(one))
    guesses.set(asked, { jwt: jwt.value, reason: reason ?? null })
    if (reason === undefined)
      return edge.violate('freshness', `a newer JWT was asked for without a new reason: ${reasons}, ${losses} losses`)
    if (reason === 'ended') edge.reach('a JWT refreshed after its session was ended')
    if (reason === 'expired') edge.reach('a JWT refreshed for its exp')
    if (reason === 'lost') {
      if (isAccepted) edge.violate('freshness', 'a newer JWT was asked for because of an outage')
      if (!edge.page.isOnline) edge.violate('freshness', 'a newer JWT was asked for by a page that is offline')
      if (clock.now() < lastGuessAt + GAP_MS)
        edge.violate('freshness', 'a newer JWT was asked for twice in five minutes')
      edge.reach('a JWT refreshed after lost connections')
    }
    lastGuessAt = clock.now()
  }

  /** Of a guess whose caller goes on: what is late, or no JWT of this session, is no answer. */
  function noteAnswer(asked: TokenAnswered) {
    const { answer } = asked
    const guess = guesses.get(asked)
    if (!guess?.reason || typeof answer !== 'object') return
    const isAnswer = answer.value === null || answer.value === guess.jwt || answer.value === edge.lastSeenJwt()
    if (isAnswer) of(guess.jwt).answeredFor.add(guess.reason)
  }

  /** What should have been asked before this JWT was given to a connection. */
  function looksGood(call: Call, jwt: Jwt) {
    const { losses, isAccepted, endedTurn, wasAsked } = of(jwt.value)
    // After a failure of the app, or of a clock that it has shown to be wrong.
    const isPausing = clock.now() < lastAskedAt + GAP_MS + LONGEST_CALL_MS + edge.worstThrottleMs
    if (isPausing || !setting.hasRefreshToken) return
    if (endedTurn !== null && endedTurn < call.turn)
      edge.violate('freshness', 'a JWT whose session the server has ended was used again, and the app was not asked')
    if (wasAsked) return
    if (isExpired(jwt, EXPIRED_FOR_MS + clock.now() - call.at))
      edge.violate('freshness', 'an expired JWT was used, and the app was not asked for a newer one')
    const wasOnline = edge.page.isOnline && edge.page.offlineAt < call.at
    const hasIssued = edge.requests.some(({ issued, jwt: used }) => issued !== null && used === jwt)
    if (losses >= 3 && !isAccepted && !hasIssued && wasOnline)
      edge.violate('freshness', 'a JWT was used after three losses, and the app was not asked for a newer one')
  }

  return {
    tokenAsked(asked) {
      const jwt = jwts.get(edge.lastSeenJwt() ?? '')
      if (asked.name !== 'refreshToken' || !jwt) return
      const { call } = asked
      const isGuess = call && !call.isRenewal && !isProven(jwt.value)
      if (isGuess && edge.questions === 0) guessed(asked, jwt)
      Object.assign(of(jwt.value), { wasAsked: true, endedTurn: null })
      lastAskedAt = clock.now()
    },

    sessionChanged(signedIn, isExplicit) {
      if (isExplicit || signedIn) return
      const saidNobody = edge.tokens.filter(
        ({ answer }) => typeof answer === 'object' && answer.value === null && answer.turn === clock.turn(),
      )
      if (saidNobody.length > 0 && saidNobody.every((asked) => guesses.has(asked)) && !maySomebodyBeSure())
        edge.violate('freshness', 'a refresh that was a guess has signed the user out')
    },

    ended(call, end) {
      if (end.kind !== 'grant' || edge.ambushTurn === clock.turn()) return
      for (const asked of call.tokens) noteAnswer(asked)
      const jwt = jwtBehind(end.grant)
      if (!jwt) return
      given.set(end.grant, { jwt: jwt.value, losses: of(jwt.value).losses })
      if (end.grant.jwt) looksGood(call, end.grant.jwt)
    },

    reported(seen, outcome) {
      const { jwt, losses } = given.get(seen) ?? {}
      const isToldAgain = seen.state === 'ended' || (seen.state === 'accepted' && outcome === 'accepted')
      if (!jwt || seen.sessionChanges !== edge.sessionChanges || isToldAgain) return
      const entry = of(jwt)
      if (outcome === 'accepted') entry.isAccepted = true
      if (outcome === 'accepted' && seen.method === 'jwt') refused.clear()
      if (seen.state === 'accepted' && outcome === 'refused') {
        if (!entry.wasEnded) entry.endedTurn = clock.turn()
        entry.wasEnded = true
        edge.dropTurn = clock.turn()
        if (edge.hasPrefetched()) edge.reach('a prefetched ticket dropped as its session was ended')
      }
      if (seen.state !== 'new' || seen.method !== 'jwt') return
      if (outcome === 'refused') refused.add(jwt)
      if (outcome === 'ended') entry.losses = 0
      if (outcome === 'lost' && losses === entry.losses && edge.page.isOnline) entry.losses++
    },
  }
}
