import { onSessionChange } from '../auth/credential.ts'
import { decoderOf } from '../contract/codec.ts'
import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import { createEmitter, type Listener } from '../platform/emitter.ts'
import { knownEvent } from '../platform/known-names.ts'
import { createSnapshotStore, type SnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Connection, ConnectionEvent } from './connection.ts'
import { createDriver } from './driver.ts'
import { createIncoming } from './incoming.ts'
import { judgeBy } from './judge-close.ts'
import { logEvents } from './log-events.ts'
import { createMessageLimit } from './message-limit.ts'
import { createMessageStream } from './message-stream.ts'
import { Notifications } from './notifications.ts'
import { type CodecOptions, resolveSocketOptions, type SchemaOptions, type TicketSocketOptions } from './options.ts'
import { Outgoing, type SendOptions } from './outgoing.ts'
import { type BinaryMessage, frameMaker } from './outgoing-frame.ts'
import { createResources } from './resources.ts'
import { createSender } from './sender.ts'
import { INITIAL_SNAPSHOT, type SocketSnapshot, shownOf } from './snapshot.ts'
import { announcementOf, type EmitEvent, type Receipt, SOCKET_EVENTS, type SocketEvents } from './socket-events.ts'
import type { DropReason } from './validator.ts'

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

/** Also once the scope of the event has ended: a message that waits, and every `open`, has an end that is told. */
const ALWAYS_DELIVERED: ReadonlySet<string> = new Set(['sent', 'dropped', 'lost', 'closed', 'failed', 'disposed'])

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
  const {
    auth,
    destination,
    policy,
    heartbeat,
    closeCodes,
    codec,
    openValidators,
    maxMessageLength,
    platform,
    ...resolved
  } = resolveSocketOptions(options)
  const { clock, page, random, logger } = platform
  const events = createEmitter<SocketEvents>(reportUncaught)
  const messages = createEmitter<Record<string, Message>>(reportUncaught)
  const notifications = new Notifications(clock)
  const { store, set } = createSnapshotStore(INITIAL_SNAPSHOT, reportUncaught, (call) => notifications.add(call))
  const validators = openValidators({ clock })
  const limit = createMessageLimit(clock)
  const frameOf = frameMaker(codec)
  logEvents(events, logger)

  const emit: EmitEvent = (name, payload, scope = notifications.scope) => {
    const hasEnded = () =>
      name === 'userChanged' ? scope.endedBy === 'signed_out' : !ALWAYS_DELIVERED.has(name) && scope.endedBy !== null
    notifications.add(() => events.emit(name, payload, hasEnded), name, scope)
  }
  /** In a turn of its own, before it happens: a listener may still prevent it. */
  const announce: EmitEvent = (name, payload) => notifications.turn(() => emit(name, payload))
  const dispatch = (event: ConnectionEvent) => notifications.turn(() => driver.dispatch(event))

  const driver = createDriver({
    policy,
    env: () => ({ now: clock.now(), chance: random(), online: page.isOnline() }),
    start: (need, ended) => resources.start(need, ended),
    onTransition,
  })
  const resources = createResources({
    auth,
    destination,
    heartbeat,
    platform,
    limit,
    frameOf,
    judge: judgeBy(closeCodes, () => driver.state().streak),
    dispatch,
    later: (work) => notifications.add(work),
    onGrant({ method, steppedDown }) {
      if (steppedDown) announce('fallback', { ...steppedDown, to: method })
    },
    onFrame: (id, data) => notifications.turn(() => incoming.frame(id, data)),
  })
  const incoming = createIncoming({
    state: driver.state,
    dispatch,
    resources,
    validator: validators.arriving,
    decode: decoderOf(codec),
    announceLimit: limit.announce,
    maxLength: maxMessageLength,
    notifications,
    emit,
    messages,
    snapshot: store.getState,
    show: set,
  })
  const outgoing = new Outgoing({
    policy: resolved.outgoing,
    clock,
    wire: resources,
    maxMessageBytes: limit.max,
    notifications,
    onSent: (id) => emit('sent', { id }),
    onDropped: (id, reason, issues) => emit('dropped', { id, reason, issues }),
    onCount: (queued) => set({ queued }),
  })

  const send = createSender({
    validator: validators.leaving,
    frameOf,
    outgoing,
    notifications,
    emit,
    hasEnded: () => ['closed', 'failed'].includes(driver.state().phase),
    onMessage: () => resources.noteMessage(),
  })

  function onTransition(now: Connection, before: Connection, event: ConnectionEvent) {
    const wasDialling = before.phase === 'opening' || before.phase === 'confirming'
    resources.conclude(event.type === 'due' && wasDialling)
    set(shownOf(now, store.getState(), clock, policy.breaker))
    if (now.phase !== 'open' && before.phase === 'open') outgoing.pause()
    const held = before.phase === 'confirming' && !before.spoken ? before.held : []
    // A server that is done has refused nothing, and no error will say what it said.
    if (now.phase === 'closed' && now.by === 'server') incoming.deliverHeld(held)
    if (now.phase === 'closed' || now.phase === 'failed') {
      giveUp(now.phase === 'closed' && now.by === 'logout' ? 'signed_out' : 'closed')
    }
    const told = announcementOf(now, before, event, { now: clock.now(), session: store.getState().session })
    if (told) emit(told.name, told.payload)
    if (now.phase !== 'open') return
    if (now.accepted && !(before.phase === 'open' && before.accepted)) resources.accepted()
    if (before.phase === 'open') return
    notifications.add(() => openOutbox(now.id))
    notifications.add(() => incoming.deliverHeld(held))
  }

  /** After the listeners of `open`, any of which may have ended the connection. */
  function openOutbox(id: number) {
    const state = driver.state()
    if (state.phase === 'open' && state.id === id) outgoing.open()
  }

  function giveUp(reason: DropReason) {
    for (const refuse of [...validators.arriving.takeOut(), ...validators.leaving.takeOut()]) refuse(reason)
    outgoing.drop(reason)
  }

  /** Nothing is sent, and nothing of before is delivered, after this call. */
  function endScope(reason: DropReason) {
    resources.disconnect()
    giveUp(reason)
    notifications.end(reason)
  }

  const stopFence = onSessionChange(auth, (signedIn) => {
    incoming.forgetUser()
    const scope = notifications.turn(() => {
      endScope('signed_out')
      emit('userChanged', { signedIn })
      return notifications.scope
    })
    // A listener may have changed the user again: that change has dispatched its own event.
    if (scope.endedBy !== 'signed_out') dispatch({ type: 'fenced', signedIn })
  })
  const stopReverted = auth.onReverted((cause) => {
    announce('reverted', { cause })
    dispatch({ type: 'reverted' })
  })

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
    close() {
      notifications.turn(() => {
        endScope('closed')
        dispatch({ type: 'close' })
      })
    },
    reconnect() {
      checkRuntime()
      dispatch({ type: 'reconnect' })
    },
    send: (message, options) => notifications.turn(() => send(message, options)),
    clearQueue: () =>
      notifications.turn(() => {
        const refusals = validators.leaving.takeOut()
        const count = outgoing.clear()
        for (const refuse of refusals) refuse('cleared')
        return count + refusals.length
      }),
    onMessage: (type, listener) => messages.on(type, listener as never),
    messages: (type) =>
      createMessageStream((listener) => socket.onMessage(type, listener), {
        onForget: (forget) => events.on('userChanged', forget),
        onEnd(end) {
          if (driver.hasEnded()) end()
          return events.on('disposed', end)
        },
      }),
    on: (name, listener) => events.on(knownEvent('TicketSocket', SOCKET_EVENTS, name), listener as never),
    dispose() {
      notifications.turn(() => {
        endScope('closed')
        stopFence()
        stopReverted()
        driver.end(() => {
          emit('disposed', undefined)
          notifications.add(() => {
            events.clear()
            messages.clear()
          })
        })
      })
    },
  }
  return socket
}
