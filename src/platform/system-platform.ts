// The only file that names fetch, WebSocket, Date, performance, Math.random, setTimeout, window, navigator, document
// and crypto. Globals are looked up when used, never when loaded: a test may replace them in between.

import { callback, record } from './option-checks.ts'
import type { Clock, Fetch, Logger, Page, PageSignal, Platform, SocketConstructor } from './platform.ts'

/** `setTimeout` holds 31 bits; a longer delay fires after 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer(callback, delayMs) {
    const due = performance.now() + delayMs
    let timer: ReturnType<typeof setTimeout>
    const arm = () => {
      // `setTimeout` drops fractions, and so would be early: whoever counts on the moment would wait for ever.
      timer = setTimeout(check, Math.min(Math.max(Math.ceil(due - performance.now()), 0), LONGEST_TIMEOUT_MS))
    }
    const check = () => (performance.now() < due ? arm() : callback())
    arm()
    return () => clearTimeout(timer)
  },
}

const systemRandom = () => Math.random()

/** Cryptographically secure random bytes, wherever this runs. */
export const systemRandomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

/** Milliseconds since 1970 of an HTTP date (RFC 9110 §5.6.7), or NaN. */
export const parseHttpDate = (text: string): number => Date.parse(text)

const systemFetch: Fetch = (url, init) => fetch(url, init)

/** Whether this is a page. A server has none, whatever it renders. */
export const hasDocument = () => typeof document !== 'undefined'

const pageEvents = [
  ['window', 'online', () => 'online'],
  ['window', 'offline', () => 'offline'],
  ['window', 'pageshow', (event) => ((event as PageTransitionEvent).persisted ? 'restored' : null)],
  ['document', 'visibilitychange', () => (document.hidden ? 'hidden' : 'shown')],
] as const satisfies readonly (readonly ['window' | 'document', string, (event: Event) => PageSignal | null])[]

const systemPage: Page = {
  isOnline: () => (typeof navigator === 'undefined' ? true : navigator.onLine !== false),
  isHidden: () => typeof document !== 'undefined' && document.hidden,
  subscribe(listener) {
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
    const stops = pageEvents.map(([target, type, signalOf]) => {
      const source: EventTarget = target === 'window' ? window : document
      const handle = (event: Event) => {
        const signal = signalOf(event)
        if (signal) listener(signal)
      }
      source.addEventListener(type, handle)
      return () => source.removeEventListener(type, handle)
    })
    return () => {
      for (const stop of stops) stop()
    }
  },
}

const silent = () => {}
const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent }

const METHODS: { [Part in keyof Platform]: readonly (keyof Platform[Part])[] } = {
  clock: ['now', 'wallNow', 'setTimer'],
  random: [],
  fetch: [],
  WebSocket: [],
  page: ['isOnline', 'isHidden', 'subscribe'],
  logger: ['debug', 'info', 'warn', 'error'],
}

function check(overrides: Partial<Platform>) {
  record('platform', overrides)
  for (const [name, methods] of Object.entries(METHODS)) {
    const part = overrides[name as keyof Platform] as Record<string, unknown> | undefined
    if (part === undefined) continue
    if (methods.length === 0) callback(`platform.${name}`, part)
    for (const method of methods) callback(`platform.${name}.${method}`, record(`platform.${name}`, part)[method])
  }
}

/** The real outside, with any part of it replaced. Throws a `TypeError` that names a part which cannot be one. */
export function systemPlatform(overrides: Partial<Platform> = {}): Platform {
  check(overrides)
  return {
    clock: overrides.clock ?? systemClock,
    random: overrides.random ?? systemRandom,
    fetch: overrides.fetch ?? systemFetch,
    get WebSocket(): SocketConstructor {
      return overrides.WebSocket ?? (globalThis.WebSocket as unknown as SocketConstructor)
    },
    page: overrides.page ?? systemPage,
    logger: overrides.logger ?? silentLogger,
  }
}

/** The page's document; null on a server. */
export const systemDocument = (): Document | null => (typeof document === 'undefined' ? null : document)

/** Thrown errors of listeners go where uncaught errors go, without stopping the code that called the listener. */
export function reportUncaught(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else console.error(error)
}
