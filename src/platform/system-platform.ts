// The only file that names fetch, WebSocket, Date, performance, Math.random, setTimeout, window, navigator, document
// and crypto. Globals are looked up when used, never when loaded: a test may replace them in between.

import { callback, optional, or, partsOf, record } from './option-checks.ts'
import type { Clock, Fetch, Logger, Page, Platform, Random, SocketConstructor } from './platform.ts'

/** `setTimeout` holds 31 bits; a longer delay fires after 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer(callback, delayMs) {
    const due = performance.now() + delayMs
    let timer: ReturnType<typeof setTimeout>
    const arm = () => {
      // `setTimeout` drops fractions, and so would be early: code that checks the time would wait for ever.
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

/** ISO 8601, in UTC. */
export const isoTime = (wallMs: number): string => new Date(wallMs).toISOString()

const systemFetch: Fetch = (url, init) => fetch(url, init)

/** The base of relative URLs, as in a browser: the page's base URL, or a worker's own URL. None in Node. */
export const systemBaseUrl = (): string | undefined =>
  (typeof document === 'undefined' ? undefined : document.baseURI) ??
  (typeof location === 'undefined' ? undefined : location.href)

/** Whether this is a page. A server has no document. */
export const hasDocument = () => typeof document !== 'undefined'

function listen(target: EventTarget, type: string, listener: (event: Event) => void): () => void {
  target.addEventListener(type, listener)
  return () => target.removeEventListener(type, listener)
}

/** A window, or a worker's own scope. Neither Node nor React Native has such events. */
const globalEvents = (): EventTarget | undefined =>
  typeof globalThis.addEventListener === 'function' ? globalThis : undefined

const systemPage: Page = {
  isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  isHidden: () => typeof document !== 'undefined' && document.hidden,
  subscribe(listener) {
    const target = globalEvents()
    if (!target) return () => {}
    const ends = [
      listen(target, 'online', () => listener('online')),
      listen(target, 'offline', () => listener('offline')),
      listen(target, 'pageshow', (event) => {
        if ((event as PageTransitionEvent).persisted) listener('restored')
      }),
    ]
    if (hasDocument()) {
      ends.push(listen(document, 'visibilitychange', () => listener(document.hidden ? 'hidden' : 'shown')))
    }
    return () => {
      for (const end of ends) end()
    }
  },
  onBlocked(listener) {
    const target = hasDocument() ? document : globalEvents()
    return (
      target &&
      listen(target, 'securitypolicyviolation', (event) => {
        const { blockedURI, effectiveDirective, disposition } = event as SecurityPolicyViolationEvent
        if (disposition === 'enforce') listener({ url: blockedURI, directive: effectiveDirective })
      })
    )
  },
}

/** A part may be an instance of an app's class, or a test double: its other names are not checked. */
const withMethods =
  <Part extends object>(...methods: (keyof Part)[]) =>
  (name: string, part: Part): Part => {
    record(name, part)
    for (const method of methods) callback(`${name}.${String(method)}`, part[method])
    return part
  }

export const clockOf = withMethods<Clock>('now', 'wallNow', 'setTimer')

const silent = () => {}
/** For an app without a logger. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent }

type Parts = Omit<Platform, 'WebSocket'> & { WebSocket: SocketConstructor | undefined }

/**
 * The real environment, with any part of it replaced. Throws a `TypeError` that names a wrong or misspelt part. An object with more
 * members, such as the mock backend, is accepted.
 */
export function systemPlatform(overrides: Partial<Platform> = {}): Platform {
  const checked = partsOf<Partial<Platform>, Parts>({
    clock: or(systemClock, clockOf),
    random: or<Random, Random>(systemRandom, callback),
    fetch: or<Fetch, Fetch>(systemFetch, callback),
    WebSocket: optional(callback),
    page: or(systemPage, withMethods<Page>('isOnline', 'isHidden', 'subscribe')),
    logger: or(silentLogger, withMethods<Logger>('debug', 'info', 'warn', 'error')),
  })
  const { clock, random, fetch, page, logger } = checked('platform', overrides)
  return {
    clock,
    random,
    fetch,
    get WebSocket(): SocketConstructor {
      return overrides.WebSocket ?? (globalThis.WebSocket as unknown as SocketConstructor)
    },
    page,
    logger,
  }
}

/** The page's document; null on a server. */
export const systemDocument = (): Document | null => (typeof document === 'undefined' ? null : document)

/** Reports a listener's error as an uncaught error, without stopping the code that called the listener. */
export function reportUncaught(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else console.error(error)
}

/** Whether this process is one of several that Node's `cluster` (also PM2's cluster mode) has started; nowhere else. */
export function isClusterWorker(): boolean {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { isWorker?: boolean } | undefined }
  }
  // No import: this runs in browsers, and bundlers would look for the module.
  return process?.getBuiltinModule?.('node:cluster')?.isWorker === true
}

/** Warns developers of a mistake in the app's code on the console. Never with a value of the app. */
export const warnDevelopers = (message: string): void => console.warn(`ticket-socket: ${message}`)
