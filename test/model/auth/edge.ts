// What crosses the edge of the auth service, and nothing of its inside: requests, callbacks, calls and their ends,
// grants, reports, session changes. The judges look at this alone.

import type { Advice, Credential } from '../../../src/auth/credential.ts'
import type { TicketSocketError } from '../../../src/contract/errors.ts'
import type { Jwt, User } from '../../support/canaries.ts'
import type { FastClock } from '../../support/fast-clock.ts'
import type { Answer, IssuedTicket } from './answers.ts'
import type { Setting } from './schedule.ts'
import type { Outcome } from './steps.ts'

/** Somebody asks for a grant (`acquire`, `only` a ticket) or for a ticket of their own (`take`, `request`). */
export interface Call {
  id: number
  kind: 'acquire' | 'only' | 'take' | 'request'
  /** For a connection that could be made with the JWT instead: it waits for a ticket no longer than a second. */
  isReplaceable: boolean
  /** For a session that is about to end: the app may be asked for a JWT that outlives it. */
  isRenewal: boolean
  at: number
  /** By the clock of whoever is awake: when it began, or a callback of the app was asked or answered for it. */
  progressAt: number
  turn: number
  sessionChanges: number
  explicitChanges: number
  /** When it began, and not reset since. */
  wasReverted: boolean
  /** At any time since it began: a call that then waits for a newer JWT has decided before a reset. */
  metReversion: boolean
  /** Failures that had counted when it began; null: nobody outside can say. */
  counted: number | null
  controller: AbortController
  /** No lease was held since it began: then every request in its context is its own. */
  isLeaseFree: boolean
  /** For a ticket, made in its context. */
  requests: SeenRequest[]
  tokens: TokenAnswered[]
  /** Its own reading of the flag. */
  flag: 'unread' | 'on' | 'off' | 'not answered'
  flagAt: number
  flagTurn: number
  /** Questions that the app has not answered yet. */
  flagsOpen: number
  /** The causes of its steps down. */
  fallbacks: TicketSocketError[]
  /** Turn of the last of them; -1: there was none. */
  fallbackTurn: number
  /** Whether the ticket that it took was told to be fresh. */
  tookFresh: boolean | null
  /** Turn of the last drop when it took its ticket. */
  tookAfterDrop: number | null
  /** Turn in which it took its ticket. */
  tookTurn: number | null
  end: null | CallEnd
}

export type CallEnd = { turn: number; at: number } & (
  | { kind: 'grant'; grant: SeenGrant }
  | { kind: 'ticket'; value: string }
  | { kind: 'error'; error: TicketSocketError }
  /** What a method that never throws must not do, and an error of another class. */
  | { kind: 'thrown'; error: unknown }
)

export interface SeenGrant {
  call: Call
  grant: Credential
  method: Credential['method']
  sessionChanges: number
  /** Of the ticket, or null. */
  value: string | null
  /** Of the JWT, or null. */
  jwt: Jwt | null
  state: 'new' | 'accepted' | 'ended'
}

export interface SeenRequest {
  isTicketRequest: boolean
  method: string
  path: string
  init: RequestInit
  jwt: Jwt | null
  call: Call | null
  at: number
  wallAt: number
  turn: number
  sessionChanges: number
  /** Neither answered, nor failed, nor aborted. */
  isOpen: boolean
  /** What was handed over, in which turn. */
  answer: Answer | null
  answeredAt: number
  answeredTurn: number
  issued: IssuedTicket | null
}

/** A ticket that was handed over to the service. */
export interface TicketLife extends IssuedTicket {
  user: User
  askedAt: number
  askedWallAt: number
  askedTurn: number
  handedTurn: number
  handedAt: number
  call: Call | null
  /** Something struck between its coming and its being taken: the service may never have seen it. */
  isCutOff: boolean
  /** It came again after it was cut off: which of the two is used is not known. */
  isUncertain: boolean
  /** Given to somebody, and not put back. */
  isOut: boolean
  /** In which turn the request for its revocation left, the app having asked for it; -1: none did. */
  revokedTurn: number
}

/** The app's callback was asked, and (perhaps later, perhaps never) answered. */
export interface TokenAnswered {
  name: 'getToken' | 'refreshToken'
  call: Call | null
  sessionChanges: number
  askedAfterExplicitChanges: number
  askedAt: number
  answer: 'pending' | 'failed' | { value: unknown; turn: number; at: number }
}

export interface Edge {
  readonly clock: FastClock
  readonly setting: Setting
  readonly calls: Call[]
  readonly requests: SeenRequest[]
  readonly tokens: TokenAnswered[]
  readonly tickets: Map<string, TicketLife>
  readonly grants: SeenGrant[]
  readonly page: { isOnline: boolean; isHidden: boolean; offlineAt: number }
  /** Handles of tickets that the app itself has asked to revoke, and whether the request has left. */
  readonly revokedByApp: Map<string, boolean>
  leases: number
  /** The app's questions beside calls, such as `handleAuthError()`, that are not answered yet. */
  questions: number
  /** Session changes so far; those that the app itself asked for. */
  sessionChanges: number
  explicitChanges: number
  changeTurn: number
  /** Tickets were given up, by the judges' own count; in which turn. */
  isReverted: boolean
  /** Failures that have ever counted, by the same count. */
  counted: number
  revertedTurn: number
  /** Turn of the last event that makes the ledger forget what it has. */
  dropTurn: number
  /** Turn in which the app revoked a ticket: it was the prefetched ticket, perhaps, and then another is fetched at once. */
  revokedTurn: number
  /** Turn in which something struck between two microtasks: there, "before" and "after" are not to be told apart. */
  ambushTurn: number
  ambushAt: number
  /** Of the monotonic clock, in sleep: nothing can be in time then. */
  sleptMs: number
  worstThrottleMs: number
  violate(rule: string, what: string): void
  /** Counts a state worth reaching. */
  reach(what: string): void
  /** Who is asking, in the code that runs now. */
  caller(): Call | null
  /** The JWT by which the service's synchronous getters go. */
  lastSeenJwt(): string | null
  hasPrefetched(): boolean
}

/** A rule, watched. Judges record and never throw: the code under test might catch it. */
export interface Judge {
  requested?(request: SeenRequest): void
  answered?(request: SeenRequest): void
  tokenAsked?(asked: TokenAnswered): void
  /** The app is about to say so. */
  changing?(what: 'sign-out' | 'sign-in'): void
  sessionChanged?(signedIn: boolean, isExplicit: boolean): void
  ended?(call: Call, end: CallEnd): void
  reported?(grant: SeenGrant, outcome: Outcome): void
  /** What the service answered to the first report of a refusal. */
  advised?(grant: SeenGrant, advice: Advice | undefined): void
  failuresReset?(): void
  event?(name: string, payload: unknown): void
  /** Just after an ambush, when everything that it met has come to rest. */
  ambushed?(): void
  /** Nothing moves any more until time passes or somebody acts. */
  quiet?(): void
  /** Everything is over and the service disposed of. */
  over?(): void
}
