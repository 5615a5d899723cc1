// Every call ends, in time and in a known way; and when all is over, nothing is left.

import { isTicketSocketError } from '../../../../src/contract/errors.ts'
import { is401 } from '../answers.ts'
import type { Edge, Judge } from '../edge.ts'

/** The token and a newer one (10 s each), the flag (10 s), and one budget over everything that a ticket takes. */
const DEADLINE_MS = 10_000 + 10_000 + 10_000 + 15_000
/** Deadlines one after the other, each of which a throttled timer may miss. */
const PHASES = 4

export function judgeSettling(edge: Edge): Judge {
  const { clock, setting } = edge
  const late = () =>
    edge.calls.filter(
      ({ end, awakeAt }) => !end && edge.awakeMs - awakeAt > DEADLINE_MS + PHASES * edge.worstThrottleMs,
    )

  return {
    ended({ kind, fallbacks, flag, wasReverted, requests, controller }, end) {
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
      if (method === 'ticket' && !isOn) edge.violate('flag', 'a grant by ticket with the flag off')
      if (method === 'ticket' && wasReverted) edge.violate('reverted', 'a grant by ticket after tickets were given up')
      if (method !== 'jwt') return
      const isWanted = isOn && setting.chain.includes('ticket') && !edge.isReverted && edge.ambushTurn !== clock.turn()
      if (isWanted && (!grant.steppedDown || fallbacks.at(-1) !== grant.steppedDown.cause))
        edge.violate('chain', 'a silent step down')
      const isRefused = requests.some(({ answer, jwt: used }) => is401(answer) && used === jwt)
      if (isRefused) edge.violate('chain', 'a refused JWT stepped down to the JWT')
      if (value !== null || !jwt) edge.violate('chain', 'a JWT grant without its JWT')
      edge.reach(grant.steppedDown ? 'a step down' : 'a JWT as before')
    },

    quiet() {
      for (const { kind, awakeAt } of late())
        edge.violate('settling', `${kind} has not ended after ${edge.awakeMs - awakeAt} ms`)
    },

    over() {
      for (const { kind, end } of edge.calls) if (!end) edge.violate('over', `${kind} has not ended`)
      if (clock.pending() > 0) edge.violate('over', `${clock.pending()} timers are left`)
      for (const { isOpen, method, path } of edge.requests)
        if (isOpen) edge.violate('over', `${method} ${path.slice(0, 40)} is still open`)
    },
  }
}
