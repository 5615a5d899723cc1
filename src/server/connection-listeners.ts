// What the app hears of a connection: each frame as it came, what the codec makes of it, and the end.

import { type AnyCodec, decoderOf } from '../contract/codec.ts'
import type { Message } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Connection, ReceivedInvalid } from './connection.ts'

type Heard = {
  message: Message
  text: string
  binary: Uint8Array
  invalid: ReceivedInvalid
  close: { code: number; reason: string }
}

export interface ConnectionListeners {
  /** As the connection has them. */
  readonly subscribe: Pick<Connection, 'onMessage' | 'onText' | 'onBinary' | 'onInvalidMessage' | 'onClose'>
  /** Hands on a frame of the app's. */
  receive(data: string | Uint8Array): void
  /** Hands on the end, and forgets all listeners. */
  closed(code: number, reason: string): void
}

/** `isDeaf`: whether the connection has been closed, maybe by a listener; the others then hear nothing of the frame. */
export function createConnectionListeners(codec: AnyCodec | undefined, isDeaf: () => boolean): ConnectionListeners {
  const decode = decoderOf(codec)
  const heard = createEmitter<Heard>(reportUncaught)

  return {
    subscribe: {
      onMessage: (listener) => heard.on('message', heeded(listener)),
      onText: (listener) => heard.on('text', heeded(listener)),
      onBinary: (listener) => heard.on('binary', heeded(listener)),
      onInvalidMessage: (listener) => heard.on('invalid', heeded(listener)),
      onClose: (listener) =>
        heard.on(
          'close',
          heeded(({ code, reason }) => listener(code, reason)),
        ),
    },
    receive(data) {
      // As it came, before anything is made of it.
      if (typeof data === 'string') heard.emit('text', data, isDeaf)
      else heard.emit('binary', data, isDeaf)
      // Whoever saw it may have closed.
      if (isDeaf()) return
      const decoded = decode(data)
      if (decoded.kind === 'invalid') {
        const { reason, error } = decoded
        heard.emit('invalid', { reason, frame: data, error }, isDeaf)
      }
      if (decoded.kind === 'messages') for (const message of decoded.messages) heard.emit('message', message, isDeaf)
    },
    closed(code, reason) {
      heard.emit('close', { code, reason })
      heard.clear()
    },
  }
}

// Listeners may be async functions: unheard, the rejection of one would end the process.
function heeded<Payload>(listener: (payload: Payload) => unknown): (payload: Payload) => void {
  return (payload) => {
    const outcome = listener(payload)
    if (outcome instanceof Promise) outcome.catch(reportUncaught)
  }
}
