import type { IncomingMessage } from 'node:http'
import { WebSocketServer } from 'ws'

/** `ws` keeps lengths in 32 bits: a larger limit would be none. */
export const MOST_PAYLOAD = 2 ** 31 - 1
/** A message may come in 64 fragments, or in one for so many bytes of the limit if that is more. Chromium's have 128 KiB. */
const LEAST_FRAGMENTS = 64
const BYTES_PER_FRAGMENT = 16 * 1024
/** The pieces in which one frame arrives: the shortest TCP segments on today's networks have 536 bytes. */
const LEAST_CHUNKS = 256
const BYTES_PER_CHUNK = 256
/** As long as a session waits for the peer's close frame; also after an error of the peer's, which no session hears of. */
const CLOSE_TIMEOUT_MS = 5_000

export interface WebSocketServerOptions {
  maxPayload: number
  /** The subprotocol to select. Left to itself, `ws` selects the first offer, which may be the JWT. */
  protocolOf(request: IncomingMessage): string | undefined
}

/**
 * `ws` with all of its limits set: on the bytes of a message, on the fragments of one, and on the pieces of a frame that has
 * not arrived whole. By default it keeps 16,384 fragments and 262,144 pieces of each connection, of one byte each.
 */
export function createWebSocketServer({ maxPayload, protocolOf }: WebSocketServerOptions): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload,
    maxFragments: Math.max(LEAST_FRAGMENTS, Math.ceil(maxPayload / BYTES_PER_FRAGMENT)),
    maxBufferedChunks: Math.max(LEAST_CHUNKS, Math.ceil(maxPayload / BYTES_PER_CHUNK)),
    // Not in its published types yet.
    ...{ closeTimeout: CLOSE_TIMEOUT_MS },
    perMessageDeflate: false,
    handleProtocols: (_offered, request) => protocolOf(request) ?? false,
  })
}
