// Read this first, after `connection.ts`, which says what a connection can be. `transition` is the only way to change
// it. Nothing here touches a socket, a clock or a random number: they are stamped on each event.

import type { CloseVerdict, Pace } from '../contract/close-codes.ts'
import type { TicketSocketError } from '../contract/errors.ts'
import { fullJitter } from '../platform/backoff.ts'
import type { Attempt, Base, Connection, ConnectionEvent, Env, Open, Policy, Renewal } from './connection.ts'
import { gaveUp, lost } from './connection-errors.ts'

/** A renewal buys a ticket, perhaps with a newer JWT, and waits for the server's word. */
const RENEWAL_TIMEOUT_MS = 30_000
const MAX_RENEWAL_LEAD_MS = 60_000
/** A session shorter than this is not renewed but opened anew. */
const MIN_RENEWABLE_MS = 10_000
const MIN_GAIN_MS = 1_000
/** A network that flaps must not be dialled at every flap. */
const MIN_DIAL_GAP_MS = 500
const MAX_HINT_JITTER = 0.2
/** Clients of a server that goes away come back within this (RFC 6455 §7.2.3). */
const SPREAD_MS = 5_000

export function transition(state: Connection, event: ConnectionEvent, env: Env, policy: Policy): Connection {
  switch (event.type) {
    case 'connect':
      return isDialling(state) || state.phase === 'open' ? state : dialOnDemand(state, env, isCalm(state))
    case 'reconnect':
      return dialOnDemand(state, env, false)
    case 'close':
      return state.phase === 'closed' && state.by === 'app' ? state : { ...baseOf(state), phase: 'closed', by: 'app' }
    case 'fenced':
      return fenced(state, event.signedIn, env)
    case 'online':
    case 'shown':
      return (state.phase === 'waiting' || state.phase === 'suspended') && env.online
        ? dialWhenAllowed(state, env, state.lastDialAt + gapAfter(state, policy))
        : state
    case 'offline':
      return state.phase === 'waiting' ? suspended(state, state.cause) : state
    case 'due':
      return due(state, env, policy)
    default:
      return 'id' in state && state.id === event.id ? attemptSaid(state, event, env, policy) : state
  }
}

function attemptSaid(
  state: Attempt,
  event: Extract<ConnectionEvent, { id: number }>,
  env: Env,
  policy: Policy,
): Connection {
  switch (event.type) {
    case 'granted': {
      if (state.phase !== 'authenticating') return state
      if (state.wasOnline && !env.online) return suspended(state, lost('connection_lost'))
      const until = env.now + policy.openTimeoutMs
      return { ...state, phase: 'opening', until, method: event.method }
    }
    case 'denied': {
      if (state.phase !== 'authenticating') return state
      const { error } = event
      if (!error.retryable) return { ...baseOf(state), phase: 'failed', cause: error }
      return lose(state, error, 'backoff', error.retryAfterMs ?? 0, env, policy)
    }
    case 'opened': {
      if (state.phase !== 'opening') return state
      const until = env.now + (event.spoken ? policy.openTimeoutMs : policy.plainConfirmMs)
      return { ...state, phase: 'confirming', until, spoken: event.spoken }
    }
    case 'confirmed':
      if (state.phase === 'open') return { ...state, accepted: true }
      return state.phase === 'confirming' ? open(state, true, env, policy, event.expiresInMs) : state
    case 'renewed':
    case 'not_renewed':
      return state.phase === 'open' && state.renewal.kind === 'asking'
        ? { ...state, renewal: renewalAfter(state.renewal.endsAt, event, env) }
        : state
    case 'going_away':
      return state.phase === 'open' ? { ...state, leaveAt: env.now + event.withinMs * env.chance } : state
    case 'silent':
      if (state.phase !== 'open') return state
      return lose(state, lost('heartbeat_lost'), 'backoff', 0, env, policy)
    case 'closed':
      return state.phase === 'authenticating' ? state : closed(state, event.verdict, env, policy)
  }
}

function closed(
  state: Exclude<Attempt, { phase: 'authenticating' }>,
  verdict: CloseVerdict,
  env: Env,
  policy: Policy,
): Connection {
  switch (verdict.kind) {
    case 'done':
      return { ...baseOf(state), phase: 'closed', by: 'server' }
    case 'stop':
      return { ...baseOf(state), phase: 'failed', cause: lost(verdict.code) }
    case 'refused': {
      const { method } = state
      // Without a credential there is nothing to renew.
      if (method === 'none') return { ...baseOf(state), phase: 'failed', cause: lost('unauthenticated') }
      return lose(state, lost(method === 'ticket' ? 'ticket_rejected' : 'jwt_rejected'), 'backoff', 0, env, policy)
    }
    case 'reconnect':
      return lose(state, lost(verdict.code), verdict.pace, verdict.retryAfterMs ?? 0, env, policy)
  }
}

/** The deadline of the present phase has come. A timer may also be early for a later deadline: then nothing is due. */
function due(state: Connection, env: Env, policy: Policy): Connection {
  switch (state.phase) {
    case 'opening':
      return env.now < state.until ? state : lose(state, lost('timeout'), 'backoff', 0, env, policy)
    case 'confirming':
      if (env.now < state.until) return state
      return state.spoken
        ? lose(state, lost('timeout'), 'backoff', 0, env, policy)
        : open(state, false, env, policy, undefined)
    case 'open': {
      const next = dueWhileOpen(state, env, policy)
      // Two deadlines of one moment share a timer.
      return next === state || next.phase !== 'open' ? next : due(next, env, policy)
    }
    case 'waiting':
      if (env.now < state.until) return state
      // The page may be offline without having said so yet.
      return env.online ? dialWhenAllowed(state, env) : suspended(state, state.cause)
    default:
      return state
  }
}

function dueWhileOpen(state: Open & Base, env: Env, policy: Policy): Connection {
  const { settleAt, renewal, leaveAt } = state
  if (leaveAt !== null && env.now >= leaveAt) return lose(state, lost('going_away'), 'now', 0, env, policy)
  if (settleAt !== null && env.now >= settleAt) return { ...state, streak: 0, settleAt: null, accepted: true }
  if (renewal.kind === 'later' && env.now >= renewal.at) {
    const { endsAt } = renewal
    return { ...state, renewal: { kind: 'asking', until: env.now + RENEWAL_TIMEOUT_MS, endsAt } }
  }
  if (renewal.kind === 'asking' && env.now >= renewal.until) return { ...state, renewal: { kind: 'none' } }
  return state
}

/** Asks again before the new end, unless asking has gained nothing: then the JWT behind it is at its end, too. */
function renewalAfter(
  endsAt: number,
  event: Extract<ConnectionEvent, { type: 'renewed' | 'not_renewed' }>,
  env: Env,
): Renewal {
  if (event.type === 'not_renewed' || env.now + event.expiresInMs < endsAt + MIN_GAIN_MS) return { kind: 'none' }
  return renewBefore(event.expiresInMs, env)
}

function renewBefore(expiresInMs: number | undefined, env: Env): Renewal {
  if (expiresInMs === undefined || expiresInMs < MIN_RENEWABLE_MS) return { kind: 'none' }
  const lead = Math.min(MAX_RENEWAL_LEAD_MS, expiresInMs / 4)
  const endsAt = env.now + expiresInMs
  return { kind: 'later', at: endsAt - lead * (0.5 + 0.5 * env.chance), endsAt }
}

function fenced(state: Connection, signedIn: boolean, env: Env): Connection {
  if (state.phase === 'idle' || (state.phase === 'closed' && state.by === 'app')) return state
  const next: Connection = { ...baseOf(state), streak: 0, phase: 'suspended', cause: lost('signed_out') }
  if (!signedIn) return { ...baseOf(next), phase: 'closed', by: 'logout' }
  return env.online ? dialWhenAllowed(next, env) : next
}

/** The app asks. Whoever asks after the end begins to count anew; whoever asks in a loop must not dial in one. */
function dialOnDemand(state: Connection, env: Env, isAtOnce: boolean): Connection {
  const hasEnded = state.phase === 'failed' || state.phase === 'closed'
  const earliest = isAtOnce ? 0 : state.lastDialAt + MIN_DIAL_GAP_MS
  return dialWhenAllowed(hasEnded ? { ...state, streak: 0 } : state, env, earliest)
}

const isCalm = (state: Connection) => state.phase === 'idle' || (state.phase === 'closed' && state.by !== 'server')

/** A signal cuts a wait short, but neither dials at every flap nor takes the breaker's wait away. */
const gapAfter = ({ streak }: Base, { breaker }: Policy) =>
  streak >= breaker.failureThreshold ? breaker.resetMs : MIN_DIAL_GAP_MS

const suspended = (state: Base, cause: TicketSocketError): Connection => ({
  ...baseOf(state),
  phase: 'suspended',
  cause,
})

function dialWhenAllowed(state: Connection, env: Env, earliest = 0): Connection {
  const from = Math.max(earliest, state.notBefore)
  if (env.now < from) {
    const cause = 'cause' in state ? state.cause : lost('connection_lost')
    return { ...baseOf(state), phase: 'waiting', until: from, cause }
  }
  const id = state.lastId + 1
  return { ...baseOf(state), lastId: id, lastDialAt: env.now, phase: 'authenticating', id, wasOnline: env.online }
}

function open(
  state: Extract<Connection, { phase: 'confirming' }>,
  accepted: boolean,
  env: Env,
  policy: Policy,
  expiresInMs: number | undefined,
): Open & Base {
  const { id, method, spoken } = state
  return {
    ...baseOf(state),
    phase: 'open',
    id,
    method,
    spoken,
    accepted,
    settleAt: env.now + policy.settleMs,
    renewal: renewBefore(expiresInMs, env),
    leaveAt: null,
  }
}

function lose(
  state: Attempt,
  cause: TicketSocketError,
  pace: Pace,
  retryAfterMs: number,
  env: Env,
  policy: Policy,
): Connection {
  const { streak } = state
  const { reconnect } = policy
  if (streak >= reconnect.maxRetries) {
    return { ...baseOf(state), phase: 'failed', cause: gaveUp(reconnect.maxRetries, cause) }
  }
  const notBefore = Math.max(state.notBefore, env.now + retryAfterMs)
  const next = { ...baseOf(state), streak: streak + 1, notBefore }
  if (!env.online) return suspended(next, cause)
  // Clients that were told the same moment must not all come at it.
  const hinted = retryAfterMs * (1 + MAX_HINT_JITTER * env.chance)
  const until = Math.max(notBefore, env.now + Math.max(hinted, waitFor(pace, streak, env.chance, policy)))
  return { ...next, phase: 'waiting', until, cause }
}

function waitFor(pace: Pace, streak: number, chance: number, { reconnect, breaker }: Policy): number {
  if (pace === 'now' && streak === 0) return 0
  const backoff = fullJitter(streak, reconnect, chance)
  // A backoff that has grown beyond the breaker's wait is kept.
  if (streak + 1 >= breaker.failureThreshold) return Math.max(backoff, breaker.resetMs * (1 + chance))
  return pace === 'spread' ? Math.max(chance * SPREAD_MS, backoff) : backoff
}

const baseOf = ({ lastId, streak, notBefore, lastDialAt }: Base): Base => ({ lastId, streak, notBefore, lastDialAt })

const isDialling = ({ phase }: Connection) =>
  phase === 'authenticating' || phase === 'opening' || phase === 'confirming'
