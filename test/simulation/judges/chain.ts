// Down the chain only with cause, aloud, and after the bound not back: PROTOCOL.md, section 7. The auth core's own model
// (test/model/auth) is stricter; here the connections are real.

import { closeMeaning } from '../close-meaning.ts'
import type { Judge } from '../edge.ts'
import type { World } from '../world.ts'

export function judgeChain({ edge }: Pick<World, 'edge'>): Judge {
  const { setting } = edge
  let evidence = 0
  let hasSteppedDown = false
  let isTicketRefused = false
  let isReverted = false
  let isUnsupported = false
  /** Requests that a step down has overtaken: each may fail after the failures were reset, and counts then. */
  let overtaken = 0
  let overtakenAtReset = 0
  let sessionUser: string | null = null

  function forget() {
    evidence = overtaken = overtakenAtReset = 0
    hasSteppedDown = isReverted = isUnsupported = false
  }

  return {
    sessionChanged() {
      forget()
      sessionUser = null
    },
    acted(act) {
      if (act !== 'reset') return
      evidence = 0
      overtakenAtReset = overtaken
      // A step down that is under way may still be accepted, and counts then.
      isReverted = isUnsupported = false
    },
    requested({ isPurchase, number }) {
      if (isPurchase && isReverted) edge.violate('bound', `request ${number} for a ticket, after tickets were given up`)
    },
    answered(_request, answer) {
      if (answer && [404, 405, 501].includes(answer.status)) isUnsupported = true
    },
    dialled({ method, number }) {
      const isAloud =
        hasSteppedDown || isReverted || setting.ticketAuth === 'function' || !setting.chain.includes('ticket')
      if (method === 'jwt' && !isAloud)
        edge.violate('chain', `dial ${number} connects with the JWT, and no event says why`)
      if (!setting.chain.includes(method)) edge.violate('chain', `dial ${number} goes by ${method}`)
    },
    heard({ method, state }, data) {
      if (typeof data !== 'string' || state !== 'open') return
      // A refused renewal is a refusal, and so is a session of another user than the one before.
      if (data.includes('"ticket_invalid"')) evidence++
      const [, user] = /^\{"type":"ts:connection_established",.*"user_id":"([^"]*)"/.exec(data) ?? []
      if (user === undefined) return
      if (sessionUser !== null && user !== sessionUser && method === 'ticket') evidence++
      sessionUser ??= user
    },
    closed(dial, code) {
      const isRefusal = code === 4401 || code === 1008 || closeMeaning(code, dial, setting) === 'refused'
      if (dial.method === 'ticket' && isRefusal) {
        // Where the JWT can stand in, only its accepted connection proves something.
        if (!setting.chain.includes('jwt')) evidence++
        isTicketRefused = true
        edge.reach('a ticket dial refused')
      }
    },
    event(of, name, payload) {
      if (of === 'auth' && (name === 'ticketFailed' || name === 'ticketIssued') && overtaken > 0) {
        overtaken--
        if (overtakenAtReset > 0) {
          overtakenAtReset--
          if (name === 'ticketFailed') evidence++
        }
      }
      if (of !== 'socket') return
      if (name === 'fallback') {
        if ((payload as { cause: { code: string } }).cause.code === 'timeout') overtaken++
        hasSteppedDown = true
        edge.reach('a step down')
      }
      if (name === 'open') {
        const { method } = payload as { method: string }
        // A refused ticket counts with the JWT that is accepted next, also where the flag went off in between.
        if (method === 'jwt' && (hasSteppedDown || isTicketRefused)) evidence++
        // A plain server says nothing by opening.
        if (method === 'ticket' && edge.dials.at(-1)?.isSpoken) evidence = 0
        hasSteppedDown = false
        isTicketRefused = false
      }
      if (name !== 'reverted') return
      if (isReverted) edge.violate('bound', 'the reversion was emitted twice')
      if (evidence < setting.maxTicketFailures && !isUnsupported)
        edge.violate('bound', `tickets are given up after ${evidence} failures that count`)
      isReverted = true
      edge.reach('reverted')
    },
  }
}
