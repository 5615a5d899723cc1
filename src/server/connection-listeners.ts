// The events of a connection for the app: each frame as it arrived, its messages by the codec, and the end.

import { type AnyCodec, decoderOf } from '../contract/codec.ts'
import type { Message } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Connection, ReceivedInvalid } from './connection.ts'

type Events = {
  message: Message
  text: string
  binary: Uint8Array
  invalid: ReceivedInvalid
  close: { code: number; reason: string }
}

export interface ConnectionListeners {
  /** The methods that the connection offers. */
  readonly subscribe: Pick<Connection, 'onMessage' | 'onText' | 'onBinary' | 'onInvalidMessage' | 'onClose'>
  /** Emits a frame of the app. */
  receive(data: string | Uint8Array): void
  /** Emits the end, and removes all listeners. */
  closed(code: number, reason: string): void
}

/** `isClosing`: whether the connection has been closed, possibly by a listener. The remaining listeners then do not get the frame. */
export function createConnectionListeners(codec: AnyCodec | undefined, isClosing: () => boolean): ConnectionListeners {
  const decode = decoderOf(codec)
  const events = createEmitter<Events>(reportUncaught)

  return {
    subscribe: {
      onMessage: (listener) => events.on('message', heeded(listener)),
      onText: (listener) => events.on('text', heeded(listener)),
      onBinary: (listener) => events.on('binary', heeded(listener)),
      onInvalidMessage: (listener) => events.on('invalid', heeded(listener)),
      onClose: (listener) =>
        events.on(
          'close',
          heeded(({ code, reason }) => listener(code, reason)),
        ),
    },
    receive(data) {
      // The frame itself first, then its messages.
      if (typeof data === 'string') events.emit('text', data, isClosing)
      else events.emit('binary', data, isClosing)
      const decoded = decode(data)
      if (decoded.kind === 'invalid') {
        const { reason, error } = decoded
        events.emit('invalid', { reason, frame: data, error }, isClosing)
      }
      if (decoded.kind === 'messages')
        for (const message of decoded.messages) events.emit('message', message, isClosing)
    },
    closed(code, reason) {
      events.emit('close', { code, reason })
      events.clear()
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
