// The backend to check: its addresses, a JWT, and optional means for more rules.

import { DEFAULT_BASE_PATH } from '../../contract/wire.ts'
import { type Check, optional, or, resolve, text } from '../../platform/option-checks.ts'
import { systemPlatform } from '../../platform/system-platform.ts'
import {
  checkBoolean,
  checkFunction,
  checkPath,
  numberIn,
  optionalFunction,
  parseUrl,
  show,
} from '../../server/options.ts'

/** A JWT of a test user, or where to get one. With permissions and an expiry more rules can be checked. */
export type TokenSource = string | (() => string | Promise<string>)

export type OpenSocket = (url: string, protocols: string[], headers?: Readonly<Record<string, string>>) => WebSocket

export interface ConformanceTarget {
  /** Where the HTTP endpoints are, without the base path. */
  httpUrl: string
  /** Where sockets connect. */
  wsUrl: string
  /** A JWT of a test user. The rules request, use and revoke tickets of this user. */
  token: TokenSource
  /** @default '/websocket' */
  basePath?: string
  /** A JWT of another user, for rules about what another user must not see. */
  otherToken?: TokenSource
  /**
   * A JWT of the first user that was issued just now, for rules about revoke-all, which invalidates the one before.
   */
  renewToken?: () => string | Promise<string>
  /** An origin that the server does not allow. */
  foreignOrigin?: string
  /** An origin that the server allows: sent with everything, if headers can be sent. */
  origin?: string
  /** Lets time pass for the server. Without it, rules about expiry, pings and the refill of limits are skipped. */
  passTime?: (ms: number) => Promise<void>
  /** Makes the ticket store unreachable until the returned function is called. */
  breakStore?: () => () => void
  /**
   * Makes the server leave, as a deployment does: its connections end within `timeoutMs` of the answer. It need not come back, since
   * the rule about it is tried last.
   */
  restart?: () => void | Promise<void>
  /** Whether to check the limits of section 8, which are those of this library's server. @default false */
  libraryLimits?: boolean
  /** @default the global one */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** How a socket is opened. @default the global WebSocket, with headers in Node */
  openSocket?: OpenSocket
  /** Whether `fetch` sends headers such as `Origin` and `Cookie`. @default true in Node */
  requestHeaders?: boolean
  /** Whether `openSocket` sends the headers it is given. @default true in Node */
  socketHeaders?: boolean
  /** How long to wait for an answer, in milliseconds. @default 5_000 */
  timeoutMs?: number
}

type Optional = 'otherToken' | 'renewToken' | 'foreignOrigin' | 'origin' | 'passTime' | 'breakStore' | 'restart'

export interface ResolvedTarget extends Required<Omit<ConformanceTarget, Optional | 'basePath'>> {
  /** Of the endpoints, base path included. */
  endpoints: string
  otherToken: ConformanceTarget['otherToken'] | undefined
  renewToken: ConformanceTarget['renewToken'] | undefined
  foreignOrigin: string | undefined
  origin: string | undefined
  passTime: ConformanceTarget['passTime'] | undefined
  breakStore: ConformanceTarget['breakStore'] | undefined
  restart: ConformanceTarget['restart'] | undefined
}

/** Node itself, without a page that a test has put around it. */
const inNode = () =>
  typeof process !== 'undefined' && process.versions?.node !== undefined && typeof location === 'undefined'

const address =
  (...schemes: readonly string[]): Check<string> =>
  (name, value) => {
    const url = typeof value === 'string' ? parseUrl(value) : null
    if (url && schemes.includes(url.protocol) && url.username + url.password + url.hash === '') {
      return url.href.replace(/\/$/, '')
    }
    throw new TypeError(`${name} must be an address such as ${schemes[0]}//api.example.com, got ${show(value)}`)
  }

const tokenSource: Check<TokenSource> = (name, source) => {
  if (typeof source === 'function' || (typeof source === 'string' && /^\S+$/.test(source))) return source
  throw new TypeError(`${name} must be a JWT or a function that gives one, got something else`)
}

/** Refuses a wrong target by name; a token is never shown. */
export function resolveTarget(target: ConformanceTarget): ResolvedTarget {
  const { basePath, ...resolved } = resolve('ConformanceTarget', target, {
    httpUrl: address('https:', 'http:'),
    wsUrl: address('wss:', 'ws:'),
    token: tokenSource,
    basePath: or(DEFAULT_BASE_PATH, checkPath),
    otherToken: optional(tokenSource),
    renewToken: optionalFunction,
    foreignOrigin: optional(text),
    origin: optional(text),
    passTime: optionalFunction,
    breakStore: optionalFunction,
    restart: optionalFunction,
    libraryLimits: or(false, checkBoolean),
    fetch: or(systemPlatform().fetch, checkFunction),
    openSocket: or(openGlobalSocket, checkFunction),
    requestHeaders: or(inNode(), checkBoolean),
    socketHeaders: or(inNode(), checkBoolean),
    timeoutMs: or(5_000, numberIn({ min: 1 })),
  })
  return { ...resolved, endpoints: resolved.httpUrl + basePath }
}

const openGlobalSocket: OpenSocket = (url, protocols, headers) => {
  const SystemWebSocket = systemPlatform().WebSocket as unknown as typeof WebSocket
  // Node's class takes headers in an object of options; a browser's does not know them.
  const options = headers && inNode() ? ({ protocols, headers } as unknown as string[]) : protocols
  return new SystemWebSocket(url, options)
}
