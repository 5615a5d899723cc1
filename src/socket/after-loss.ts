// What follows when an attempt or a connection is lost: a wait (backoff, breaker, the server's hint), the network, or the end.

import type { Advice } from '../auth/credential.ts'
import type { Pace } from '../contract/close-codes.ts'
import type { TicketSocketErrorCode } from '../contract/errors.ts'
import { fullJitter } from '../platform/backoff.ts'
import { type Attempt, type Base, baseOf, type Connection, type Env, type Loss, type Policy } from './connection.ts'
import { type Facts, gaveUp, lost } from './connection-errors.ts'
import { jitterAfter, spacingAfter } from './held-dials.ts'

/** A prefetched ticket, a new one, and the JWT. After a refusal beyond that the client waits, whatever the advice. */
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

export function afterLoss(
  state: Attempt,
  { cause, closeDetails }: Loss,
  { pace, retryAfterMs = 0, advice }: Comeback,
  env: Env,
  policy: Policy,
): Connection {
  if (advice === 'redial' && state.failures.redials < MAX_AT_ONCE) return redial(state, { cause, closeDetails }, env)
  const { failures } = state
  const { maxRetries } = policy.reconnect
  if (env.online && failures.attempts >= maxRetries) {
    return { ...baseOf(state), phase: 'failed', cause: gaveUp(maxRetries, cause), closeDetails }
  }
  const notBefore = Math.max(state.notBefore, env.now + retryAfterMs)
  const next = {
    ...baseOf(state),
    // Offline, further attempts say nothing about the server.
    failures: {
      ...failures,
      attempts: env.online ? failures.attempts + 1 : Math.max(failures.attempts, 1),
      redials: 0,
    },
    notBefore,
  }
  if (!env.online) return suspended(next, { cause, closeDetails }, env)
  // Clients that received the same moment must not all come at it.
  const hinted = retryAfterMs * (1 + MAX_HINT_JITTER * env.random)
  const backoff = waitFor(pace, failures.attempts, jitterAfter(state.refusals, env.random), policy)
  const until = Math.max(notBefore, env.now + Math.max(hinted, backoff, spacingAfter(state.refusals)))
  return { ...next, phase: 'waiting', until, cause, closeDetails }
}

/** With another credential. The attempt is not lost: the server is there, and it has answered. */
function redial(state: Attempt, loss: Loss, env: Env): Connection {
  const next = { ...baseOf(state), failures: { ...state.failures, redials: state.failures.redials + 1 } }
  if (!env.online) return suspended(next, loss, env)
  return { ...next, phase: 'waiting', until: Math.max(env.now, next.notBefore), ...loss }
}

function waitFor(pace: Pace, attempts: number, random: number, { reconnect, breaker }: Policy): number {
  if (pace === 'now' && attempts === 0) return 0
  const backoff = fullJitter(attempts, reconnect, random)
  // A backoff that has grown beyond the breaker's wait is kept.
  if (attempts + 1 >= breaker.failureThreshold) return Math.max(backoff, breaker.resetMs * (1 + random))
  return pace === 'spread' ? Math.max(random * SPREAD_MS, backoff) : backoff
}

/** A page, and still more a worker, may say for ever that it is offline. */
const OFFLINE_DIAL_MS = 30_000

/** Until the network is back. An attempt is made all the same after 30 to 60 s. */
export const suspended = (state: Base, { cause, closeDetails }: Loss, env: Env): Connection => ({
  ...baseOf(state),
  phase: 'suspended',
  until: env.now + OFFLINE_DIAL_MS * (1 + env.random),
  cause,
  closeDetails,
})

export const lossBy = (code: TicketSocketErrorCode, facts: Facts = { closeDetails: null }): Loss => ({
  cause: lost(code, facts),
  closeDetails: facts.closeDetails,
})
