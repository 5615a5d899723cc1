import { type CredentialSource, sourceWith } from '../auth/credential.ts'
import { attempt } from '../platform/guarded-platform.ts'
import { bool, or, resolve } from '../platform/option-checks.ts'
import type { Platform, SocketLike } from '../platform/platform.ts'
import { systemPlatform } from '../platform/system-platform.ts'
import {
  parseClose,
  parseData,
  requireArgument,
  type WebSocketClass,
  type WebSocketInit,
} from '../platform/web-socket-arguments.ts'
import { createCloseEvent, handlerAttribute } from '../platform/web-socket-events.ts'
import { type AuthenticatedDial, dialAuthenticated, type Ending } from './authenticated-dial.ts'
import { byteSize, parseProtocols, parseSocketUrl, withoutOwnFrames } from './web-socket-arguments.ts'
import { createErrorEvent } from './web-socket-events.ts'

export interface TicketWebSocketOptions {
  /** Allows `ws:` beyond this machine. The ticket then travels in the clear. @default false */
  allowInsecure?: boolean
  /**
   * Dials without a credential when nobody is signed in, if the service's chain allows that. Off, because a client that
   * reconnects by itself would come back as nobody after a log-out, with what the last user left in its queue.
   *
   * @default false
   */
  allowAnonymous?: boolean
  /** Anything of the outside to hand in: `WebSocket`, `clock`. The global `WebSocket` is looked up at each dial. */
  platform?: Partial<Platform>
}

const RESERVED_PROTOCOL =
  'ticketWebSocket does not offer the subprotocol ticket-socket.v1: its frames belong to createTicketSocket. Remove it from ' +
  'the protocols, or use createTicketSocket.'

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

/**
 * A `WebSocket` constructor whose sockets authenticate themselves: for clients that take one, such as
 * reconnecting-websocket, partysocket, graphql-ws or centrifuge.
 *
 * Each `new` obtains a credential (`CONNECTING` meanwhile) and dials with it; from outside the socket looks like a
 * browser's. `url` and `protocol` are the app's own: the ticket shows in neither. `ticket-socket.v1` is never offered, so
 * every frame is the app's. A socket that is asked for it leaves it out, with one warning to `platform.logger`. Unlike
 * `createTicketSocket` it does not reconnect, queue, or send heartbeats: its owner does.
 *
 * Arguments are a browser's, and the coming standard's: `new TicketWebSocket(url, { protocols: ['chat'] })`. Other members
 * of that object are ignored; for options of Node's (`headers`, `dispatcher`) hand in a `platform.WebSocket`.
 *
 * Beside what servers say, sockets close with
 *
 * | code | reason | |
 * | --- | --- | --- |
 * | 1006 | | no credential could be had just now, or the network failed: try again |
 * | 4401 | `unauthenticated` | nobody is signed in, or the user logged out: stop until somebody signs in |
 * | 4403 | `permission` | the permissions that the app asked for were refused: stop |
 * | 4400 | `bad_request` | it cannot work as configured: stop |
 * | 4411 | `expired` | another user's session has begun: connect again, as that user |
 *
 * Where no credential could be had `error` comes first, and has the reason as `event.error` (a `TicketSocketError`). A
 * log-out closes at once: nothing is sent or heard any more when `auth.handleLogout()` returns.
 *
 * Throws a `TypeError` for wrong options, and for `ws:` beyond this machine when a socket is made.
 *
 * @example
 * ```ts
 * import ReconnectingWebSocket from 'partysocket/ws'
 * import { ticketWebSocket, UnifiedAuthService } from 'ticket-socket'
 *
 * declare const session: { jwt: string | null }
 * const auth = new UnifiedAuthService({
 *   httpUrl: 'https://api.example.com',
 *   getToken: () => session.jwt,
 *   ticketAuth: true,
 * })
 * const socket = new ReconnectingWebSocket('wss://api.example.com/ws', [], { WebSocket: ticketWebSocket(auth) })
 * ```
 */
export function ticketWebSocket(auth: CredentialSource, options: TicketWebSocketOptions = {}): WebSocketClass {
  sourceWith('acquire', 'keepSpare', 'onFence')('auth', auth)
  const { allowInsecure, allowAnonymous, platform } = resolve('ticketWebSocket', options, {
    allowInsecure: or(false, bool),
    allowAnonymous: or(false, bool),
    platform: (_, parts) => systemPlatform(parts),
  })

  let hasWarned = false
  /** A library that offers `ticket-socket.v1` works as it does on a server that does not know the name. */
  function ownProtocols(asked: string[]): string[] {
    const own = withoutOwnFrames(asked)
    if (own.length < asked.length && !hasWarned) {
      hasWarned = true
      attempt(() => platform.logger.warn(RESERVED_PROTOCOL), undefined)
    }
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
    readonly #url: URL
    readonly #offered: readonly string[]
    readonly #dial: AuthenticatedDial
    #readyState: WebSocket['readyState'] = STATES.CONNECTING
    #socket: SocketLike | null = null
    #binaryType: BinaryType = 'blob'
    /** Bytes that were handed over too late, and are never sent. */
    #bytesUnsent = 0

    constructor(...given: [url: string | URL, protocols?: string | string[] | WebSocketInit]) {
      super()
      requireArgument(given, 'WebSocket')
      const [url, protocols] = given
      this.#url = parseSocketUrl(url, allowInsecure)
      this.#offered = ownProtocols(parseProtocols(protocols))
      this.#dial = dialAuthenticated({
        auth,
        url: this.#url.href,
        protocols: this.#offered,
        allowAnonymous,
        platform,
        onDialled: (socket) => {
          this.#socket = socket
          socket.binaryType = this.#binaryType
        },
        onOpened: () => this.#opened(),
        onMessage: (data) => this.#received(data),
        onEnded: (ending) => this.#ended(ending),
      })
    }

    get url() {
      return this.#url.href
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
      } else this.#bytesUnsent += byteSize(data)
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
      this.dispatchEvent(new MessageEvent('message', { data, origin: this.#url.origin }))
    }

    #ended(ending: Ending) {
      this.#readyState = STATES.CLOSING
      // Told after the present call: within `close()` or `handleLogout()` nobody expects to hear of it.
      void Promise.resolve().then(() => {
        this.#readyState = STATES.CLOSED
        try {
          if (ending.failed) this.dispatchEvent(createErrorEvent(ending.error))
        } finally {
          // Whatever a subclass made of the first.
          this.dispatchEvent(createCloseEvent(ending))
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
