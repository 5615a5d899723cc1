// What follows when an attempt or a connection is lost: a wait, the network, or the end.

import type { Pace } from '../contract/close-codes.ts'
import type { TicketSocketErrorCode } from '../contract/errors.ts'
import { fullJitter } from '../platform/backoff.ts'
import { type Attempt, type Base, baseOf, type Connection, type Env, type Loss, type Policy } from './connection.ts'
import { type Facts, gaveUp, lost } from './connection-errors.ts'

const MAX_HINT_JITTER = 0.2
/** Clients of a server that goes away come back within this (RFC 6455 §7.2.3). */
const SPREAD_MS = 5_000

/** When the next attempt may begin. `retryAfterMs` is a lower bound that the server named. */
export interface Comeback {
  pace: Pace
  retryAfterMs?: number | undefined
}

export function lose(
  state: Attempt,
  { cause, closeDetails }: Loss,
  { pace, retryAfterMs = 0 }: Comeback,
  env: Env,
  policy: Policy,
): Connection {
  const { streak } = state
  const { maxRetries } = policy.reconnect
  if (streak >= maxRetries) {
    return { ...baseOf(state), phase: 'failed', cause: gaveUp(maxRetries, cause), closeDetails }
  }
  const notBefore = Math.max(state.notBefore, env.now + retryAfterMs)
  const next = { ...baseOf(state), streak: streak + 1, notBefore }
  if (!env.online) return suspended(next, { cause, closeDetails })
  // Clients that were told the same moment must not all come at it.
  const hinted = retryAfterMs * (1 + MAX_HINT_JITTER * env.chance)
  const until = Math.max(notBefore, env.now + Math.max(hinted, waitFor(pace, streak, env.chance, policy)))
  return { ...next, phase: 'waiting', until, cause, closeDetails }
}

function waitFor(pace: Pace, streak: number, chance: number, { reconnect, breaker }: Policy): number {
  if (pace === 'now' && streak === 0) return 0
  const backoff = fullJitter(streak, reconnect, chance)
  // A backoff that has grown beyond the breaker's wait is kept.
  if (streak + 1 >= breaker.failureThreshold) return Math.max(backoff, breaker.resetMs * (1 + chance))
  return pace === 'spread' ? Math.max(chance * SPREAD_MS, backoff) : backoff
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
