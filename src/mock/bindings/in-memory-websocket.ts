// The browser's WebSocket class over a link instead of a network. Compared with Chromium and Node 24; where they differ, a comment
// names the one that this class follows.

import { sizeOf } from '../../platform/binary.ts'
import {
  parseClose,
  parseProtocols,
  parseWebSocketUrl,
  requireArgument,
  type WebSocketClass,
  type WebSocketInit,
} from '../../platform/web-socket-arguments.ts'
import { createCloseEvent, handlerAttribute } from '../../platform/web-socket-events.ts'
import type { ClientOwner, FrameData, Link } from '../link.ts'
import { workElsewhere } from '../real-time.ts'
import { copyOf } from './sent-data.ts'

/** The handshake's request. */
export interface DialRequest {
  url: URL
  protocols: readonly string[]
}

/** Begins to open a connection. MUST NOT call the owner before it has returned. */
export type Dial = (request: DialRequest, owner: ClientOwner) => Link

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

/**
 * A `WebSocket` constructor whose sockets connect through `dial`.
 *
 * Events differ from a browser's only in `isTrusted`: order, state, codes and `wasClean` are the same.
 * Permessage compression and cookies do not exist here.
 */
export function createInMemoryWebSocket(dial: Dial, pageUrl: () => string | undefined): WebSocketClass {
  // Made here, not when the module is loaded, so that it extends the EventTarget of the page that a test sets up.
  class InMemoryWebSocket extends EventTarget {
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
    readonly #link: Link
    #readyState: WebSocket['readyState'] = STATES.CONNECTING
    #wasOpen = false
    #protocol = ''
    #binaryType: BinaryType = 'blob'
    /** Bytes that no link counts: waiting behind a Blob, or sent after the close. */
    #bytesHeld = 0
    /** Settles when every earlier Blob has been read. Later messages wait for it. */
    #reading: Promise<void> | null = null

    constructor(...given: [url: string | URL, protocols?: string | Iterable<string> | WebSocketInit]) {
      super()
      requireArgument(given, 'WebSocket')
      const [url, protocols] = given
      this.#url = parseWebSocketUrl(url, pageUrl())
      this.#offered = parseProtocols(protocols)
      this.#link = dial(
        { url: this.#url, protocols: this.#offered },
        {
          opened: (protocol) => this.#opened(protocol),
          received: (data) => this.#received(data),
          closed: (code, reason, wasClean) => this.#closed(code, reason, wasClean),
        },
      )
    }

    get url() {
      return this.#url.href
    }

    get readyState() {
      return this.#readyState
    }

    get protocol() {
      return this.#protocol
    }

    get extensions() {
      return ''
    }

    get bufferedAmount() {
      return this.#bytesHeld + this.#link.client.bufferedAmount
    }

    get binaryType() {
      return this.#binaryType
    }

    set binaryType(value: BinaryType) {
      // Anything else is ignored, as an IDL enumeration does.
      if (value === 'blob' || value === 'arraybuffer') this.#binaryType = value
    }

    send(...given: [data: string | BufferSource | Blob]): void {
      requireArgument(given, 'send')
      const data = copyOf(given[0])
      if (this.#readyState === STATES.CONNECTING) {
        throw new DOMException('The socket is still connecting. Wait for its open event.', 'InvalidStateError')
      }
      // Data after the close is counted and not sent, as in Chromium and the standard; Node does not count it.
      if (this.#readyState !== STATES.OPEN) this.#bytesHeld += sizeOf(data)
      else if (!isBytesOrText(data)) this.#sendBlob(data)
      else if (this.#reading) this.#after(sizeOf(data), () => this.#link.client.send(data))
      else this.#link.client.send(data)
    }

    close(code?: number, reason?: string): void {
      const frame = parseClose(code, reason)
      if (this.#readyState >= STATES.CLOSING) return
      const wasConnecting = this.#readyState === STATES.CONNECTING
      this.#readyState = STATES.CLOSING
      if (wasConnecting) this.#link.drop()
      else if (this.#reading) this.#after(0, () => this.#link.client.close(frame.code, frame.reason))
      else this.#link.client.close(frame.code, frame.reason)
    }

    #opened(protocol: string) {
      if (this.#readyState !== STATES.CONNECTING) return
      // Chromium fails a connection whose server selected no subprotocol, or one that was not offered.
      const isRight = this.#offered.length === 0 ? protocol === '' : this.#offered.includes(protocol)
      if (!isRight) return this.#link.drop()
      this.#readyState = STATES.OPEN
      this.#wasOpen = true
      this.#protocol = protocol
      this.dispatchEvent(new Event('open'))
    }

    #received(data: FrameData) {
      if (this.#readyState !== STATES.OPEN) return
      const payload =
        typeof data === 'string' ? data : this.#binaryType === 'blob' ? new Blob([data]) : data.slice().buffer
      this.dispatchEvent(new MessageEvent('message', { data: payload, origin: this.#url.origin }))
    }

    #closed(code: number, reason: string, wasClean: boolean) {
      this.#readyState = STATES.CLOSED
      // A connection that breaks after it was open has no error event in Chromium; Node fires one.
      if (!this.#wasOpen) this.dispatchEvent(new Event('error'))
      this.dispatchEvent(createCloseEvent({ code, reason, wasClean }))
    }

    #sendBlob(blob: Blob) {
      let bytes = new Uint8Array()
      const read = workElsewhere(blob.arrayBuffer()).then((buffer) => {
        bytes = new Uint8Array(buffer)
      })
      this.#after(blob.size, () => this.#link.client.send(bytes), read)
    }

    /** Calls `act` after the earlier messages, once `ready` has settled. */
    #after(bytes: number, act: () => void, ready?: Promise<void>) {
      this.#bytesHeld += bytes
      const turn = Promise.all([this.#reading, ready]).then(
        () => {
          this.#bytesHeld -= bytes
          act()
          if (this.#reading === turn) this.#reading = null
        },
        () => this.#link.drop(), // a Blob that cannot be read
      )
      this.#reading = turn
    }
  }

  // Read-only and on both the constructor and its instances, as in a browser.
  const constants = Object.fromEntries(
    Object.entries(STATES).map(([name, value]) => [name, { value, enumerable: true }]),
  )
  Object.defineProperties(InMemoryWebSocket, constants)
  Object.defineProperties(InMemoryWebSocket.prototype, {
    ...constants,
    onopen: handlerAttribute('open'),
    onmessage: handlerAttribute('message'),
    onerror: handlerAttribute('error'),
    onclose: handlerAttribute('close'),
    [Symbol.toStringTag]: { value: 'WebSocket', configurable: true },
  })
  return InMemoryWebSocket
}

const isBytesOrText = (data: FrameData | Blob): data is FrameData =>
  typeof data === 'string' || data instanceof Uint8Array
