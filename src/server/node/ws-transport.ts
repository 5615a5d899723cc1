import type { RawData, WebSocket } from 'ws'
import type { SessionHandle, Transport } from '../sessions.ts'

/** A `ws` socket as a transport. `attach` connects its events to a session; frames arrive after the current turn. */
export function createWsTransport(webSocket: WebSocket): Transport & { attach(handle: SessionHandle): void } {
  // A frame that cannot be written needs no report: the `close` event follows.
  const ignore = () => {}
  return {
    send: (data) => webSocket.send(data, ignore),
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
    ping: () => webSocket.ping(undefined, undefined, ignore),
    get bufferedAmount() {
      return webSocket.bufferedAmount
    },
    attach(handle) {
      webSocket.on('message', (data, isBinary) =>
        handle.receive(isBinary ? bytesOf(data) : bytesOf(data).toString('utf8')),
      )
      webSocket.on('ping', handle.alive)
      webSocket.on('pong', handle.alive)
      webSocket.on('close', (code, reason) => handle.closed(code, reason.toString('utf8')))
      // `ws` closes by itself after an error (a frame too large, no UTF-8); without a listener, the error would end the process.
      webSocket.on('error', ignore)
    },
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
