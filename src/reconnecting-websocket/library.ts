// The package reconnecting-websocket 4.4.0 with types that match it. Its own types do not compile with `moduleResolution:
// nodenext`, and mark members as private that are needed to work around its faults. It has had no release since 2020.

import imported from 'reconnecting-websocket'

export type SocketMessage = string | ArrayBuffer | Blob | ArrayBufferView<ArrayBuffer>

interface SocketEventMap {
  open: Event
  message: MessageEvent
  error: Event
  close: CloseEvent
}

type Listen = <Type extends keyof SocketEventMap>(
  type: Type,
  listener: ((event: SocketEventMap[Type]) => void) | { handleEvent(event: SocketEventMap[Type]): void },
) => void

/** The public members of a `ReconnectingWebSocket`. */
export interface ReconnectingTicketSocket {
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3
  readonly readyState: number
  readonly url: string
  readonly protocol: string
  readonly extensions: string
  readonly bufferedAmount: number
  /** Attempts since the last good connection. */
  readonly retryCount: number
  binaryType: BinaryType
  onopen: ((event: Event) => void) | null
  onmessage: ((event: MessageEvent) => void) | null
  onerror: ((event: Event) => void) | null
  onclose: ((event: CloseEvent) => void) | null
  addEventListener: Listen
  removeEventListener: Listen
  /** Sends, or queues up to `maxEnqueuedMessages` until the connection opens. A message above the limit is dropped without a report. */
  send(data: SocketMessage): void
  /** Closes, and stays closed until `reconnect()`. Messages sent meanwhile are not kept. */
  close(code?: number, reason?: string): void
  /** Connects now, in any state. */
  reconnect(code?: number, reason?: string): void
}

/** Its private members that this package uses. */
export interface Library extends ReconnectingTicketSocket {
  _ws?: WebSocket
  _options: LibraryOptions
  _retryCount: number
  _shouldReconnect: boolean
  _binaryType: BinaryType
  _messageQueue: SocketMessage[]
  _listeners: Record<keyof SocketEventMap, readonly unknown[]>
  _connect(): void
  _debug(...words: unknown[]): void
  _acceptOpen(): void
  _addListeners(): void
  _removeListeners(): void
  _clearTimeouts(): void
  _callEventListener(event: Event, listener: unknown): void
  _handleOpen(event: Event): void
  _handleMessage(event: Event): void
  _handleClose(event: Event): void
}

export interface LibraryOptions {
  WebSocket: typeof WebSocket
  startClosed: boolean
  minUptime: number
  maxEnqueuedMessages: number
  debug: boolean
}

/** In Node the default import of a CommonJS package is the class itself, unlike its types. */
export const ReconnectingWebSocket = imported as unknown as new (
  url: string,
  protocols: string | string[] | undefined,
  options: LibraryOptions,
) => Library
