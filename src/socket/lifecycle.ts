// Read this first. A connection is in exactly one phase; `transition` is the only way to change it, and `needs` lists
// what a phase keeps alive. Nothing here touches a socket, a clock or a random number: they are stamped on each event.
//
// *opened*: the socket is open. *open*: the server accepted the credential. A browser does not say why an upgrade was
// refused, so a refusal is an accepted upgrade that closes at once, and `confirming` always lies between the two.

import type { CloseVerdict, Pace } from '../contract/close-codes.ts'
import { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import { type BackoffPolicy, fullJitter } from '../platform/backoff.ts'
import { lost } from './connection-errors.ts'

export interface Policy {
  reconnect: BackoffPolicy & { maxRetries: number }
  /** For the socket to open, and again for the server's first frame. */
  openTimeoutMs: number
  /** A server that does not speak the protocol counts as open after this. */
  plainConfirmMs: number
  /** An open connection counts as good after this; only then are failures forgotten. */
  settleMs: number
}

/** Every deadline is a moment on the monotonic clock. */
export type Connection = Base &
  (
    | { phase: 'idle' }
    | { phase: 'authenticating'; id: number }
    | { phase: 'opening'; id: number; until: number; method: AuthMethod }
    | { phase: 'confirming'; id: number; until: number; method: AuthMethod; spoken: boolean }
    | Open
    | { phase: 'waiting'; until: number; cause: TicketSocketError }
    /** Offline: not dialling until the network is back. */
    | { phase: 'suspended'; cause: TicketSocketError }
    /** Done. By a log-out: the next log-in connects again. */
    | { phase: 'closed'; by: 'app' | 'server' | 'logout' }
    /** Gave up. */
    | { phase: 'failed'; cause: TicketSocketError }
  )

interface Base {
  /** Identifies attempts; what an older one still says is ignored. */
  lastId: number
  /** Attempts lost in a row. Forgotten when a connection has settled, not when it opens: a server that accepts and
   * closes at once would otherwise be dialled without any wait. */
  streak: number
  /** No dial before this moment: the server asked for it. */
  notBefore: number
  lastDialAt: number
}

interface Open {
  phase: 'open'
  id: number
  method: AuthMethod
  spoken: boolean
  /** The server has shown that it took the credential. */
  accepted: boolean
  settleAt: number | null
}

export type ConnectionEvent =
  | { type: 'connect' }
  | { type: 'reconnect' }
  | { type: 'close' }
  | { type: 'granted'; id: number; method: AuthMethod }
  | { type: 'denied'; id: number; error: TicketSocketError }
  /** `spoken`: the server selected `ticket-socket.v1`. */
  | { type: 'opened'; id: number; spoken: boolean }
  | { type: 'confirmed'; id: number }
  | { type: 'closed'; id: number; verdict: CloseVerdict }
  | { type: 'silent'; id: number }
  | { type: 'due' }
  | { type: 'online' | 'offline' | 'shown' }
  | { type: 'fenced'; signedIn: boolean }

export interface Env {
  now: number
  /** From 0 to 1, for jitter. */
  chance: number
  online: boolean
}

export const IDLE: Connection = {
  phase: 'idle',
  lastId: 0,
  streak: 0,
  notBefore: 0,
  lastDialAt: Number.NEGATIVE_INFINITY,
}

/** A network that flaps must not be dialled at every flap. */
const MIN_DIAL_GAP_MS = 500
/** Clients of a server that goes away come back within this (RFC 6455 §7.2.3). */
const SPREAD_MS = 5_000

export function transition(state: Connection, event: ConnectionEvent, env: Env, policy: Policy): Connection {
  switch (event.type) {
    case 'connect':
      return isDialling(state) || state.phase === 'open' ? state : dialWhenAllowed(afresh(state), env)
    case 'reconnect':
      return dialWhenAllowed(afresh(state), env)
    case 'close':
      return { ...base(state), phase: 'closed', by: 'app' }
    case 'fenced':
      return fenced(state, event.signedIn, env)
    case 'online':
    case 'shown':
      return (state.phase === 'waiting' || state.phase === 'suspended') && env.online
        ? dialWhenAllowed(state, env, state.lastDialAt + MIN_DIAL_GAP_MS)
        : state
    case 'offline':
      return state.phase === 'waiting' ? { ...base(state), phase: 'suspended', cause: state.cause } : state
    case 'due':
      return due(state, env, policy)
    default:
      return 'id' in state && state.id === event.id ? attemptSaid(state, event, env, policy) : state
  }
}

type Attempt = Extract<Connection, { id: number }>

function attemptSaid(
  state: Attempt,
  event: Extract<ConnectionEvent, { id: number }>,
  env: Env,
  policy: Policy,
): Connection {
  switch (event.type) {
    case 'granted': {
      if (state.phase !== 'authenticating') return state
      const until = env.now + policy.openTimeoutMs
      return { ...state, phase: 'opening', until, method: event.method }
    }
    case 'denied': {
      const { error } = event
      if (!error.retryable) return { ...base(state), phase: 'failed', cause: error }
      return lose(state, error, 'backoff', error.retryAfterMs ?? 0, env, policy)
    }
    case 'opened': {
      if (state.phase !== 'opening') return state
      const until = env.now + (event.spoken ? policy.openTimeoutMs : policy.plainConfirmMs)
      return { ...state, phase: 'confirming', until, spoken: event.spoken }
    }
    case 'confirmed':
      if (state.phase === 'open') return { ...state, accepted: true }
      return state.phase === 'confirming' ? open(state, true, env, policy) : state
    case 'silent':
      return lose(state, lost('heartbeat_lost'), 'backoff', 0, env, policy)
    case 'closed':
      return closed(state, event.verdict, env, policy)
  }
}

function closed(state: Attempt, verdict: CloseVerdict, env: Env, policy: Policy): Connection {
  switch (verdict.kind) {
    case 'done':
      return { ...base(state), phase: 'closed', by: 'server' }
    case 'stop':
      return { ...base(state), phase: 'failed', cause: lost(verdict.code) }
    case 'refused': {
      const method = 'method' in state ? state.method : 'none'
      // Without a credential there is nothing to renew.
      if (method === 'none') return { ...base(state), phase: 'failed', cause: lost('unauthenticated') }
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
      return state.spoken ? lose(state, lost('timeout'), 'backoff', 0, env, policy) : open(state, false, env, policy)
    case 'open':
      if (state.settleAt === null || env.now < state.settleAt) return state
      return { ...state, streak: 0, settleAt: null, accepted: true }
    case 'waiting':
      return env.now < state.until ? state : dialWhenAllowed(state, env)
    default:
      return state
  }
}

function fenced(state: Connection, signedIn: boolean, env: Env): Connection {
  if (state.phase === 'idle' || (state.phase === 'closed' && state.by === 'app')) return state
  const fresh = { ...base(state), streak: 0 }
  return signedIn ? dialWhenAllowed({ ...fresh, phase: 'idle' }, env) : { ...fresh, phase: 'closed', by: 'logout' }
}

function dialWhenAllowed(state: Connection, env: Env, earliest = 0): Connection {
  const from = Math.max(earliest, state.notBefore)
  if (env.now < from) {
    const cause = 'cause' in state ? state.cause : lost('connection_lost')
    return { ...base(state), phase: 'waiting', until: from, cause }
  }
  const id = state.lastId + 1
  return { ...base(state), lastId: id, lastDialAt: env.now, phase: 'authenticating', id }
}

function open(
  state: Extract<Connection, { phase: 'confirming' }>,
  accepted: boolean,
  env: Env,
  policy: Policy,
): Open & Base {
  const { id, method, spoken } = state
  return { ...base(state), phase: 'open', id, method, spoken, accepted, settleAt: env.now + policy.settleMs }
}

function lose(
  state: Attempt,
  cause: TicketSocketError,
  pace: Pace,
  retryAfterMs: number,
  env: Env,
  { reconnect }: Policy,
): Connection {
  const { streak } = state
  if (streak >= reconnect.maxRetries) {
    const message = `Gave up after ${reconnect.maxRetries} attempts. Call connect() to try again.`
    return { ...base(state), phase: 'failed', cause: new TicketSocketError('retries_exhausted', message, { cause }) }
  }
  const notBefore = Math.max(state.notBefore, env.now + retryAfterMs)
  const next = { ...base(state), streak: streak + 1, notBefore }
  if (!env.online) return { ...next, phase: 'suspended', cause }
  const until = Math.max(notBefore, env.now + waitFor(pace, streak, env.chance, reconnect))
  return { ...next, phase: 'waiting', until, cause }
}

function waitFor(pace: Pace, streak: number, chance: number, policy: BackoffPolicy): number {
  if (pace === 'spread') return Math.max(chance * SPREAD_MS, fullJitter(streak, policy, chance))
  return pace === 'now' && streak === 0 ? 0 : fullJitter(streak, policy, chance)
}

const base = ({ lastId, streak, notBefore, lastDialAt }: Connection): Base => ({
  lastId,
  streak,
  notBefore,
  lastDialAt,
})

/** Whoever asks again after the end begins to count anew. */
const afresh = (state: Connection): Connection =>
  state.phase === 'failed' || state.phase === 'closed' ? { ...state, streak: 0 } : state

const isDialling = ({ phase }: Connection) =>
  phase === 'authenticating' || phase === 'opening' || phase === 'confirming'

// ── what a phase keeps alive ────────────────────────────────────────────────────────────────────────────────────

/** Identity is the `key`: a need whose key stays is kept, also across phases. */
export type Need =
  | { key: string; kind: 'timer'; at: number }
  | { key: string; kind: 'credential' | 'socket' | 'heartbeat'; id: number }
  /** A ticket may be needed from then on. */
  | { key: string; kind: 'spare'; from: number }
  | { key: string; kind: 'signals' }

/** A spare asked for this long before a wait ends arrives in time, and not all at the start of an outage. */
const SPARE_LEAD_MS = 1_000

const timer = (at: number): Need => ({ key: `timer@${at}`, kind: 'timer', at })
const attempt = (kind: 'credential' | 'socket' | 'heartbeat', id: number): Need => ({ key: `${kind}#${id}`, kind, id })
const spare = (from: number): Need => ({ key: `spare@${from}`, kind: 'spare', from })
const SIGNALS: Need = { key: 'signals', kind: 'signals' }

export function needs(state: Connection): Need[] {
  switch (state.phase) {
    case 'authenticating':
      return [attempt('credential', state.id), SIGNALS]
    case 'opening':
    case 'confirming':
      return [attempt('socket', state.id), timer(state.until), SIGNALS]
    case 'open':
      return [
        attempt('socket', state.id),
        ...(state.spoken ? [attempt('heartbeat', state.id)] : []),
        ...(state.settleAt === null ? [] : [timer(state.settleAt)]),
        spare(0),
        SIGNALS,
      ]
    case 'waiting':
      return [timer(state.until), spare(state.until - SPARE_LEAD_MS), SIGNALS]
    case 'suspended':
      return [SIGNALS]
    case 'idle':
    case 'closed':
    case 'failed':
      return []
    default:
      return state satisfies never
  }
}
