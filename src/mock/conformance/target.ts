// What is held to the contract: an address, a JWT, and whatever else its owner can lend the rules.

import { DEFAULT_BASE_PATH } from '../../contract/wire.ts'
import { systemPlatform } from '../../platform/system-platform.ts'
import { checkFunction, checkPath, parseUrl, show } from '../../server/options.ts'

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
  /** Lets this much time pass for the server. Left out, rules about expiry are skipped. */
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

export interface ResolvedTarget extends ConformanceTarget {
  /** Of the endpoints, base path included. */
  endpoints: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
  openSocket: OpenSocket
  requestHeaders: boolean
  socketHeaders: boolean
  timeoutMs: number
}

/** Node itself, without a page that a test has put around it. */
const inNode = () =>
  typeof process !== 'undefined' && process.versions?.node !== undefined && typeof location === 'undefined'

function address(name: string, value: unknown, schemes: readonly string[]): string {
  const url = typeof value === 'string' ? parseUrl(value) : null
  if (url && schemes.includes(url.protocol) && url.username + url.password + url.hash === '') {
    return url.href.replace(/\/$/, '')
  }
  throw new TypeError(`${name} must be an address such as ${schemes[0]}//api.example.com, got ${show(value)}`)
}

/** Refuses a wrong target by name; a token is never shown. */
export function resolveTarget(target: ConformanceTarget): ResolvedTarget {
  const { token, otherToken } = target
  for (const [name, source] of Object.entries({ token, otherToken })) {
    if (name === 'otherToken' && source === undefined) continue
    if (typeof source !== 'function' && (typeof source !== 'string' || !/^\S+$/.test(source))) {
      throw new TypeError(`${name} must be a JWT or a function that gives one, got something else`)
    }
  }
  for (const name of ['renewToken', 'passTime', 'breakStore', 'fetch', 'openSocket'] as const) {
    if (target[name] !== undefined) checkFunction(name, target[name])
  }
  const httpUrl = address('httpUrl', target.httpUrl, ['https:', 'http:'])
  return {
    ...target,
    httpUrl,
    wsUrl: address('wsUrl', target.wsUrl, ['wss:', 'ws:']),
    endpoints: httpUrl + checkPath('basePath', target.basePath ?? DEFAULT_BASE_PATH),
    fetch: target.fetch ?? systemPlatform().fetch,
    openSocket: target.openSocket ?? openGlobalSocket,
    requestHeaders: target.requestHeaders ?? inNode(),
    socketHeaders: target.socketHeaders ?? inNode(),
    timeoutMs: target.timeoutMs ?? 5_000,
  }
}

const openGlobalSocket: OpenSocket = (url, protocols, headers) => {
  const SystemWebSocket = systemPlatform().WebSocket as unknown as typeof WebSocket
  // Node's class takes headers in an object of options; a browser's does not know them.
  const options = headers && inNode() ? ({ protocols, headers } as unknown as string[]) : protocols
  return new SystemWebSocket(url, options)
}
