// A single-use value is given to one caller, alive, of the user who bought it, and never after it was dropped.

import type { Edge, Judge } from '../edge.ts'

export function judgeTickets(edge: Edge): Judge {
  const { clock, tickets } = edge

  return {
    answered({ issued, jwt, at, wallAt, turn, call }) {
      if (!issued || !jwt) return
      // A single-use value that comes again is not a new ticket, unless the first answer was cut off as it came.
      const known = tickets.get(issued.value)
      if (issued.singleUse && known && !known.isCutOff) return edge.reach('a ticket value repeated')
      tickets.set(issued.value, {
        ...issued,
        user: jwt.user,
        askedAt: at,
        askedWallAt: wallAt,
        askedTurn: turn,
        handedTurn: clock.turn(),
        handedAt: clock.now(),
        call,
        isCutOff: false,
        isUncertain: known?.isCutOff ?? false,
        isOut: false,
        revokedTurn: -1,
      })
    },

    ambushed() {
      for (const ticket of tickets.values()) {
        if (ticket.handedTurn === edge.ambushTurn && !ticket.isOut) ticket.isCutOff = true
      }
    },

    ended(call, end) {
      const value = end.kind === 'ticket' ? end.value : end.kind === 'grant' ? end.grant.value : null
      if (value === null) return
      const ticket = tickets.get(value)
      if (!ticket) return edge.violate('own tickets', 'a ticket was given that the backend never issued')
      if (ticket.singleUse && ticket.isOut) edge.violate('once', 'a single-use ticket was given twice')
      if (!ticket.singleUse && ticket.isOut) edge.reach('a reusable ticket shared')
      ticket.isOut = true
      if (ticket.call !== call)
        edge.reach(ticket.handedTurn < call.turn ? 'a prefetched ticket taken' : 'a request claimed')
      const age = Math.max(clock.now() - ticket.askedAt, clock.wallNow() - ticket.askedWallAt)
      if (age >= ticket.ttlMs)
        edge.violate('alive', `a ticket of ${ticket.ttlMs} ms was given ${age} ms after its request`)
      // What is taken and what is given up in the same turn have crossed.
      const haveCrossed = edge.ambushTurn === clock.turn() || edge.revertedTurn === clock.turn()
      if (ticket.handedTurn < (call.tookAfterDrop ?? edge.dropTurn) && !haveCrossed)
        edge.violate('dropped', 'a ticket was given that had been dropped')
      if (ticket.revokedTurn >= 0 && ticket.revokedTurn < (call.tookTurn ?? clock.turn()) && !haveCrossed)
        edge.violate('dropped', 'a ticket was given that the app had revoked')
    },

    reported({ value, state }, outcome) {
      const ticket = value !== null && state !== 'ended' ? tickets.get(value) : undefined
      if (!ticket || outcome !== 'unused') return
      ticket.isOut = false
      edge.reach('a ticket put back')
    },
  }
}
