// A page without a network: a clock and a server that the benchmark moves, so that nothing but the code is measured.

import type { CredentialSource, Grant } from '../src/auth/credential.ts'
import type { Clock, Page, SocketConstructor } from '../src/index.ts'

export interface SyncClock extends Clock {
  /** Fires what becomes due, in this call. */
  advance(ms: number): void
}

export function createSyncClock(): SyncClock {
  let now = 0
  const timers = new Set<{ at: number; callback: () => void }>()
  const nextDue = () => {
    let next: { at: number; callback: () => void } | null = null
    for (const timer of timers) if (timer.at <= now && (!next || timer.at < next.at)) next = timer
    return next
  }
  return {
    now: () => now,
    wallNow: () => now,
    setTimer(callback, delayMs) {
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      now += ms
      for (let timer = nextDue(); timer; timer = nextDue()) {
        timers.delete(timer)
        timer.callback()
      }
    },
  }
}

export const quietPage: Page = { isOnline: () => true, isHidden: () => false, subscribe: () => () => {} }

/** Connects by nothing, as an app of its own authentication does. */
export function createSource(): CredentialSource {
  const grant: Grant = {
    method: 'none' as Grant['method'],
    userId: null,
    steppedDown: null,
    url: (base) => base,
    protocols: () => [],
    refreshFrame: () => null,
    report: () => undefined,
  }
  return {
    ticketAuth: false,
    acquire: async () => grant,
    keepPrefetched: () => () => {},
    onSessionChange: () => () => {},
    onReverted: () => () => {},
  }
}

/** Of a server without the protocol: it accepts by its first message. */
const PLAIN = { protocol: '', greeting: '{"type":"hello"}' }

/** A class of sockets that open when the benchmark says so, and count what they are given. */
export function createWire({ protocol, greeting } = PLAIN) {
  const wire = { received: 0, open: () => {} }
  class Socket extends EventTarget {
    static readonly CONNECTING = 0
    static readonly OPEN = 1
    static readonly CLOSING = 2
    static readonly CLOSED = 3
    readyState = 0
    readonly protocol = protocol
    readonly extensions = ''
    readonly bufferedAmount = 0
    binaryType = 'blob'
    onopen: ((event: Event) => void) | null = null
    onmessage: ((event: MessageEvent) => void) | null = null
    onclose: ((event: Event) => void) | null = null
    onerror: ((event: Event) => void) | null = null
    constructor() {
      super()
      wire.open = () => {
        this.readyState = 1
        const opened = new Event('open')
        this.dispatchEvent(opened)
        this.onopen?.(opened)
        this.onmessage?.(new MessageEvent('message', { data: greeting }))
      }
    }
    send() {
      wire.received++
    }
    close() {
      this.readyState = 3
    }
  }
  return { wire, WebSocket: Socket as unknown as SocketConstructor }
}
