import type { IncomingMessage } from 'node:http'
import { type PerMessageDeflateOptions, WebSocketServer } from 'ws'
import { group, or } from '../../platform/option-checks.ts'
import { messageLimits } from '../message-limits.ts'
import { checkBoolean, numberIn } from '../options.ts'

/** As long as a session waits for the peer's close frame. It also holds after a protocol error, which no session is notified of. */
const CLOSE_TIMEOUT_MS = 5_000

/** How messages are compressed for clients that offer it (permessage-deflate, RFC 7692). */
export interface DeflateOptions {
  /** Shorter messages go out as they are, in bytes. @default 1_024 */
  threshold?: number
  /** From 1, the fastest, to 9, the smallest. @default 3 */
  level?: number
}

const deflateOptions = group<DeflateOptions>({
  threshold: or(1_024, numberIn({ min: 0, integer: true })),
  level: or(3, numberIn({ min: 1, max: 9, integer: true })),
})

/** What `ws` is to do; `false` for nothing. */
export function checkDeflate(name: string, value: boolean | DeflateOptions): false | PerMessageDeflateOptions {
  if (typeof value !== 'object') return checkBoolean(name, value) && checkDeflate(name, {})
  const { threshold, level } = deflateOptions(name, value)
  return {
    threshold,
    zlibDeflateOptions: { level },
    // A window that is kept from message to message would cost 300 KiB for each connection, and let a message that a stranger
    // can choose reveal the content of the previous message by its size.
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    concurrencyLimit: 10,
  }
}

export interface WebSocketServerOptions {
  maxPayload: number
  perMessageDeflate: false | PerMessageDeflateOptions
  /** The subprotocol to select. Left to itself, `ws` selects the first offer, which may be the JWT. */
  protocolOf(request: IncomingMessage): string | undefined
}

/**
 * `ws` with all of its limits set: on the bytes of a message, on the fragments of one, and on the pieces of a frame that has
 * not arrived whole. The limit on the bytes of a message holds for what it unpacks to.
 */
export function createWebSocketServer({
  maxPayload,
  perMessageDeflate,
  protocolOf,
}: WebSocketServerOptions): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: true,
    ...messageLimits(maxPayload),
    // Not in its published types yet.
    ...{ closeTimeout: CLOSE_TIMEOUT_MS },
    perMessageDeflate,
    handleProtocols: (_offered, request) => protocolOf(request) ?? false,
  })
}
