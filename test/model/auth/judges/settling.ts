// Every call ends, in time and in a known way; and when all is over, nothing is left.

import { isTicketSocketError } from '../../../../src/contract/errors.ts'
import { is401 } from '../answers.ts'
import type { Call, Edge, Judge } from '../edge.ts'

/** An attempt that could connect with the JWT waits no longer for a ticket. */
const STEP_DOWN_AFTER_MS = 1_000
/** For each callback of the app there are 10 s; from the last one on there is one budget over all that a ticket takes. */
const BUDGET_MS = 15_000

export function judgeSettling(edge: Edge): Judge {
  const { clock, setting } = edge
  const withoutProgressMs = ({ progressAt }: Call) => clock.now() - edge.sleptMs - progressAt

  /** For nothing else: the app has said that tickets are used, and by which JWT. */
  function isWaitingForTicket({ isReplaceable, end, fallbacks, flag, flagsOpen, requests }: Call): boolean {
    const isOn = setting.ticketAuth === 'function' ? flag === 'on' : setting.ticketAuth !== 'false'
    const isAppAsked =
      (flagsOpen > 0 && requests.length === 0) || edge.tokens.some(({ answer }) => answer === 'pending')
    return isReplaceable && !end && fallbacks.length === 0 && isOn && !edge.isReverted && !isAppAsked
  }

  return {
    ended({ kind, fallbacks, fallbackTurn, flag, wasReverted, metReversion, requests, controller }, end) {
      if (end.kind === 'thrown') return edge.violate('settling', `${kind} threw ${String(end.error)}`)
      if (end.kind === 'error') {
        if (!isTicketSocketError(end.error)) edge.violate('settling', 'an error without a code')
        else edge.reach(`${end.error.code}`)
        if (end.error.code === 'aborted' && !controller.signal.aborted) edge.violate('settling', 'aborted, by nobody')
      }
      if (end.kind !== 'grant') return
      const { grant, method, value, jwt } = end.grant
      if (controller.signal.aborted && edge.ambushTurn !== clock.turn())
        edge.violate('settling', 'a caller that had left got a grant')
      if (!setting.chain.includes(method) && !(kind === 'only' && method === 'ticket'))
        edge.violate('chain', `${method} is not in the chain`)
      if (kind === 'only' && method !== 'ticket') edge.violate('chain', `only a ticket was wanted, and ${method} came`)
      const isOn = setting.ticketAuth === 'function' ? flag === 'on' : setting.ticketAuth !== 'false'
      const mayBeOn = isOn || flag === 'not answered'
      if (method === 'ticket' && !mayBeOn) edge.violate('flag', 'a grant by ticket with the flag off')
      if (method === 'ticket' && wasReverted) edge.violate('reverted', 'a grant by ticket after tickets were given up')
      if (method !== 'jwt') return
      if (wasReverted && grant.steppedDown) edge.violate('reverted', 'a step down although tickets had been given up')
      const isWanted = isOn && setting.chain.includes('ticket') && !metReversion && edge.ambushTurn !== clock.turn()
      if (isWanted && (!grant.steppedDown || fallbacks.at(-1) !== grant.steppedDown.cause))
        edge.violate('chain', 'a silent step down')
      // A request that was left at the step down may be answered while the app is asked for a newer JWT because of `exp`.
      const isRefused = requests.some(
        ({ answer, answeredTurn, jwt: used }) => is401(answer) && used === jwt && answeredTurn <= fallbackTurn,
      )
      if (isRefused) edge.violate('chain', 'a refused JWT stepped down to the JWT')
      if (value !== null || !jwt) edge.violate('chain', 'a JWT grant without its JWT')
      edge.reach(grant.steppedDown ? 'a step down' : 'a JWT as before')
    },

    quiet() {
      for (const call of edge.calls) {
        const ms = withoutProgressMs(call)
        if (isWaitingForTicket(call) && ms > STEP_DOWN_AFTER_MS + edge.worstThrottleMs) {
          edge.violate('patience', `a user waits for a ticket that the JWT could replace, for ${ms} ms`)
        }
        if (!call.end && ms > BUDGET_MS + edge.worstThrottleMs) {
          edge.violate('settling', `${call.kind} has not ended, ${ms} ms after anything that it waits for`)
        }
      }
    },

    over() {
      for (const { kind, end } of edge.calls) if (!end) edge.violate('over', `${kind} has not ended`)
      if (clock.pending() > 0) edge.violate('over', `${clock.pending()} timers are left`)
      for (const { isOpen, method, path } of edge.requests)
        if (isOpen) edge.violate('over', `${method} ${path.slice(0, 40)} is still open`)
    },
  }
}
