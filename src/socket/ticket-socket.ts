import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import type { Listener } from '../platform/emitter.ts'
import { knownEvent } from '../platform/known-names.ts'
import type { SnapshotStore } from '../platform/snapshot-store.ts'
import { logEvents } from './log-events.ts'
import { createMessageStream } from './message-stream.ts'
import type { CodecOptions, SchemaOptions, TicketSocketOptions } from './options.ts'
import type { BinaryMessage } from './outgoing-frame.ts'
import type { SendOptions } from './queue-options.ts'
import { resolveSocketOptions } from './resolve-options.ts'
import type { SocketSnapshot } from './snapshot.ts'
import { createSocketCore } from './socket-core.ts'
import { type Receipt, SOCKET_EVENTS, type SocketEvents } from './socket-events.ts'

export interface TicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message> {
  /** Snapshots for display; zustand's `useStore` takes it as it is. */
  readonly store: SnapshotStore<SocketSnapshot>
  /**
   * Dials, unless it is open or dialling. Returns at once; the store and the events tell what comes of it. Throws a
   * `TypeError` only where the runtime lacks something: a `WebSocket`, if none was handed in; a page, if `url` is relative.
   */
  connect(): void
  /** Stays closed until `connect()`. Always wins, whatever is pending; what is queued is dropped. */
  close(): void
  /**
   * Drops the connection, if any (that is `lost`), and dials at once, but never sooner than the server asked for. Throws as
   * `connect()` does.
   */
  reconnect(): void
  /**
   * Sends now, or queues: until open, until the socket's buffer has room, until the rate limit allows it. A receipt of
   * `sent` means that the socket took it; whether the server has it is not known. Throws for a mistake in `options` only.
   *
   * An `ArrayBuffer`, a typed array, a `DataView`, a `Buffer` or a `Blob` becomes a binary frame, past schemas and codec. Bytes
   * are copied in this call. A `Blob` is queued until it has been read, and keeps its place. Shared memory is refused.
   */
  send(message: Outgoing | BinaryMessage, options?: SendOptions): Receipt
  /**
   * Drops what waits to be sent, also what a slow schema still checks. Each message is reported by a `dropped` event with
   * the reason `cleared`. Returns how many there were.
   *
   * Messages that `send()` has handed to the browser's socket are gone: their receipt is `sent`. The connection stays, and
   * messages sent from a listener of these events wait as usual.
   *
   * @example
   * ```ts
   * import type { TicketSocket } from 'ticket-socket'
   *
   * declare const socket: TicketSocket
   * function leaveRoom() {
   *   const count = socket.clearQueue()
   *   if (count > 0) console.info(`${count} messages for the old room were not sent`)
   * }
   * ```
   */
  clearQueue(): number
  /** Messages of one type. The returned function ends the subscription. */
  onMessage<Type extends Incoming['type']>(type: Type, listener: Listener<MessageOf<Incoming, Type>>): () => void
  /**
   * The same as an async iterable, for `for await`: what arrives from the first `next()` on. The newest 1 000 wait for a
   * slow reader. It ends when the loop is left or the socket disposed of, not when a connection is lost.
   */
  messages<Type extends Incoming['type']>(type: Type): AsyncIterableIterator<MessageOf<Incoming, Type>>
  /** The returned function ends the subscription. Throws a `TypeError` for an event that does not exist. */
  on<Name extends keyof SocketEvents<Incoming>>(
    name: Name,
    listener: Listener<SocketEvents<Incoming>[Name]>,
  ): () => void
  /** Closes and forgets every listener. The socket is not used after it. */
  dispose(): void
}

/**
 * One authenticated connection that is kept alive. Nothing is dialled before `connect()`.
 *
 * A session is renewed in band before it ends, where the server can and tickets are on. It is not handed over to a
 * successor: when the server goes away it reconnects.
 *
 * @example
 * ```ts
 * import { createTicketSocket, type UnifiedAuthService } from 'ticket-socket'
 *
 * declare const auth: UnifiedAuthService
 * const socket = createTicketSocket({ url: 'wss://api.example.com/ws', auth })
 * socket.onMessage('agent_completed', (message) => console.log(message))
 * socket.connect()
 * socket.send({ type: 'ask', text: 'What is a ticket?' })
 * ```
 */
export function createTicketSocket<Incoming extends MessageLike, Outgoing extends object>(
  options: SchemaOptions<Incoming, Outgoing>,
): TicketSocket<Incoming, Outgoing>
export function createTicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  options: TicketSocketOptions<Incoming, Outgoing>,
): TicketSocket<Incoming, Outgoing>
// Last, so that a compiler which refuses the options speaks of these.
export function createTicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  options: CodecOptions<Incoming, Outgoing>,
): TicketSocket<Incoming, Outgoing>
export function createTicketSocket<Incoming extends MessageLike, Outgoing extends object>(
  options: TicketSocketOptions<Incoming, Outgoing>,
): TicketSocket<Incoming, Outgoing> {
  const resolved = resolveSocketOptions(options)
  const { destination, platform } = resolved
  const core = createSocketCore(resolved)
  const { store, events, messages, dispatch } = core
  logEvents(events, platform.logger)

  /** Looked up now and not before: a test, or an older Node's app, may have put it there since. */
  function checkRuntime() {
    if (typeof platform.WebSocket !== 'function') {
      throw new TypeError('platform.WebSocket must be given: this runtime has no global WebSocket')
    }
    destination.fixedUrl()
  }

  const socket: TicketSocket<Incoming, Outgoing> = {
    store,
    connect() {
      checkRuntime()
      dispatch({ type: 'connect' })
    },
    close: core.close,
    reconnect() {
      checkRuntime()
      dispatch({ type: 'reconnect' })
    },
    send: core.send,
    clearQueue: core.clearQueue,
    onMessage: (type, listener) => messages.on(type, listener as never),
    messages: (type) =>
      createMessageStream((listener) => socket.onMessage(type, listener), {
        onForget: (forget) => events.on('userChanged', forget),
        onEnd(end) {
          if (core.hasEnded()) end()
          return events.on('disposed', end)
        },
      }),
    on: (name, listener) => events.on(knownEvent('TicketSocket', SOCKET_EVENTS, name), listener as never),
    dispose: core.dispose,
  }
  return socket
}
