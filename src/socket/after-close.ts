// What follows when the server closes a connection: a refused credential, a session that has ended, the end, or a loss. What each close
// code means, and how long it lets the client wait, is in `contract/close-codes.ts` and `judge-close.ts`.

import { CLOSE } from '../contract/close-codes.ts'
import { afterLoss, type Comeback, lossBy } from './after-loss.ts'
import { type Attempt, baseOf, type Connection, type ConnectionEvent, type Env, type Policy } from './connection.ts'
import { type Facts, sessionRefused, sessionsRefused } from './connection-errors.ts'
import { afterRefusal } from './held-dials.ts'

/** When a connection counts as good: a server that refuses late has done so by then. */
export const SETTLE_MS = 5_000
/** So many sessions in a row that ended at once with a refused credential: the user has to sign in. */
export const MAX_SESSIONS_REFUSED = 3

type Dialled = Exclude<Attempt, { phase: 'authenticating' }>

export function afterClose(
  dialled: Dialled,
  { verdict, closeDetails, advice }: Extract<ConnectionEvent, { type: 'closed' }>,
  env: Env,
  policy: Policy,
): Connection {
  const isRefusedDial = dialled.phase === 'opening' && closeDetails?.code === CLOSE.abnormal
  const state = isRefusedDial
    ? { ...dialled, refusals: afterRefusal(dialled.refusals, dialled.dialledAt, env.now) }
    : dialled
  const facts = { closeDetails, cause: errorBeforeRefusal(state) }
  switch (verdict.kind) {
    case 'done':
      return { ...baseOf(state), phase: 'closed', by: 'server', closeDetails }
    case 'stop':
      return { ...baseOf(state), phase: 'failed', ...lossBy(verdict.code, facts) }
    case 'refused':
      return refused(state, facts, { pace: 'backoff', advice }, env, policy)
    case 'reconnect':
      return afterLoss(state, lossBy(verdict.code, facts), verdict, env, policy)
  }
}

/** Before it was accepted a credential was refused; after that the session ended with its credential. */
function refused(state: Dialled, facts: Facts, comeback: Comeback, env: Env, policy: Policy): Connection {
  const { method } = state
  const { closeDetails } = facts
  // Without a credential there is nothing to renew.
  if (method === 'none') return { ...baseOf(state), phase: 'failed', ...lossBy('unauthenticated', facts) }
  if (state.phase !== 'open' || !state.accepted) {
    const code = method === 'ticket' ? 'ticket_rejected' : 'jwt_rejected'
    return afterLoss(state, lossBy(code, facts), comeback, env, policy)
  }
  const sessions = state.settleAt === null ? 0 : state.failures.sessions + 1
  if (sessions >= MAX_SESSIONS_REFUSED) {
    return { ...baseOf(state), phase: 'failed', cause: sessionsRefused(sessions, facts), closeDetails }
  }
  const loss = { cause: sessionRefused(method, facts), closeDetails }
  return afterLoss({ ...state, failures: { ...state.failures, sessions } }, loss, comeback, env, policy)
}

/** The last error frame of a plain server that has accepted nothing yet. */
function errorBeforeRefusal(state: Dialled): Error | undefined {
  const last = state.phase === 'confirming' && !state.negotiated ? state.held.at(-1) : undefined
  return last && new Error(last.text)
}
