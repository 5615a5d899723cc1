// What crosses the edge of the client, and nothing of its inside: requests, dials, frames, events, log lines, what the
// app does and what the tab says. The judges look at this alone.

import type { Jwt, User } from '../support/canaries.ts'
import type { FastClock } from '../support/fast-clock.ts'
import type { Setting } from './schedule.ts'

/** A violated rule, with the moment in virtual milliseconds. */
export interface Violation {
  rule: string
  what: string
  atMs: number
}

export interface SeenRequest {
  number: number
  isPurchase: boolean
  method: string
  url: string
  init: RequestInit
  jwt: Jwt | null
  at: number
  /** By the tab's own clocks. */
  tabAt: number
  tabWallAt: number
  /** Log-ins and log-outs before it. */
  sessionChanges: number
  isOpen: boolean
}

/** An answer as the client is given it. */
export interface SeenAnswer {
  status: number
  retryAfterMs: number | null
  text: string
}

/** One `new WebSocket`. */
export interface SeenDial {
  number: number
  url: URL
  protocols: readonly string[]
  method: 'ticket' | 'jwt' | 'none'
  ticket: string | null
  jwt: Jwt | null
  at: number
  sessionChanges: number
  isOnline: boolean
  /** What the browser's socket is; `left`: the client has closed it. */
  state: 'connecting' | 'open' | 'left' | 'closed'
  openedAt: number | null
  /** The server's first word, for a spoken connection its `connection_established`, has arrived. */
  isConfirmed: boolean
  isSpoken: boolean
  /** Whom the server takes it for, as far as it has decided. */
  user: User | null
  /** When a frame last arrived, by the world's time. */
  heardAt: number
}

/** A message that the app handed over. */
export interface SeenMessage {
  number: number
  by: User | null
  sessionChanges: number
  priority: 'high' | 'normal' | 'low'
  bytes: number
  /** By the tab's own clock. */
  at: number
  /** By its receipt. */
  queueId: number | null
  state: 'queued' | 'sent' | 'dropped'
  /** In which order `send` was called. */
  order: number
  sentOn: SeenDial | null
  arrivals: number
}

export type AppAct =
  | 'connect'
  | 'close'
  | 'reconnect'
  | 'logout'
  | 'login'
  | 'reset'
  | 'clear'
  | 'revokeAll'
  | 'dispose'

export interface Edge {
  readonly clock: FastClock
  readonly setting: Setting
  readonly requests: SeenRequest[]
  readonly dials: SeenDial[]
  readonly messages: SeenMessage[]
  sends: number
  /** Session changes so far. */
  sessionChanges: number
  /** Faults of network and server that go on; since when there are none. */
  unrest: number
  calmSince: number
  /** In this session a server has named another user than the one it is about. */
  isDeceived: boolean
  /** No dial before this moment, and no request for a ticket before that one: the server has asked for it. */
  dialNotBefore: number
  askNotBefore: number
  /** Of the waits that were asked for; clients spread over a fifth of theirs. */
  longestHintMs: number
  violate(rule: string, what: string): void
  /** Counts a state worth reaching. */
  reach(what: string): void
}

/** A rule, watched. Judges record and never throw: the code under test might catch it. */
export interface Judge {
  requested?(request: SeenRequest): void
  answered?(request: SeenRequest, answer: SeenAnswer | null): void
  dialled?(dial: SeenDial): void
  opened?(dial: SeenDial): void
  heard?(dial: SeenDial, data: string | Uint8Array): void
  said?(dial: SeenDial, data: string | ArrayBuffer): void
  /** The client closed it. */
  left?(dial: SeenDial, code: number | undefined, reason: string | undefined): void
  /** The client was told that it is closed. */
  closed?(dial: SeenDial, code: number, reason: string): void
  /** The app is about to, and has. */
  acting?(act: AppAct): void
  acted?(act: AppAct): void
  sent?(message: SeenMessage): void
  sessionChanged?(signedIn: boolean): void
  /** The app was asked for its token. */
  tokenAsked?(): void
  /** `askedIn`: how many sessions had ended when it was asked. */
  tokenGiven?(value: unknown, askedIn: number): void
  event?(of: 'auth' | 'socket', name: string, payload: unknown): void
  logged?(line: unknown): void
  signalled?(signal: string): void
  inflicted?(fault: string): void
  /** The server took a ticket for this connection or renewal; or received a message of the app. */
  consumed?(handle: string, found: boolean): void
  received?(message: SeenMessage, user: string | null, dial: SeenDial): void
  /** Nothing moves any more until time passes or somebody acts. */
  quiet?(): void
  /** Everything is over and disposed of. */
  over?(): void
}
