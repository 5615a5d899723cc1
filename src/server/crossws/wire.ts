// What lies under a peer, as far as its runtime shows it. On Node it is a socket of `ws`, on Bun one of its own with the same `ping`;
// Deno and Durable Objects have the `WebSocket` of browsers.

import type { WireSocket } from '../unfinished-messages.ts'
import type { CrosswsPeer } from './crossws.ts'

interface NodeWebSocket {
  /** Named so since the first versions of `ws`; crossws listens to it as well. */
  readonly _socket?: WireSocket
  ping?: unknown
  pause?(): void
}

const webSocketOf = (peer: CrosswsPeer) => (peer.websocket ?? {}) as NodeWebSocket

/** The TCP socket whose bytes the peer's messages are read from; `undefined` where the runtime keeps it. */
export const wireOf = (peer: CrosswsPeer): WireSocket | undefined => webSocketOf(peer)._socket

/**
 * Whether `peer.ping()` sends a ping and its pong is reported. It came with the hook `pong`; where the runtime has no ping, crossws
 * prints a warning for each peer instead.
 */
export const canPing = (peer: CrosswsPeer): boolean =>
  typeof peer.ping === 'function' && typeof webSocketOf(peer).ping === 'function'

/** What the peer still sends is not read. */
export const pause = (peer: CrosswsPeer): void => webSocketOf(peer).pause?.()
