// The lifecycle of a connection: `transition` is the only way to change one. What a connection can be, and what each phase keeps
// alive, is in `connection.ts`; what follows a loss (waits, retries) in `after-loss.ts`, and a close in `after-close.ts`. Here is the
// rest: what connects, opens, renews, and closes. Nothing here touches a socket, a clock or a random number: they are stamped on
// each event.

import { afterClose } from './after-close.ts'
import { afterLoss, lossBy, suspended } from './after-loss.ts'
import {
  type Attempt,
  type Base,
  baseOf,
  type Confirming,
  type Connection,
  type ConnectionEvent,
  type Env,
  NO_FAILURES,
  type Open,
  type Policy,
  type Renewal,
} from './connection.ts'
import { notConfirmed, notDialledYet, wrongUser } from './connection-errors.ts'
import { holdAfter } from './held-dials.ts'

/** A renewal requests a ticket, perhaps with a newer JWT, and waits for the server's answer. */
const RENEWAL_TIMEOUT_MS = 30_000
/** A network that flaps must not be dialled at every flap. */
const MIN_DIAL_GAP_MS = 500
/** A plain server that sends an error frame and refuses the connection has done so by then. */
const ERROR_FRAME_WAIT_MS = 1_000

export function transition(state: Connection, event: ConnectionEvent, env: Env, policy: Policy): Connection {
  switch (event.type) {
    case 'connect':
      return isDialling(state) || state.phase === 'open' ? state : dialOnDemand(state, env, isCalm(state))
    case 'reconnect':
      return dialOnDemand(state, env, false)
    case 'close':
      return state.phase === 'closed' && state.by === 'app' ? state : closedBy('app', state)
    case 'session_changed':
      return sessionChanged(state, event.signedIn, env)
    case 'online':
    case 'shown':
      return (state.phase === 'waiting' || state.phase === 'suspended') && env.online
        ? dialWhenAllowed(state, env, state.lastDialAt + gapAfter(state, policy))
        : state
    case 'reverted':
      // What it waits for is another ticket, which will not come.
      return state.phase === 'waiting' && state.cause.code === 'ticket_rejected' && env.online
        ? dialWhenAllowed(state, env)
        : state
    case 'offline':
      return state.phase === 'waiting' ? suspended(state, state, env) : state
    case 'due':
      return due(state, env, policy)
    default:
      return 'id' in state && state.id === event.id ? onAttempt(state, event, env, policy) : state
  }
}

function onAttempt(
  state: Attempt,
  event: Extract<ConnectionEvent, { id: number }>,
  env: Env,
  policy: Policy,
): Connection {
  switch (event.type) {
    case 'granted': {
      if (state.phase !== 'authenticating') return state
      if (state.wasOnline && !env.online) return suspended(state, lossBy('connection_lost'), env)
      const until = env.now + policy.openTimeoutMs + holdAfter(state.refusals)
      return { ...state, phase: 'opening', dialledAt: env.now, until, method: event.method }
    }
    case 'denied': {
      if (state.phase !== 'authenticating' && state.phase !== 'opening') return state
      const { error } = event
      const loss = { cause: error, closeDetails: null }
      if (!error.retryable) return { ...baseOf(state), phase: 'failed', ...loss }
      return afterLoss(state, loss, { pace: 'backoff', retryAfterMs: error.retryAfterMs }, env, policy)
    }
    case 'opened': {
      if (state.phase !== 'opening') return state
      const { method } = state
      const base = { ...baseOf(state), refusals: null, phase: 'confirming' as const, id: state.id, method }
      if (event.negotiated) return { ...base, until: env.now + policy.openTimeoutMs, negotiated: true }
      return { ...base, until: env.now + policy.plainOpenDelayMs, negotiated: false, held: [] }
    }
    case 'confirmed':
      if (state.phase === 'open') return { ...state, accepted: true }
      return state.phase === 'confirming' ? open(state, true, env, policy, event) : state
    case 'error_frame': {
      if (state.phase !== 'confirming' || state.negotiated) return state
      const until = state.held.length > 0 ? state.until : Math.max(state.until, env.now + ERROR_FRAME_WAIT_MS)
      return { ...state, until, held: [...state.held, event.held] }
    }
    case 'renewed':
    case 'not_renewed':
      return state.phase === 'open' && state.renewal.kind === 'asking'
        ? { ...state, renewal: renewalAfter(state.renewal.endsAt, event, env) }
        : state
    case 'going_away':
      return state.phase === 'open' ? { ...state, leaveAt: env.now + event.withinMs * env.random } : state
    case 'silent':
      if (state.phase !== 'open') return state
      return afterLoss(state, lossBy('heartbeat_lost'), { pace: 'backoff' }, env, policy)
    case 'wrong_user': {
      if (state.phase === 'authenticating') return state
      if (state.method === 'none') return { ...baseOf(state), phase: 'failed', ...lossBy('unauthenticated') }
      const loss = { cause: wrongUser(state.method), closeDetails: null }
      return afterLoss(state, loss, { pace: 'backoff', advice: event.advice }, env, policy)
    }
    case 'closed':
      return state.phase === 'authenticating' ? state : afterClose(state, event, env, policy)
  }
}

/** The deadline of the present phase has come. A timer may also be early for a later deadline: then nothing is due. */
function due(state: Connection, env: Env, policy: Policy): Connection {
  switch (state.phase) {
    case 'opening':
      if (env.now < state.until) return state
      // The browser may have held it back for longer than is known here. That is no loss, and is assumed once.
      if (state.refusals !== null && env.online) return dialWhenAllowed({ ...state, refusals: null }, env)
      return afterLoss(state, lossBy('timeout'), { pace: 'backoff' }, env, policy)
    case 'confirming':
      if (env.now < state.until) return state
      return state.negotiated
        ? afterLoss(state, { cause: notConfirmed(), closeDetails: null }, { pace: 'backoff' }, env, policy)
        : open(state, false, env, policy, {})
    case 'open': {
      const next = dueWhileOpen(state, env, policy)
      // Two deadlines of one moment share a timer.
      return next === state || next.phase !== 'open' ? next : due(next, env, policy)
    }
    case 'waiting':
      if (env.now < state.until) return state
      // The page may be offline without having said so yet.
      return env.online ? dialWhenAllowed(state, env) : suspended(state, state, env)
    case 'suspended':
      return env.now < state.until ? state : dialWhenAllowed(state, env)
    default:
      return state
  }
}

function dueWhileOpen(state: Open & Base, env: Env, policy: Policy): Connection {
  const { settleAt, renewal, leaveAt } = state
  if (leaveAt !== null && env.now >= leaveAt)
    return afterLoss(state, lossBy('going_away'), { pace: 'now' }, env, policy)
  if (settleAt !== null && env.now >= settleAt)
    return { ...state, failures: NO_FAILURES, settleAt: null, accepted: true }
  if (renewal.kind === 'later' && env.now >= renewal.at) {
    const { endsAt } = renewal
    return { ...state, renewal: { kind: 'asking', until: env.now + RENEWAL_TIMEOUT_MS, endsAt } }
  }
  if (renewal.kind === 'asking' && env.now >= renewal.until) return { ...state, renewal: { kind: 'none' } }
  return state
}

function sessionChanged(state: Connection, signedIn: boolean, env: Env): Connection {
  if (state.phase === 'idle' || (state.phase === 'closed' && state.by === 'app')) return state
  const next = suspended({ ...baseOf(state), failures: NO_FAILURES }, lossBy('signed_out'), env)
  if (!signedIn) return closedBy('logout', next)
  return env.online ? dialWhenAllowed(next, env) : next
}

/** The app asks. After the end the count of attempts restarts; an app that asks in a loop must not dial in one. */
function dialOnDemand(state: Connection, env: Env, isAtOnce: boolean): Connection {
  const hasEnded = state.phase === 'failed' || state.phase === 'closed'
  const earliest = isAtOnce ? 0 : state.lastDialAt + MIN_DIAL_GAP_MS
  return dialWhenAllowed(hasEnded ? { ...state, failures: NO_FAILURES } : state, env, earliest)
}

const isCalm = (state: Connection) => state.phase === 'idle' || (state.phase === 'closed' && state.by !== 'server')

/** A signal cuts a wait short, but neither dials at every flap nor takes the breaker's wait away. */
const gapAfter = ({ failures }: Base, { breaker }: Policy) =>
  failures.attempts >= breaker.failureThreshold ? breaker.resetMs : MIN_DIAL_GAP_MS

function dialWhenAllowed(state: Connection, env: Env, earliest = 0): Connection {
  const from = Math.max(earliest, state.notBefore)
  if (env.now < from) {
    const isLost = state.phase === 'waiting' || state.phase === 'suspended'
    const { cause, closeDetails } = isLost ? state : { cause: notDialledYet(), closeDetails: null }
    return { ...baseOf(state), phase: 'waiting', until: from, cause, closeDetails }
  }
  const id = state.lastId + 1
  return { ...baseOf(state), lastId: id, lastDialAt: env.now, phase: 'authenticating', id, wasOnline: env.online }
}

function open(
  state: Confirming & Base,
  accepted: boolean,
  env: Env,
  policy: Policy,
  { expiresInMs, takesJwt = false }: Pick<Extract<ConnectionEvent, { type: 'confirmed' }>, 'expiresInMs' | 'takesJwt'>,
): Open & Base {
  const { id, method, negotiated } = state
  return {
    ...baseOf(state),
    phase: 'open',
    id,
    method,
    negotiated,
    accepted,
    settleAt: env.now + policy.settleMs,
    renewal: renewBefore(expiresInMs, env),
    takesJwt: takesJwt && method === 'jwt',
    leaveAt: null,
  }
}

const closedBy = (by: 'app' | 'logout', state: Base): Connection => ({
  ...baseOf(state),
  phase: 'closed',
  by,
  closeDetails: null,
})

const isDialling = ({ phase }: Connection) =>
  phase === 'authenticating' || phase === 'opening' || phase === 'confirming'

const MAX_RENEWAL_LEAD_MS = 60_000
/** A session shorter than this is not renewed: the client connects again. */
const MIN_RENEWABLE_MS = 10_000
const MIN_GAIN_MS = 1_000

/**
 * Asks again before the new end, unless asking has gained nothing: then the JWT behind it is at its end, too. An app that
 * has no newer JWT yet is asked again in half of the time that is left.
 */
function renewalAfter(
  endsAt: number,
  event: Extract<ConnectionEvent, { type: 'renewed' | 'not_renewed' }>,
  env: Env,
): Renewal {
  if (event.type === 'not_renewed') {
    const leftMs = endsAt - env.now
    if (!event.mayAskAgain || leftMs < MIN_RENEWABLE_MS) return { kind: 'none' }
    return { kind: 'later', at: env.now + leftMs / 2, endsAt }
  }
  if (env.now + event.expiresInMs < endsAt + MIN_GAIN_MS) return { kind: 'none' }
  return renewBefore(event.expiresInMs, env)
}

function renewBefore(expiresInMs: number | undefined, env: Env): Renewal {
  if (expiresInMs === undefined || expiresInMs < MIN_RENEWABLE_MS) return { kind: 'none' }
  const lead = Math.min(MAX_RENEWAL_LEAD_MS, expiresInMs / 4)
  const endsAt = env.now + expiresInMs
  return { kind: 'later', at: endsAt - lead * (0.5 + 0.5 * env.random), endsAt }
}
