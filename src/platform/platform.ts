// The environment as small interfaces. Only `system-platform.ts` uses the real one, so that all other code runs unchanged on a
// virtual clock with a scripted network.

export interface Clock {
  /** Milliseconds on a clock that never goes back. Deadlines and expiry are counted on it. */
  now(): number
  /** Milliseconds since 1970 by the wall clock, which people and NTP may set. For display only. */
  wallNow(): number
  /**
   * Calls back once, `delayMs` from now; returns the function that prevents it. Any delay is allowed, also one longer
   * than `setTimeout` can hold. A timer may be late by any amount (throttled tab, sleeping laptop), never early.
   */
  setTimer(callback: () => void, delayMs: number): () => void
}

/** A number from 0 (inclusive) to 1 (exclusive). For jitter, never for secrets. */
export type Random = () => number

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The part of a browser's `WebSocket` that is used. */
export interface SocketLike {
  readonly readyState: number
  readonly protocol: string
  readonly bufferedAmount: number
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string | ArrayBufferLike | ArrayBufferView<ArrayBuffer> | Blob): void
  close(code?: number, reason?: string): void
}

export type SocketConstructor = new (url: string, protocols?: string | string[]) => SocketLike

export type PageSignal = 'online' | 'offline' | 'shown' | 'hidden' | 'restored'

/** The state of the tab. A server is always online and shown, a worker always shown. */
export interface Page {
  isOnline(): boolean
  isHidden(): boolean
  /** `restored`: back from the back/forward cache. */
  subscribe(listener: (signal: PageSignal) => void): () => void
  /**
   * Calls the listener when the Content-Security-Policy has blocked a request. Left out, or without an answer: nothing reports
   * that here.
   */
  onBlocked?(listener: (blocked: Blocked) => void): (() => void) | undefined
}

/** A request that the Content-Security-Policy has blocked. */
export interface Blocked {
  /** Of the request. May hold a ticket. */
  url: string
  /** The directive that blocks it, such as `connect-src`. */
  directive: string
}

/** `console`-shaped. Lines hold no credential. */
export interface Logger {
  debug(message: string, details?: Record<string, unknown>): void
  info(message: string, details?: Record<string, unknown>): void
  warn(message: string, details?: Record<string, unknown>): void
  error(message: string, details?: Record<string, unknown>): void
}

export interface Platform {
  clock: Clock
  random: Random
  fetch: Fetch
  WebSocket: SocketConstructor
  page: Page
  logger: Logger
}
