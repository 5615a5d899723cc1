// A refused JWT is renewed once: not twice, not although a newer one is at hand, and never used again.

import type { Jwt } from '../../../support/canaries.ts'
import { is401 } from '../answers.ts'
import type { Call, Edge, Judge, TokenAnswered } from '../edge.ts'

export function judgeJwt(edge: Edge, jwts: Map<string, Jwt>): Judge {
  const { clock, setting } = edge
  /** Refused for a connection since the last one that was accepted, with the turn of it. */
  const refused = new Map<string, number>()
  /** Refused in a row, since the last credential that was accepted or the last time that the user had to sign in. */
  const inARow = new Set<string>()
  let lastRefusedTurn = -1

  /** The last answer of the app is a JWT that it has not given before, and no request was made with it. */
  function isUntried({ kind, tokens }: Call): boolean {
    const last = edge.tokens.at(-1)
    if (!setting.chain.includes('jwt') || kind !== 'acquire' || tokens.length !== 1 || tokens[0] !== last) return false
    const { answer } = last as TokenAnswered
    if (typeof answer !== 'object' || !jwts.has(answer.value as string)) return false
    const isUsed = edge.requests.some(({ jwt }) => jwt?.value === answer.value)
    const isFirst = edge.tokens.every(
      (asked) => asked === last || typeof asked.answer !== 'object' || asked.answer.value !== answer.value,
    )
    return isFirst && !isUsed
  }

  return {
    sessionChanged() {
      refused.clear()
      inARow.clear()
    },

    tokenAsked({ name, call }) {
      const last = call?.requests.at(-1)
      if (name !== 'refreshToken' || !is401(last?.answer)) return
      edge.reach('a refresh after 401')
      const present = edge.lastSeenJwt()
      const exp = jwts.get(present ?? '')?.exp ?? Number.POSITIVE_INFINITY
      // The newer one may have grown old while the machine slept: then it is asked for because of that.
      const isOld = exp * 1_000 <= clock.wallNow()
      // Or it was refused as well while the refresh waited: for a connection, or for another caller's ticket.
      const wasAnswered401 = edge.requests.some(({ jwt, answer }) => jwt?.value === present && is401(answer))
      const isRefused = refused.has(present ?? '') || wasAnswered401
      if (last?.jwt?.value !== present && !isOld && !isRefused)
        edge.violate('jwt', 'a newer JWT was at hand, and another was asked for')
    },

    reported({ jwt, sessionChanges, state }, outcome) {
      if (sessionChanges !== edge.sessionChanges || state !== 'new') return
      if (outcome === 'accepted') inARow.clear()
      if (!jwt) return
      if (outcome === 'accepted') return refused.clear()
      if (outcome !== 'refused') return
      if (!refused.has(jwt.value)) inARow.add(jwt.value)
      lastRefusedTurn = clock.turn()
      refused.set(jwt.value, clock.turn())
      edge.reach(refused.size > 1 ? 'a second JWT refused' : 'a JWT refused')
    },

    ended(call, end) {
      if (edge.ambushTurn === clock.turn()) return
      if (end.kind === 'grant' && end.grant.jwt) {
        const at = refused.get(end.grant.jwt.value)
        if (at !== undefined && at < call.turn) edge.violate('jwt', 'a refused JWT was used for another connection')
      }
      if (end.kind === 'grant' && end.grant.jwt && inARow.size > 1 && lastRefusedTurn < call.turn) {
        edge.violate('jwt', 'two JWTs were refused, and a third one was tried before the user had to sign in')
      }
      if (end.kind !== 'error' || end.error.code !== 'unauthenticated') return
      // After two refusals no new one is tried, so that it does not go on for ever. That is said once, to who connects.
      const hasEnough = inARow.size > 1
      // Not to a caller whose own JWT was refused: it hears of that one.
      const isTold = end.error.message.includes('and the newer one too')
      if (hasEnough && isTold) inARow.clear()
      if (!hasEnough && isUntried(call)) {
        edge.violate('jwt', 'the user has to sign in again although the app has just given a JWT that nobody refused')
      }
    },
  }
}
