// What follows when an attempt or a connection is lost: a wait, the network, or the end.

import type { Advice } from '../auth/credential.ts'
import type { Pace } from '../contract/close-codes.ts'
import type { TicketSocketErrorCode } from '../contract/errors.ts'
import { fullJitter } from '../platform/backoff.ts'
import {
  type Attempt,
  type Base,
  baseOf,
  type Connection,
  type ConnectionEvent,
  type Env,
  type Loss,
  type Policy,
} from './connection.ts'
import { type Facts, gaveUp, lost, sessionRefused, sessionsRefused } from './connection-errors.ts'

/** A ticket that had lain here, a new one, and the JWT. After a refusal beyond that the client waits, whatever the advice. */
export const MAX_AT_ONCE = 3
const MAX_HINT_JITTER = 0.2
/** Clients of a server that goes away come back within this (RFC 6455 §7.2.3). */
const SPREAD_MS = 5_000

/** When the next attempt may begin. `retryAfterMs` is a lower bound that the server named. */
export interface Comeback {
  pace: Pace
  retryAfterMs?: number | undefined
  advice?: Advice | undefined
}

export function lose(
  state: Attempt,
  { cause, closeDetails }: Loss,
  { pace, retryAfterMs = 0, advice }: Comeback,
  env: Env,
  policy: Policy,
): Connection {
  if (advice === 'redial' && state.failures.redials < MAX_AT_ONCE) return redial(state, { cause, closeDetails }, env)
  const { failures } = state
  const { maxRetries } = policy.reconnect
  if (failures.attempts >= maxRetries) {
    return { ...baseOf(state), phase: 'failed', cause: gaveUp(maxRetries, cause), closeDetails }
  }
  const notBefore = Math.max(state.notBefore, env.now + retryAfterMs)
  const next = {
    ...baseOf(state),
    failures: { ...failures, attempts: failures.attempts + 1, redials: 0 },
    notBefore,
  }
  if (!env.online) return suspended(next, { cause, closeDetails })
  // Clients that were told the same moment must not all come at it.
  const hinted = retryAfterMs * (1 + MAX_HINT_JITTER * env.random)
  const until = Math.max(notBefore, env.now + Math.max(hinted, waitFor(pace, failures.attempts, env.random, policy)))
  return { ...next, phase: 'waiting', until, cause, closeDetails }
}

/** With another credential. The attempt is not lost: the server is there, and it has answered. */
function redial(state: Attempt, loss: Loss, env: Env): Connection {
  const next = { ...baseOf(state), failures: { ...state.failures, redials: state.failures.redials + 1 } }
  if (!env.online) return suspended(next, loss)
  return { ...next, phase: 'waiting', until: Math.max(env.now, next.notBefore), ...loss }
}

function waitFor(pace: Pace, attempts: number, random: number, { reconnect, breaker }: Policy): number {
  if (pace === 'now' && attempts === 0) return 0
  const backoff = fullJitter(attempts, reconnect, random)
  // A backoff that has grown beyond the breaker's wait is kept.
  if (attempts + 1 >= breaker.failureThreshold) return Math.max(backoff, breaker.resetMs * (1 + random))
  return pace === 'spread' ? Math.max(random * SPREAD_MS, backoff) : backoff
}

export const suspended = (state: Base, { cause, closeDetails }: Loss): Connection => ({
  ...baseOf(state),
  phase: 'suspended',
  cause,
  closeDetails,
})

export const lossBy = (code: TicketSocketErrorCode, facts: Facts = { closeDetails: null }): Loss => ({
  cause: lost(code, facts),
  closeDetails: facts.closeDetails,
})

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
  const sessions = state.settleAt === null ? 0 : state.failures.sessions + 1
  if (sessions >= MAX_SESSIONS_REFUSED) {
    return { ...baseOf(state), phase: 'failed', cause: sessionsRefused(sessions, facts), closeDetails }
  }
  const loss = { cause: sessionRefused(method, facts), closeDetails }
  return lose({ ...state, failures: { ...state.failures, sessions } }, loss, comeback, env, policy)
}

/** The last error frame of a plain server that has accepted nothing yet. */
function wordsBeforeRefusal(state: Dialled): Error | undefined {
  const last = state.phase === 'confirming' && !state.negotiated ? state.held.at(-1) : undefined
  return last && new Error(last.text)
}
