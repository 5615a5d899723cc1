// A refused JWT is renewed once: not twice, not although a newer one is at hand, and never used again.

import { is401 } from '../answers.ts'
import type { Edge, Judge } from '../edge.ts'

export function judgeJwt(edge: Edge): Judge {
  const { clock } = edge
  /** Refused for a connection since the last one that was accepted, with the turn of it. */
  const refused = new Map<string, number>()

  return {
    fenced: () => refused.clear(),

    tokenAsked({ name, call }) {
      const last = call?.requests.at(-1)
      if (name !== 'refreshToken' || !is401(last?.answer)) return
      edge.reach('a refresh after 401')
      if (last?.jwt?.value !== edge.lastSeenJwt())
        edge.violate('jwt', 'a newer JWT was at hand, and another was asked for')
    },

    reported({ jwt, fences, state }, outcome) {
      if (!jwt || fences !== edge.fences || state !== 'new') return
      if (outcome === 'accepted') return refused.clear()
      if (outcome !== 4401 && outcome !== 1008) return
      refused.set(jwt.value, clock.turn())
      edge.reach(refused.size > 1 ? 'a second JWT refused' : 'a JWT refused')
    },

    ended(call, end) {
      if (edge.ambushTurn === clock.turn()) return
      if (end.kind === 'grant' && end.grant.jwt) {
        const at = refused.get(end.grant.jwt.value)
        if (at !== undefined && at < call.turn) edge.violate('jwt', 'a refused JWT was used for another connection')
      }
      const wantsLogIn = end.kind === 'error' && end.error.code === 'unauthenticated' && call.tokens.length === 0
      if (wantsLogIn && refused.size < 2) {
        edge.violate('jwt', 'the user has to sign in again although only one JWT was refused')
      }
    },
  }
}
