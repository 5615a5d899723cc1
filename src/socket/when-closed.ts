// What follows when the socket was closed: by what the close means, and by how far the connection had come.

import { type Attempt, baseOf, type Connection, type ConnectionEvent, type Env, type Policy } from './connection.ts'
import { type Facts, sessionRefused, sessionsRefused } from './connection-errors.ts'
import { type Comeback, lose, lossBy } from './lose.ts'

/** When a connection counts as good: a server that refuses late has done so by then. */
export const SETTLE_MS = 5_000
/** So many sessions in a row that ended at once with a refused credential: the user has to sign in. */
export const MAX_SESSIONS_REFUSED = 3

type Dialled = Exclude<Attempt, { phase: 'authenticating' }>

export function whenClosed(
  state: Dialled,
  { verdict, closeDetails, advice }: Extract<ConnectionEvent, { type: 'closed' }>,
  env: Env,
  policy: Policy,
): Connection {
  const facts = { closeDetails, cause: wordsBeforeRefusal(state) }
  switch (verdict.kind) {
    case 'done':
      return { ...baseOf(state), phase: 'closed', by: 'server', closeDetails }
    case 'stop':
      return { ...baseOf(state), phase: 'failed', ...lossBy(verdict.code, facts) }
    case 'refused':
      return refused(state, facts, { pace: 'backoff', advice }, env, policy)
    case 'reconnect':
      return lose(state, lossBy(verdict.code, facts), verdict, env, policy)
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
    return lose(state, lossBy(code, facts), comeback, env, policy)
  }
  const inARow = state.settleAt === null ? 0 : state.sessionsRefused + 1
  if (inARow >= MAX_SESSIONS_REFUSED) {
    return { ...baseOf(state), phase: 'failed', cause: sessionsRefused(inARow, facts), closeDetails }
  }
  const loss = { cause: sessionRefused(method, facts), closeDetails }
  return lose({ ...state, sessionsRefused: inARow }, loss, comeback, env, policy)
}

/** The last error frame of a plain server that has accepted nothing yet. */
function wordsBeforeRefusal(state: Dialled): Error | undefined {
  const last = state.phase === 'confirming' && !state.spoken ? state.held.at(-1) : undefined
  return last && new Error(last.text)
}
