import { act, cleanup, renderHook } from '@testing-library/react'
import imported from 'react-use-websocket'
import { afterEach, beforeAll, vi } from 'vitest'
import { WebSocket as NodeWebSocket } from 'ws'
import { type SocketConstructor, ticketWebSocket } from '../../src/index.ts'
import type { SignedInPage } from '../unit/clients/page.ts'
import { clientSuite } from '../unit/clients/suite.ts'

// As bundlers have it, and unlike what the compiler thinks of Node: the default import is the hook.
const useWebSocket = imported as unknown as typeof imported.default

/** It takes no constructor, so the page's own is exchanged, for the server's addresses, whatever their query. */
function exchangeGlobal({ source, server }: SignedInPage) {
  // jsdom's would send an Origin, which this server does not know.
  const WebSocket = NodeWebSocket as unknown as SocketConstructor
  const TicketWebSocket = ticketWebSocket(source, { platform: { WebSocket } })
  const Native = globalThis.WebSocket
  const isOurs = (url: string) => [server.wsUrl, server.feedUrl].includes(String(url).split('?')[0] ?? '')
  vi.stubGlobal(
    'WebSocket',
    new Proxy(Native, {
      construct: (_, [url, protocols]: [string, string[]?]) =>
        new (isOurs(url) ? TicketWebSocket : Native)(url, protocols),
      get: (target, key) =>
        key === Symbol.hasInstance
          ? (value: unknown) => value instanceof Native || value instanceof TicketWebSocket
          : Reflect.get(target, key),
    }),
  )
}

beforeAll(() => {
  // The server runs in this process, too, and its bytes are Node's, not those of jsdom's page.
  globalThis.Uint8Array = Object.getPrototypeOf(Buffer.prototype).constructor
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

clientSuite({
  name: 'react-use-websocket',
  keepsTrying: true,
  start(page, url) {
    vi.unstubAllGlobals()
    exchangeGlobal(page)
    const { result, unmount } = renderHook(() =>
      useWebSocket(url, {
        shouldReconnect: () => true,
        reconnectInterval: 5,
        reconnectAttempts: Number.POSITIVE_INFINITY,
      }),
    )
    return { say: (words) => act(() => result.current.sendMessage(words)), stop: unmount }
  },
})
