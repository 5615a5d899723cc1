// Walks the lifecycle: every state that can be reached, and every event in each of them. Finite, because states that
// differ only in the counting of attempts and the time are one.

import type { Advice } from '../../src/auth/credential.ts'
import type { CloseVerdict } from '../../src/contract/close-codes.ts'
import { TicketSocketError } from '../../src/contract/errors.ts'
import {
  type Connection,
  type ConnectionEvent,
  type Env,
  effectsOf,
  type HeldFrame,
  IDLE,
  type Policy,
} from '../../src/socket/connection.ts'
import { transition } from '../../src/socket/lifecycle.ts'

const HELD: HeldFrame = {
  frame: { kind: 'messages', messages: [{ type: 'error' }] },
  data: '{"type":"error"}',
  text: '{"type":"error"}',
}

export const policy: Policy = {
  reconnect: { baseDelayMs: 2_000, maxDelayMs: 10_000, multiplier: 2, maxRetries: 3 },
  breaker: { failureThreshold: 20, resetMs: 15_000 },
  openTimeoutMs: 10_000,
  plainOpenDelayMs: 100,
  settleMs: 5_000,
}

export const retryable = new TicketSocketError('server_unavailable', 'later')
const asksToWait = new TicketSocketError('rate_limited', 'later', { retryAfterMs: 60_000 })
const final = new TicketSocketError('unauthenticated', 'no')

/** The server closes; what that means stands in the verdict. */
export const closedWith = (id: number, verdict: CloseVerdict, advice?: Advice): ConnectionEvent => ({
  type: 'closed',
  id,
  verdict,
  closeDetails: { code: 4000, reason: 'why', wasClean: true },
  advice,
})

/** The host refuses the dial: the browser says nothing more. */
const refusedDial = (id: number): ConnectionEvent => ({
  type: 'closed',
  id,
  verdict: { kind: 'reconnect', pace: 'backoff', code: 'connection_lost' },
  closeDetails: { code: 1006, reason: '', wasClean: false },
})

/** Everything that can happen to the attempt `id`. */
export const eventsOf = (id: number): ConnectionEvent[] => [
  { type: 'connect' },
  { type: 'reconnect' },
  { type: 'close' },
  { type: 'granted', id, method: 'ticket' },
  { type: 'granted', id, method: 'none' },
  { type: 'denied', id, error: retryable },
  { type: 'denied', id, error: asksToWait },
  { type: 'denied', id, error: final },
  { type: 'opened', id, negotiated: true },
  { type: 'opened', id, negotiated: false },
  { type: 'confirmed', id },
  { type: 'confirmed', id, expiresInMs: 120_000 },
  { type: 'error_frame', id, held: HELD },
  { type: 'wrong_user', id },
  { type: 'wrong_user', id, advice: 'redial' },
  { type: 'renewed', id, expiresInMs: 120_000 },
  { type: 'renewed', id, expiresInMs: 1_000 },
  { type: 'not_renewed', id },
  { type: 'going_away', id, withinMs: 20_000 },
  closedWith(id, { kind: 'done' }),
  closedWith(id, { kind: 'refused' }),
  closedWith(id, { kind: 'refused' }, 'redial'),
  closedWith(id, { kind: 'stop', code: 'revoked' }),
  closedWith(id, { kind: 'reconnect', pace: 'now', code: 'session_expired' }),
  closedWith(id, { kind: 'reconnect', pace: 'spread', code: 'connection_lost' }),
  closedWith(id, { kind: 'reconnect', pace: 'backoff', code: 'too_many', retryAfterMs: 60_000 }),
  refusedDial(id),
  { type: 'silent', id },
  { type: 'due' },
  { type: 'online' },
  { type: 'offline' },
  { type: 'shown' },
  { type: 'reverted' },
  { type: 'session_changed', signedIn: true },
  { type: 'session_changed', signedIn: false },
]

export const idOf = (state: Connection) => ('id' in state ? state.id : state.lastId)

/** Every moment at which something may happen by itself. */
function deadlinesOf(state: Connection): number[] {
  return effectsOf(state).flatMap((effect) => (effect.kind === 'timer' ? [effect.at] : []))
}

/** Each of these moments, online and offline: now, and every deadline of the state. */
function envsOf(state: Connection, now: number): Env[] {
  return [now, ...deadlinesOf(state)].flatMap((at) =>
    [true, false].map((online) => ({ now: Math.max(now, at), random: 0.5, online })),
  )
}

/** A name for the state that is the same for states which differ only in the counting of attempts and the time. */
function canonical(state: Connection, now: number): string {
  const { lastId: _, lastDialAt, ...rest } = state
  return JSON.stringify({
    ...rest,
    ...('id' in state && { id: 0 }),
    ...('until' in state && { until: state.phase === 'suspended' ? state.until > now : state.until - now }),
    ...('dialledAt' in state && { dialledAt: 0 }),
    ...(state.phase === 'open' && {
      settleAt: state.settleAt !== null,
      leaveAt: state.leaveAt !== null,
      renewal: { kind: state.renewal.kind },
    }),
    ...('cause' in state && { cause: state.cause.code }),
    ...('held' in state && { held: state.held.length > 0 }),
    refusals: state.refusals !== null,
    notBefore: Math.max(0, state.notBefore - now),
    gap: now - lastDialAt < 500,
  })
}

interface Reached {
  state: Connection
  now: number
}

export function explore() {
  const reached = new Map<string, Reached>([[canonical(IDLE, 0), { state: IDLE, now: 0 }]])
  const steps: { before: Connection; event: ConnectionEvent; env: Env; after: Connection }[] = []
  for (const { state, now } of reached.values()) {
    for (const event of eventsOf(idOf(state))) {
      for (const env of envsOf(state, now)) {
        const after = transition(state, event, env, policy)
        steps.push({ before: state, event, env, after })
        const name = canonical(after, env.now)
        if (!reached.has(name)) reached.set(name, { state: after, now: env.now })
      }
    }
  }
  return { reached: [...reached.values()], steps }
}
