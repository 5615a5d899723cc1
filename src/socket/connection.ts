// What a connection can be, and what can happen to it. It is in exactly one phase; a variant holds what is true in it.
//
// *opened*: the socket is open. *open*: the server accepted the credential. A browser does not say why an upgrade was
// refused, so a refusal is an accepted upgrade that closes at once, and `confirming` always lies between the two.

import type { Advice } from '../auth/credential.ts'
import type { CloseVerdict } from '../contract/close-codes.ts'
import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { BackoffPolicy } from '../platform/backoff.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import type { AppFrame, ReceivedFrame } from './frames.ts'
import type { Refusals } from './held-dials.ts'

export interface BreakerPolicy {
  /** Attempts lost in a row that open it; Infinity: never. */
  failureThreshold: number
  /** The least wait while it is open, in milliseconds. The wait is random between this and twice as much. */
  resetMs: number
}

export interface Policy {
  reconnect: BackoffPolicy & { maxRetries: number }
  breaker: BreakerPolicy
  /** For the socket to open, and again for the server's first frame. */
  openTimeoutMs: number
  /** Where the protocol was not negotiated a connection counts as open after this. */
  plainOpenDelayMs: number
  /** An open connection counts as good after this; only then are failures forgotten. */
  settleMs: number
}

/** Every deadline is a moment on the monotonic clock. */
export type Connection = Base &
  (
    | { phase: 'idle' }
    /** `wasOnline`: else the app insisted, and this attempt is made whatever the page says. */
    | { phase: 'authenticating'; id: number; wasOnline: boolean }
    | { phase: 'opening'; id: number; dialledAt: number; until: number; method: AuthMethod }
    | Confirming
    | Open
    | ({ phase: 'waiting'; until: number } & Loss)
    /** Offline: not dialling until the network is back, or `until`: the page may be wrong. */
    | ({ phase: 'suspended'; until: number } & Loss)
    /** Done. By a sign-out: the next sign-in connects again. */
    | { phase: 'closed'; by: 'app' | 'server' | 'logout'; closeDetails: CloseDetails | null }
    /** Gave up. */
    | ({ phase: 'failed' } & Loss)
  )

/** Why there is no connection. */
export interface Loss {
  cause: TicketSocketError
  /** How the socket was closed; null where none was. The reason holds no credential. */
  closeDetails: CloseDetails | null
}

/** The socket is open, and the server has not accepted the credential yet. */
export type Confirming = { phase: 'confirming'; id: number; until: number; method: AuthMethod } & (
  | { negotiated: true }
  /** `held`: error frames that came first. They may announce a refusal, so the app gets them once it is open. */
  | { negotiated: false; held: readonly HeldFrame[] }
)

export interface HeldFrame {
  frame: AppFrame
  data: ReceivedFrame
  /** Its text without anything that looks like a credential. */
  text: string
}

/**
 * Consecutive ones. They are forgotten together: when a connection has settled, when the user changes, and when the app connects
 * after the end.
 */
export interface Failures {
  /** Attempts that were lost. Not forgotten when a connection opens: a server that accepts and closes at once would otherwise be
   * dialled without any wait. */
  attempts: number
  /** Dials that followed a refusal without a wait. Each offers another credential; together they are one attempt. */
  redials: number
  /** Sessions that the server accepted, and ended by refusing their credential within `settleMs`. */
  sessions: number
}

export const NO_FAILURES: Failures = { attempts: 0, redials: 0, sessions: 0 }

export interface Base {
  /** Identifies attempts; what an older one still says is ignored. */
  lastId: number
  failures: Failures
  /** No dial before this moment: the server asked for it. */
  notBefore: number
  lastDialAt: number
  /** Null: the last dial was not refused, or a connection has opened since. */
  refusals: Refusals | null
}

export interface Open {
  phase: 'open'
  id: number
  method: AuthMethod
  negotiated: boolean
  /** The server has shown that it took the credential. */
  accepted: boolean
  settleAt: number | null
  renewal: Renewal
  /** A JWT can extend the session (PR-79): the server has announced it, and a JWT has opened it. */
  takesJwt: boolean
  /** The server goes away: this client leaves then, so that not all of them leave at once. */
  leaveAt: number | null
}

/** Extending the session in band, before it ends. */
export type Renewal =
  /** The server cannot, or there is nothing to gain: the session ends, and is opened again. */
  { kind: 'none' } | { kind: 'later'; at: number; endsAt: number } | { kind: 'asking'; until: number; endsAt: number }

/** A phase in which an attempt is under way, or has come to its end: open. */
export type Attempt = Extract<Connection, { id: number }>

export type ConnectionEvent =
  | { type: 'connect' }
  | { type: 'reconnect' }
  | { type: 'close' }
  | { type: 'granted'; id: number; method: AuthMethod }
  /** No credential, or no connection for it: the browser has dialled nothing. */
  | { type: 'denied'; id: number; error: TicketSocketError }
  /** `negotiated`: the server selected `ticket-socket.v1`. */
  | { type: 'opened'; id: number; negotiated: boolean }
  /** `expiresInMs`: what is left of the session, where the server tells. `takesJwt`: a JWT can extend it. */
  | { type: 'confirmed'; id: number; expiresInMs?: number; takesJwt?: boolean }
  /** A plain server has sent an error frame: it accepts nothing, and may announce a refusal. */
  | { type: 'error_frame'; id: number; held: HeldFrame }
  | { type: 'renewed'; id: number; expiresInMs: number }
  /** `mayAskAgain`: there was no newer JWT yet. */
  | { type: 'not_renewed'; id: number; mayAskAgain?: boolean }
  | { type: 'going_away'; id: number; withinMs: number }
  /** The server answered for another user than the one whose credential was sent. */
  | { type: 'wrong_user'; id: number; advice?: Advice | undefined }
  /** `closeDetails`: null where this client ended the attempt by itself. */
  | Closed
  | { type: 'silent'; id: number }
  | { type: 'due' }
  | { type: 'online' | 'offline' | 'shown' }
  | { type: 'session_changed'; signedIn: boolean }
  /** Tickets are given up: the next attempt uses the JWT. */
  | { type: 'reverted' }

interface Closed {
  type: 'closed'
  id: number
  verdict: CloseVerdict
  closeDetails: CloseDetails | null
  advice?: Advice | undefined
}

export interface Env {
  now: number
  /** From 0 to 1, for jitter. */
  random: number
  online: boolean
}

export const IDLE: Connection = {
  phase: 'idle',
  lastId: 0,
  failures: NO_FAILURES,
  notBefore: 0,
  lastDialAt: Number.NEGATIVE_INFINITY,
  refusals: null,
}

export const baseOf = ({ lastId, failures, notBefore, lastDialAt, refusals }: Base): Base => ({
  lastId,
  failures,
  notBefore,
  lastDialAt,
  refusals,
})

/** Identity is the `key`: an effect whose key stays goes on, also across phases. */
export type Effect =
  | { key: string; kind: 'timer'; at: number }
  | { key: string; kind: AttemptEffect; id: number }
  /** `takesJwt`: where there is no ticket, a newer JWT extends the session. */
  | { key: string; kind: 'renewal'; id: number; takesJwt: boolean }
  /** `negotiated`: by the protocol's ping; else by what the app asks, if anything. */
  | { key: string; kind: 'heartbeat'; id: number; negotiated: boolean }
  /** A ticket may be needed from then on. */
  | { key: string; kind: 'prefetch'; from: number }
  | { key: string; kind: 'signals' }

type AttemptEffect = 'credential' | 'socket'

/** A ticket that is requested this long before a wait ends arrives in time, and not all at the start of an outage. */
const PREFETCH_LEAD_MS = 1_000

const timer = (at: number): Effect => ({ key: `timer@${at}`, kind: 'timer', at })
const attempt = (kind: AttemptEffect, id: number): Effect => ({ key: `${kind}#${id}`, kind, id })
const prefetch = (from: number): Effect => ({ key: `prefetch@${from}`, kind: 'prefetch', from })
const renewal = ({ id, takesJwt }: Open): Effect => ({ key: `renewal#${id}`, kind: 'renewal', id, takesJwt })
const SIGNALS: Effect = { key: 'signals', kind: 'signals' }

function deadlines({ settleAt, leaveAt, renewal }: Open): number[] {
  const renewalAt = renewal.kind === 'later' ? renewal.at : renewal.kind === 'asking' ? renewal.until : null
  return [...new Set([settleAt, leaveAt, renewalAt])].filter((at) => at !== null)
}

export function effectsOf(state: Connection): Effect[] {
  switch (state.phase) {
    case 'authenticating':
      return [attempt('credential', state.id), SIGNALS]
    case 'opening':
    case 'confirming':
      return [attempt('socket', state.id), timer(state.until), SIGNALS]
    case 'open':
      return [
        attempt('socket', state.id),
        { key: `heartbeat#${state.id}`, kind: 'heartbeat', id: state.id, negotiated: state.negotiated },
        ...(state.renewal.kind === 'asking' ? [renewal(state)] : []),
        ...deadlines(state).map(timer),
        prefetch(0),
        SIGNALS,
      ]
    case 'waiting':
      return [timer(state.until), prefetch(state.until - PREFETCH_LEAD_MS), SIGNALS]
    case 'suspended':
      return [timer(state.until), SIGNALS]
    case 'idle':
    case 'closed':
    case 'failed':
      return []
    default:
      return state satisfies never
  }
}
