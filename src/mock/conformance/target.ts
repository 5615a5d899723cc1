// What is held to the contract: an address, a JWT, and whatever else its owner can lend the rules.

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

/** A JWT of a test user, or where to get one. Permissions beyond none, and an end, let more rules be tried. */
export type TokenSource = string | (() => string | Promise<string>)

export type OpenSocket = (url: string, protocols: string[], headers?: Readonly<Record<string, string>>) => WebSocket

export interface ConformanceTarget {
  /** Where the HTTP endpoints are, without the base path. */
  httpUrl: string
  /** Where sockets connect. */
  wsUrl: string
  /** A JWT of a test user. Its tickets are bought, used and revoked. */
  token: TokenSource
  /** @default '/websocket' */
  basePath?: string
  /** A JWT of another user: lets rules be tried that say what is nobody else's business. */
  otherToken?: TokenSource
  /**
   * A JWT of the first user that was issued just now. Lets revoke-all be tried, after which the one before is worthless.
   */
  renewToken?: () => string | Promise<string>
  /** An origin that the server does not allow. */
  foreignOrigin?: string
  /** One that it does allow: sent with everything, where headers can be sent. */
  origin?: string
  /** Lets this much time pass for the server. Left out, rules about expiry, pings and the refill of limits are skipped. */
  passTime?: (ms: number) => Promise<void>
  /** Takes the ticket store out of reach until the function that is returned is called. */
  breakStore?: () => () => void
  /** Whether to hold it to the limits of section 8, which are this library's server's own. @default false */
  libraryLimits?: boolean
  /** @default the global one */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** How a socket is opened. @default the global WebSocket, with headers in Node */
  openSocket?: OpenSocket
  /** Whether `fetch` sends headers such as `Origin` and `Cookie`. @default true in Node */
  requestHeaders?: boolean
  /** Whether `openSocket` sends the headers it is given. @default true in Node */
  socketHeaders?: boolean
  /** How long an answer is waited for, in milliseconds. @default 5_000 */
  timeoutMs?: number
}

type Optional = 'otherToken' | 'renewToken' | 'foreignOrigin' | 'origin' | 'passTime' | 'breakStore'

export interface ResolvedTarget extends Required<Omit<ConformanceTarget, Optional | 'basePath'>> {
  /** Of the endpoints, base path included. */
  endpoints: string
  otherToken: ConformanceTarget['otherToken'] | undefined
  renewToken: ConformanceTarget['renewToken'] | undefined
  foreignOrigin: string | undefined
  origin: string | undefined
  passTime: ConformanceTarget['passTime'] | undefined
  breakStore: ConformanceTarget['breakStore'] | undefined
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
