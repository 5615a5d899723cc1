import type { ConnectionEstablished, Message, MessageLike, MessageOf } from '../contract/wire.ts'
import { createEmitter, type Listener } from '../platform/emitter.ts'
import { createSnapshotStore, type SnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Connection } from './connection.ts'
import { createDriver } from './driver.ts'
import { decodeFrame } from './frames.ts'
import { createMessageStream } from './message-stream.ts'
import { resolveSocketOptions, type TicketSocketOptions } from './options.ts'
import { createOutbox, type DropReason, type Priority, type Queued } from './outbox.ts'
import { createResources } from './resources.ts'
import { INITIAL_SNAPSHOT, type Receipt, type Session, type SocketEvents, type SocketSnapshot } from './socket-state.ts'
import { statusOf } from './status.ts'

export interface TicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message> {
  /** Snapshots for display; zustand's `useStore` takes it as it is. */
  readonly store: SnapshotStore<SocketSnapshot>
  /**
   * Dials, unless it is open or dialling. Returns at once; the store and the events tell what comes of it. Throws a
   * `TypeError` only where the runtime has no `WebSocket` and none was handed in.
   */
  connect(): void
  /** Stays closed until `connect()`. Always wins, whatever is pending; what is queued is dropped. */
  close(): void
  /** Drops the connection, if any, and dials at once, but never sooner than the server asked for. */
  reconnect(): void
  /** Sends now, or queues until open. Never throws. */
  send(message: Outgoing | ArrayBuffer, options?: { priority?: Priority }): Receipt
  /** Messages of one type. The returned function ends the subscription. */
  onMessage<Type extends Incoming['type']>(type: Type, listener: Listener<MessageOf<Incoming, Type>>): () => void
  /**
   * The same as an async iterable, for `for await`: what arrives from the first `next()` on. The newest 1 000 wait for a
   * slow reader. It ends when the loop is left or the socket disposed of, not when a connection is lost.
   */
  messages<Type extends Incoming['type']>(type: Type): AsyncIterableIterator<MessageOf<Incoming, Type>>
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
export function createTicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  options: TicketSocketOptions,
): TicketSocket<Incoming, Outgoing> {
  const { auth, url, policy, heartbeat, maxMessageLength, platform, ...resolved } = resolveSocketOptions(options)
  const { clock, page, random } = platform
  const events = createEmitter<SocketEvents>(reportUncaught)
  const messages = createEmitter<Record<string, Message>>(reportUncaught)
  const { store, set } = createSnapshotStore(INITIAL_SNAPSHOT, reportUncaught)

  /** Whose session the server said it was, since the last log-in. */
  let sessionUser: string | null = null

  const onDropped = ({ id }: Queued, reason: DropReason) => events.emit('dropped', { id, reason })
  const outbox = createOutbox({ ...resolved.outbox, clock, onDropped })
  const driver = createDriver({
    policy,
    env: () => ({ now: clock.now(), chance: random(), online: page.isOnline() }),
    start: (need, ended) => resources.start(need, ended),
    onTransition,
  })
  const resources = createResources({
    auth,
    url,
    heartbeat,
    platform,
    dispatch: driver.dispatch,
    onGrant: ({ method, steppedDown }) => steppedDown && events.emit('fallback', { ...steppedDown, to: method }),
    onFrame,
  })

  function onFrame(id: number, data: unknown) {
    const state = driver.state()
    if (!('id' in state) || state.id !== id) return
    resources.heard()
    const frame = decodeFrame(data, 'spoken' in state && state.spoken, maxMessageLength)
    switch (frame.kind) {
      case 'established':
        return onEstablished(id, frame.frame)
      case 'ping':
        return void resources.send(JSON.stringify({ type: 'pong', timestamp: frame.timestamp }))
      case 'pong':
        return set({ rttMs: resources.sinceAsked() })
      case 'renewed':
        set({ session: extended(frame.frame.expires_at) })
        return resources.renewed(id, frame.frame.expires_in * 1_000)
      case 'going_away':
        return driver.dispatch({ type: 'going_away', id, withinMs: frame.withinMs })
      case 'refused':
        if (resources.refused(frame.replyTo)) return
        return events.emit('refused', { code: frame.code, message: frame.message, replyTo: frame.replyTo })
      case 'invalid':
        return events.emit('invalidMessage', { reason: frame.reason })
    }
    resources.noteMessage()
    // On a server that does not speak the protocol the first message is its word that it took the credential.
    if ('spoken' in state && !state.spoken) driver.dispatch({ type: 'confirmed', id })
    if (frame.kind === 'binary') return events.emit('binary', frame.data)
    events.emit('message', frame.message)
    messages.emit(frame.message.type, frame.message)
  }

  function extended(expiresAt: number): Session | null {
    const { session } = store.getState()
    return session && { ...session, expiresAt: expiresAt * 1_000 }
  }

  function onEstablished(id: number, { session_id, user_id, expires_at, expires_in }: ConnectionEstablished) {
    // The backend's id may be another than the JWT's `sub`; within one log-in it does not change.
    if (sessionUser !== null && user_id !== sessionUser) return resources.wrongUser(id)
    sessionUser = user_id
    set({ session: { id: session_id, userId: user_id, expiresAt: expires_at * 1000 } })
    driver.dispatch({ type: 'confirmed', id, expiresInMs: expires_in * 1_000 })
  }

  function onTransition(now: Connection, before: Connection) {
    show(now)
    switch (now.phase) {
      case 'open':
        if (now.accepted && !(before.phase === 'open' && before.accepted)) resources.accepted()
        if (before.phase === 'open') return
        outbox.flush(({ data }) => resources.send(data))
        showQueue()
        return events.emit('open', { method: now.method, session: store.getState().session })
      case 'waiting':
      case 'suspended':
        if (!('id' in before)) return
        return events.emit('lost', {
          error: now.cause,
          retryInMs: now.phase === 'waiting' ? Math.max(0, now.until - clock.now()) : null,
        })
      case 'closed':
        giveUp(now.by === 'logout' ? 'signed_out' : 'closed')
        return events.emit('closed', { by: now.by })
      case 'failed':
        giveUp('closed')
        return events.emit('failed', { error: now.cause })
    }
  }

  function giveUp(reason: DropReason) {
    outbox.drop(reason)
    showQueue()
  }

  function show(now: Connection) {
    const { error, session, method } = store.getState()
    set({
      status: statusOf(now),
      method: 'method' in now ? now.method : method,
      failedAttempts: now.streak,
      error: 'cause' in now ? now.cause : 'id' in now && now.phase !== 'open' ? error : null,
      retryAt: now.phase === 'waiting' ? clock.wallNow() + Math.max(0, now.until - clock.now()) : null,
      session: now.phase === 'open' ? session : null,
      ...(now.phase !== 'open' && { rttMs: null }),
    })
  }

  const showQueue = () => set({ queued: outbox.count() })

  const stopFence = auth.onFence((signedIn) => {
    // At once, also when the lifecycle is busy with another event: nothing of the last user is sent to the next.
    resources.cut()
    sessionUser = null
    giveUp('signed_out')
    events.emit('userChanged', { signedIn })
    driver.dispatch({ type: 'fenced', signedIn })
  })
  const stopReverted = auth.onReverted((cause) => events.emit('reverted', { cause }))

  const socket: TicketSocket<Incoming, Outgoing> = {
    store,
    connect() {
      // Looked up now and not before: a test, or an older Node's app, may have put one there since.
      if (typeof platform.WebSocket !== 'function') {
        throw new TypeError('platform.WebSocket must be given: this runtime has no global WebSocket')
      }
      driver.dispatch({ type: 'connect' })
    },
    close: () => driver.dispatch({ type: 'close' }),
    reconnect: () => driver.dispatch({ type: 'reconnect' }),
    send(message, { priority = 'normal' } = {}) {
      const { phase } = driver.state()
      if (phase === 'closed' || phase === 'failed') return { status: 'dropped', reason: 'closed' }
      const data = serialise(message)
      if (data === null) return { status: 'dropped', reason: 'invalid' }
      resources.noteMessage()
      if (phase === 'open' && outbox.count() === 0 && resources.send(data)) return { status: 'sent' }
      const id = outbox.add(data, priority)
      showQueue()
      return id === null ? { status: 'dropped', reason: 'overflow' } : { status: 'queued', id }
    },
    onMessage: (type, listener) => messages.on(type, listener as never),
    messages: (type) =>
      createMessageStream(
        (listener) => socket.onMessage(type, listener),
        (end) => events.on('disposed', end),
      ),
    on: (name, listener) => events.on(name, listener as never),
    dispose() {
      driver.dispatch({ type: 'close' })
      stopFence()
      stopReverted()
      events.emit('disposed', undefined)
      events.clear()
      messages.clear()
    },
  }
  return socket
}

function serialise(message: object): string | ArrayBuffer | null {
  if (message instanceof ArrayBuffer) return message
  try {
    return JSON.stringify(message) ?? null
  } catch {
    return null
  }
}
