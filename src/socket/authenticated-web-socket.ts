// The class behind `ticketWebSocket`: from outside a browser's WebSocket, inside one authenticated dial.

import type { Advice, CredentialSource } from '../auth/credential.ts'
import type { CloseVerdict } from '../contract/close-codes.ts'
import { sizeOf } from '../platform/binary.ts'
import type { Platform, SocketLike } from '../platform/platform.ts'
import { warnOnce } from '../platform/warn-once.ts'
import {
  parseClose,
  parseData,
  requireArgument,
  type WebSocketClass,
  type WebSocketInit,
} from '../platform/web-socket-arguments.ts'
import { createCloseEvent, createErrorEvent, handlerAttribute } from '../platform/web-socket-events.ts'
import type { SocketUrl, UrlCallback } from './app-url.ts'
import { type AuthenticatedDial, dialAuthenticated, type Ending } from './authenticated-dial.ts'
import type { Destination } from './destination.ts'
import type { JudgeClose } from './judge-close.ts'
import { parseProtocols, withoutOwnFrames } from './web-socket-arguments.ts'

export interface AuthenticatedWebSocketDeps {
  auth: CredentialSource
  allowAnonymous: boolean
  /** Decides what a close means. */
  judge: JudgeClose
  platform: Platform
  /** Where a socket that is made with this URL goes. Throws what the constructor throws. */
  destinationOf: (url: SocketUrl) => Destination
}

/** A `WebSocket` class that takes a function, too, in the place of the URL. */
export type TicketWebSocketClass = WebSocketClass & {
  new (url: UrlCallback, protocols?: string | string[] | WebSocketInit): WebSocket
}

const RESERVED_PROTOCOL =
  'ticketWebSocket does not offer the subprotocol ticket-socket.v1: its frames belong to createTicketSocket. Remove it from ' +
  'the protocols, or use createTicketSocket.'

/** What a close by the server means, and how to go on after a refusal. */
export interface CloseMeaningOf {
  verdict: CloseVerdict
  advice: Advice | undefined
  /** The server had accepted the credential: what it refuses then is the session. */
  wasAccepted: boolean
}

const meanings = new WeakMap<Event, CloseMeaningOf>()
/** Undefined for a close that the app or the client itself wanted. */
export const meaningOfClose = (event: CloseEvent): CloseMeaningOf | undefined => meanings.get(event)

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

export function authenticatedWebSocket(deps: AuthenticatedWebSocketDeps): TicketWebSocketClass {
  const { auth, allowAnonymous, judge, platform, destinationOf } = deps
  const warn = warnOnce(platform.logger)

  /** A library that offers `ticket-socket.v1` works as it does on a server that does not know the name. */
  function ownProtocols(asked: string[]): string[] {
    const own = withoutOwnFrames(asked)
    if (own.length < asked.length) warn(RESERVED_PROTOCOL)
    return own
  }

  // Made here, not when the module is loaded, so that it extends the EventTarget of the page that a test sets up.
  class TicketWebSocket extends EventTarget {
    declare static readonly CONNECTING: 0
    declare static readonly OPEN: 1
    declare static readonly CLOSING: 2
    declare static readonly CLOSED: 3
    declare readonly CONNECTING: 0
    declare readonly OPEN: 1
    declare readonly CLOSING: 2
    declare readonly CLOSED: 3
    declare onopen: WebSocket['onopen']
    declare onmessage: WebSocket['onmessage']
    declare onerror: WebSocket['onerror']
    declare onclose: WebSocket['onclose']
    /** The app's own. Empty while it is asked for. */
    #url: string
    readonly #offered: readonly string[]
    readonly #dial: AuthenticatedDial
    #readyState: WebSocket['readyState'] = STATES.CONNECTING
    #socket: SocketLike | null = null
    #binaryType: BinaryType = 'blob'
    /** Bytes that were handed over too late, and are never sent. */
    #bytesUnsent = 0

    constructor(...given: [url: SocketUrl, protocols?: string | string[] | WebSocketInit]) {
      super()
      requireArgument(given, 'WebSocket')
      const [url, protocols] = given
      const destination = destinationOf(url)
      this.#url = destination.fixedUrl() ?? ''
      this.#offered = ownProtocols(parseProtocols(protocols))
      this.#dial = dialAuthenticated({
        auth,
        destination,
        protocols: this.#offered,
        allowAnonymous,
        judge,
        platform,
        onDialled: (socket, url) => {
          this.#url = url
          this.#socket = socket
          socket.binaryType = this.#binaryType
        },
        onOpened: () => this.#opened(),
        onMessage: (data) => this.#received(data),
        onEnded: (ending) => this.#ended(ending),
      })
    }

    get url() {
      return this.#url
    }

    get readyState() {
      return this.#readyState
    }

    /** What the server selected of the app's own. */
    get protocol() {
      const selected = this.#socket?.protocol ?? ''
      return this.#offered.includes(selected) ? selected : ''
    }

    get extensions() {
      return (this.#socket as { extensions?: string } | null)?.extensions ?? ''
    }

    get bufferedAmount() {
      return this.#bytesUnsent + (this.#socket?.bufferedAmount ?? 0)
    }

    get binaryType() {
      return this.#binaryType
    }

    set binaryType(value: BinaryType) {
      // Anything else is ignored, as an IDL enumeration does.
      if (value !== 'blob' && value !== 'arraybuffer') return
      this.#binaryType = value
      if (this.#socket) this.#socket.binaryType = value
    }

    send(...given: [data: string | BufferSource | Blob]): void {
      requireArgument(given, 'send')
      const data = parseData(given[0])
      if (this.#readyState === STATES.CONNECTING) {
        throw new DOMException('The socket is still connecting. Wait for its open event.', 'InvalidStateError')
      }
      if (this.#readyState === STATES.OPEN) {
        this.#socket?.send(data)
        this.#dial.noteMessage()
      } else this.#bytesUnsent += sizeOf(data)
    }

    close(code?: number, reason?: string): void {
      const frame = parseClose(code, reason)
      if (this.#readyState >= STATES.CLOSING) return
      this.#readyState = STATES.CLOSING
      this.#dial.close(frame)
    }

    #opened() {
      // Closed meanwhile: some platforms open all the same.
      if (this.#readyState !== STATES.CONNECTING) return
      this.#readyState = STATES.OPEN
      this.dispatchEvent(new Event('open'))
    }

    #received(data: unknown) {
      if (this.#readyState !== STATES.OPEN) return
      this.dispatchEvent(new MessageEvent('message', { data, origin: new URL(this.#url).origin }))
    }

    #ended(ending: Ending) {
      this.#readyState = STATES.CLOSING
      // Reported after the present call: within `close()` or `handleLogout()` no caller expects an event.
      void Promise.resolve().then(() => {
        this.#readyState = STATES.CLOSED
        try {
          if (ending.failed) this.dispatchEvent(createErrorEvent(ending.error))
        } finally {
          // Whatever a subclass made of the first.
          const event = createCloseEvent(ending)
          const { verdict, advice, wasAccepted = false } = ending
          if (verdict) meanings.set(event, { verdict, advice, wasAccepted })
          this.dispatchEvent(event)
        }
      })
    }
  }

  // Read-only and on both the constructor and its instances, as in a browser.
  const constants = Object.fromEntries(
    Object.entries(STATES).map(([name, value]) => [name, { value, enumerable: true }]),
  )
  Object.defineProperties(TicketWebSocket, constants)
  Object.defineProperties(TicketWebSocket.prototype, {
    ...constants,
    onopen: handlerAttribute('open'),
    onmessage: handlerAttribute('message'),
    onerror: handlerAttribute('error'),
    onclose: handlerAttribute('close'),
    [Symbol.toStringTag]: { value: 'WebSocket', configurable: true },
  })
  return TicketWebSocket
}
