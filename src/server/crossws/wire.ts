// What lies under a peer, as far as its runtime shows it. On Node it is a socket of `ws`, on Bun a socket of Bun with the same `ping`;
// Deno and Durable Objects have the `WebSocket` of browsers.

import type { MessageLimits } from '../message-limits.ts'
import type { WireSocket } from '../unfinished-messages.ts'
import type { CrosswsPeer } from './crossws.ts'

interface NodeWebSocket {
  /** Named so since the first versions of `ws`; crossws listens to it as well. */
  readonly _socket?: WireSocket
  /** Where `ws` keeps the limits of its server's options. */
  readonly _receiver?: { _maxPayload: number; _maxFragments: number; _maxBufferedChunks: number }
  ping?: unknown
  pause?(): void
}

const webSocketOf = (peer: CrosswsPeer) => (peer.websocket ?? {}) as NodeWebSocket

/** The TCP socket whose bytes the peer's messages are read from; `undefined` where the runtime keeps it. */
export const wireOf = (peer: CrosswsPeer): WireSocket | undefined => webSocketOf(peer)._socket

/** Where the app gave its `ws` a lower limit, that one stays. `ws` takes 0 as no limit. */
const lowered = (own: number, most: number) => (own > 0 ? Math.min(own, most) : most)

/**
 * Has `ws` itself keep these limits, whatever its server's options are; a framework hands none through. To watch the TCP socket is not
 * enough: one piece of it holds ten thousand fragments, which `ws` has taken apart by then. `false` where there is no `ws`.
 */
export function limitMessages(peer: CrosswsPeer, limits: MessageLimits): boolean {
  const receiver = webSocketOf(peer)._receiver
  if (typeof receiver?._maxFragments !== 'number') return false
  receiver._maxPayload = lowered(receiver._maxPayload, limits.maxPayload)
  receiver._maxFragments = lowered(receiver._maxFragments, limits.maxFragments)
  receiver._maxBufferedChunks = lowered(receiver._maxBufferedChunks, limits.maxBufferedChunks)
  return true
}

/**
 * Whether `peer.ping()` sends a ping and its pong is reported. It came with the hook `pong`; where the runtime has no ping, crossws
 * prints a warning for each peer instead.
 */
export const canPing = (peer: CrosswsPeer): boolean =>
  typeof peer.ping === 'function' && typeof webSocketOf(peer).ping === 'function'

/** What the peer still sends is not read. */
export const pause = (peer: CrosswsPeer): void => webSocketOf(peer).pause?.()
