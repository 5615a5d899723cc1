// The browser's `WebSocket` on a wire: its states, its handlers, its closing handshake.

import type { SocketLike } from '../../src/platform/platform.ts'
import type { SeenDial } from './edge.ts'
import type { Packet, Wire, WireEnd } from './wire.ts'

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const
/** How long Chromium waits for the server's close frame. */
const CLOSE_TIMEOUT_MS = 60_000

export interface BrowserSocketDeps {
  seen: SeenDial
  /** Runs when the tab can run anything. */
  whenAwake(task: () => void): void
  after(ms: number, task: () => void): void
  onOpened(): void
  onHeard(data: string | Uint8Array): void
  onSaid(data: string | ArrayBuffer): void
  onLeft(code?: number, reason?: string): void
  onClosed(code: number, reason: string): void
}

export function createBrowserSocket(deps: BrowserSocketDeps): {
  socket: SocketLike
  end: WireEnd
  attach(wire: Wire): void
} {
  const { seen } = deps
  let wire: Wire | null = null
  let readyState: 0 | 1 | 2 | 3 = STATES.CONNECTING
  let protocol = ''

  function closed(code: number, reason: string) {
    if (readyState === STATES.CLOSED) return
    readyState = STATES.CLOSED
    seen.state = 'closed'
    deps.onClosed(code, reason)
    if (code === 1006) (socket.onerror as ((event: unknown) => void) | null)?.({ type: 'error' })
    ;(socket.onclose as ((event: unknown) => void) | null)?.({ type: 'close', code, reason, wasClean: code !== 1006 })
  }

  function receive(packet: Packet) {
    switch (packet.kind) {
      case 'request':
        return
      case 'opened':
        if (readyState !== STATES.CONNECTING) return
        readyState = STATES.OPEN
        protocol = packet.protocol
        deps.onOpened()
        return (socket.onopen as ((event: unknown) => void) | null)?.({ type: 'open' })
      case 'data': {
        // Some platforms hand over what arrives behind the close: whoever has left must not listen any more.
        const data = typeof packet.data === 'string' ? packet.data : packet.data.slice().buffer
        deps.onHeard(packet.data)
        return (socket.onmessage as ((event: unknown) => void) | null)?.({ type: 'message', data })
      }
      case 'close':
        if (readyState === STATES.OPEN) wire?.toServer(packet)
        return closed(packet.code, packet.reason)
    }
  }

  const socket: SocketLike = {
    get readyState() {
      return readyState
    },
    get protocol() {
      return protocol
    },
    get bufferedAmount() {
      return wire?.bytesUp ?? 0
    },
    binaryType: 'blob',
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(data) {
      if (readyState === STATES.CONNECTING) throw new DOMException('still connecting', 'InvalidStateError')
      deps.onSaid(data as string | ArrayBuffer)
      if (readyState !== STATES.OPEN) return
      wire?.toServer({ kind: 'data', data: typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer) })
    },
    close(code, reason = '') {
      deps.onLeft(code, reason)
      if (readyState >= STATES.CLOSING) return
      seen.state = 'left'
      const wasOpen = readyState === STATES.OPEN
      readyState = STATES.CLOSING
      if (!wasOpen) {
        wire?.reset()
        return deps.after(0, () => closed(1006, ''))
      }
      wire?.toServer({ kind: 'close', code: code ?? 1005, reason })
      deps.after(CLOSE_TIMEOUT_MS, () => closed(1006, ''))
    },
  }

  return {
    socket,
    end: {
      arrived: (packet) => deps.whenAwake(() => receive(packet)),
      reset: () => deps.whenAwake(() => closed(1006, '')),
    },
    attach(attached) {
      wire = attached
    },
  }
}
