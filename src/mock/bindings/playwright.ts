// Playwright's routes, for an app that runs in a real browser while the backend runs in the test's process.

import { SUBPROTOCOL } from '../../contract/wire.ts'
import type { MockFetch } from './fetch.ts'

interface Route {
  request(): {
    url(): string
    method(): string
    headers(): Record<string, string>
    postDataBuffer(): Uint8Array | null
  }
  fulfill(answer: { status: number; headers: Record<string, string>; body: string }): Promise<void>
  abort(): Promise<void>
}

interface WebSocketRoute {
  url(): string
  protocols(): string[]
  onMessage(handler: (message: string | Uint8Array) => void): void
  onClose(handler: (code: number | undefined, reason: string | undefined) => void): void
  send(message: string | Uint8Array): void
  close(options: { code: number; reason: string }): Promise<void>
}

/** The part of Playwright's `Page` and `BrowserContext` that is used. */
export interface PlaywrightPage {
  route(url: RegExp, handler: (route: Route) => Promise<void>): Promise<unknown>
  routeWebSocket(url: RegExp, handler: (route: WebSocketRoute) => Promise<void>): Promise<unknown>
}

export interface PlaywrightRoutes {
  /** The base URL of the endpoints. */
  endpoints: string
  wsUrl: string
  fetch: MockFetch
  WebSocket: typeof WebSocket
}

/** Lets the backend answer for the page. docs/mock.md lists what Playwright cannot show. */
export async function routePlaywright(page: PlaywrightPage, routes: PlaywrightRoutes): Promise<void> {
  await page.route(startingWith(`${routes.endpoints}/`), (route) => answer(route, routes.fetch))
  await page.routeWebSocket(startingWith(routes.wsUrl), (route) => connect(route, routes.WebSocket))
}

const startingWith = (address: string) =>
  new RegExp(`^${address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${address.endsWith('/') ? '' : '(?:\\?|$)'}`)

async function answer(route: Route, fetch: MockFetch): Promise<void> {
  const request = route.request()
  // The origin of the client's page is an option of the backend, as everywhere else.
  const { origin, host, 'content-length': length, ...headers } = request.headers()
  const body = request.postDataBuffer()
  const init = { method: request.method(), headers, ...(body && { body: new Uint8Array(body) }) }
  const response = await fetch(request.url(), init).catch(() => null)
  // A closed page or context needs no answer.
  const done = response
    ? route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      })
    : route.abort()
  await done.catch(() => {})
}

/** Ends when the handshake has: Playwright opens the page's socket then, and not before. */
function connect(route: WebSocketRoute, WebSocketClass: typeof WebSocket): Promise<void> {
  // Playwright tells the page that its first protocol was selected. A server that selects another one would send the wrong frames.
  const offered = route.protocols().filter((protocol, index) => index === 0 || protocol !== SUBPROTOCOL)
  const socket = new WebSocketClass(route.url(), offered)
  socket.binaryType = 'arraybuffer'
  route.onMessage((message) => socket.send(typeof message === 'string' ? message : new Uint8Array(message)))
  // Also called for an end that this side began.
  route.onClose((code, reason) => {
    if (socket.readyState < WebSocketClass.CLOSING) socket.close(code, reason)
  })
  socket.onmessage = ({ data }) => route.send(typeof data === 'string' ? data : Buffer.from(data))
  return new Promise((resolve) => {
    socket.onopen = () => resolve()
    socket.onclose = ({ code, reason }) => {
      resolve()
      route.close({ code, reason }).catch(() => {}) // the page may be gone
    }
  })
}
