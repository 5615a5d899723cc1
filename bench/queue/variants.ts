// What is compared: the socket's queue, reconnecting-websocket's buffer, and an array as somebody would write it down.

import imported from 'reconnecting-websocket'
import { createTicketSocket, type Priority } from '../../src/index.ts'
import { createSource, createSyncClock, createWire, quietPage } from '../page.ts'

const TTL_MS = 60_000

/** One queue, fresh for each measurement. */
export interface Subject {
  send(message: object, options: { priority: Priority; signal?: AbortSignal }): void
  /** What is needed before `flush`, and is not measured. */
  prepare(): Promise<void>
  /** The connection opens. */
  flush(): void
  /** Everything has waited too long. */
  expire(): void
  /** How many messages left, and how many were dropped: a benchmark that lost some measures nothing. */
  counts(): { sent: number; dropped: number }
  dispose(): void
}

export interface Variant {
  name: string
  /** What it has none of. */
  lacks: readonly string[]
  make(maxCount: number): Subject
}

function ticketSocket(maxCount: number): Subject {
  const clock = createSyncClock()
  const { wire, WebSocket } = createWire()
  const socket = createTicketSocket({
    url: 'wss://api.example.com/ws',
    auth: createSource(),
    outbox: { maxCount, maxBytes: 1e9, ttlMs: TTL_MS },
    platform: { clock, WebSocket, page: quietPage },
  })
  let dropped = 0
  socket.on('dropped', () => dropped++)
  return {
    send: (message, options) => void socket.send(message as never, options),
    async prepare() {
      socket.connect()
      // The credential and the URL come by promises.
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    },
    flush: () => wire.open(),
    expire: () => clock.advance(TTL_MS),
    counts: () => ({ sent: wire.received, dropped }),
    dispose: () => socket.dispose(),
  }
}

// The library's own types do not compile where Node's rules of modules hold.
const ReconnectingWebSocket = imported as unknown as ReconnectingClass

type ReconnectingClass = new (
  url: string,
  protocols: string[],
  options: { WebSocket: unknown; maxEnqueuedMessages: number; connectionTimeout: number },
) => { send(text: string): void; close(): void }

function reconnectingWebSocket(maxCount: number): Subject {
  const { wire, WebSocket } = createWire()
  const socket = new ReconnectingWebSocket('wss://api.example.com/ws', [], {
    WebSocket,
    maxEnqueuedMessages: maxCount,
    connectionTimeout: 1e9,
  })
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    // It dials by a timer.
    prepare: () => new Promise((resolve) => setTimeout(resolve, 5)),
    flush: () => wire.open(),
    expire: () => {},
    counts: () => ({ sent: wire.received, dropped: 0 }),
    dispose: () => socket.close(),
  }
}

function plainArray(maxCount: number): Subject {
  const queue: { text: string; expiresAt: number }[] = []
  let now = 0
  let sent = 0
  let dropped = 0
  return {
    send(message) {
      queue.push({ text: JSON.stringify(message), expiresAt: now + TTL_MS })
      if (queue.length <= maxCount) return
      queue.shift()
      dropped++
    },
    prepare: async () => {},
    flush() {
      while (queue.shift()) sent++
    },
    expire() {
      now += TTL_MS
      for (let [first] = queue; first && first.expiresAt <= now; [first] = queue) {
        queue.shift()
        dropped++
      }
    },
    counts: () => ({ sent, dropped }),
    dispose: () => {},
  }
}

export const VARIANTS: readonly Variant[] = [
  { name: 'ticket-socket', lacks: [], make: ticketSocket },
  { name: 'reconnecting-websocket', lacks: ['expire', 'overflow', 'take back'], make: reconnectingWebSocket },
  { name: 'array', lacks: ['take back'], make: plainArray },
]
