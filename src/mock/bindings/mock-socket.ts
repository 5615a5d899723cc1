// Serves mock-socket's sockets with the in-memory WebSocket. mock-socket opens every connection by itself, at once and with the
// first protocol. So this file takes its socket over before that, and the client sees only the inner socket's events.

import { CLOSE } from '../../contract/close-codes.ts'
import { or, resolve } from '../../platform/option-checks.ts'
import { createCloseEvent } from '../../platform/web-socket-events.ts'
import { checkBoolean } from '../../server/options.ts'
import { install } from './install.ts'

/** The part of mock-socket's `Server` that is used. */
export interface MockSocketServer {
  clients(): readonly object[]
  stop(): void
  mockWebsocket(): void
  restoreWebsocket(): void
}

/** The class of mock-socket 9.3: `import { Server } from 'mock-socket'`. */
export type MockSocketServerClass = new (
  url: string,
  options: { mock: boolean; selectProtocol(protocols: string[]): string },
) => MockSocketServer

export interface AttachMockSocketOptions {
  /** Whether mock-socket replaces the global `WebSocket` until the undo. @default false */
  mock?: boolean
}

/** mock-socket's own object for a client: a proxy whose `target` is the `WebSocket` that the app holds. */
interface Client {
  target: EventTarget & { binaryType: BinaryType }
  readyState: number
  close(): void
}

const CONNECTING = 0

/**
 * Serves `url` through a mock-socket server. Returns the function that undoes it.
 *
 * docs/mock.md lists what it cannot correct.
 */
export function attachMockSocket(
  Server: MockSocketServerClass,
  url: string,
  WebSocketClass: typeof WebSocket,
  options: AttachMockSocketOptions = {},
): () => void {
  const { mock } = resolve('attachMockSocket', options, { mock: or(false, checkBoolean) })
  const taken = new WeakSet<object>()
  const server = new Server(url, {
    mock: false,
    // Called for one connecting socket at a time, in the order in which they were made, right before it would open.
    selectProtocol(offered) {
      const clients = server.clients() as readonly Client[]
      const client = clients.find(({ target, readyState }) => readyState === CONNECTING && !taken.has(target))
      if (client) {
        taken.add(client.target)
        takeOver(client, () => new WebSocketClass((client.target as unknown as WebSocket).url, offered))
      }
      return ''
    },
  })
  const undo = mock ? installItsWebSocket(server) : () => {}
  return () => {
    server.stop()
    undo()
  }
}

/** mock-socket's servers would each restore what they found: of two, stopped in the order of their start, a mock. */
function installItsWebSocket(server: MockSocketServer): () => void {
  server.mockWebsocket()
  const { WebSocket } = globalThis
  server.restoreWebsocket()
  return install({ WebSocket })
}

function takeOver(client: Client, dial: () => WebSocket) {
  const { target } = client
  const tell = target.dispatchEvent.bind(target)
  // From now on the app does not receive mock-socket's own events.
  define(target, { dispatchEvent: { value: () => true } })
  let inner: WebSocket
  try {
    inner = dial()
  } catch {
    // mock-socket does not check its arguments. A browser's constructor would have thrown before.
    define(target, { readyState: { get: () => 3, set() {} } })
    tell(eventAt(target, new Event('error')))
    tell(eventAt(target, createCloseEvent({ code: CLOSE.abnormal, reason: '', wasClean: false })))
    return client.close()
  }
  inner.binaryType = target.binaryType
  define(target, {
    // mock-socket still writes its own state.
    readyState: { get: () => inner.readyState, set() {} },
    protocol: { get: () => inner.protocol, set() {} },
    extensions: { get: () => inner.extensions },
    bufferedAmount: { get: () => inner.bufferedAmount },
    binaryType: {
      get: () => inner.binaryType,
      set: (value: BinaryType) => {
        inner.binaryType = value
      },
    },
    send: { value: inner.send.bind(inner) },
    close: { value: inner.close.bind(inner) },
  })
  for (const type of ['open', 'message', 'error', 'close']) {
    inner.addEventListener(type, (event) => tell(eventAt(target, event)))
  }
  // So that mock-socket drops it, too.
  inner.addEventListener('close', () => client.close())
}

function define(target: object, properties: PropertyDescriptorMap) {
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(target, name, { configurable: true, enumerable: true, ...property })
  }
}

/** The event as one of the socket that the app holds. */
function eventAt(target: object, event: Event): Event {
  for (const name of ['target', 'currentTarget', 'srcElement']) Object.defineProperty(event, name, { value: target })
  return event
}
