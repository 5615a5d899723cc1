import type { IncomingMessage, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { CLOSE, type CloseReason, closeReason } from '../../contract/close-codes.ts'
import { optional, or } from '../../platform/option-checks.ts'
import { clockOf, reportUncaught, systemClock } from '../../platform/system-platform.ts'
import { checkFunction, checkPath, numberIn, optionalFunction } from '../options.ts'
import { tellTo } from '../server-events.ts'
import { type Connection, createSessions, type Sessions, type SessionsOptions } from '../sessions.ts'
import { resolveShared } from '../shared-options.ts'
import { createUpgradeAuthenticator, type UpgradeDecision, type UpgradeOptions } from '../upgrade.ts'
import { pathOf, toUpgradeRequest } from './node-request.ts'
import { createOpenSockets } from './open-sockets.ts'
import { GRACE_MS, rejectUpgrade } from './reject-upgrade.ts'
import { createUnfinishedMessages, ownerOf, type UnfinishedProblem } from './unfinished-messages.ts'
import { createWebSocketServer, MOST_PAYLOAD } from './web-socket-server.ts'
import { createWsTransport } from './ws-transport.ts'

/** What of `ws` and `node:http` belongs to a connection. */
export interface NodeConnectionContext {
  socket: WebSocket
  request: IncomingMessage
}

export interface AttachTicketSocketOptions extends UpgradeOptions, Omit<SessionsOptions, 'tickets' | 'onConnection'> {
  /** The path of the WebSocket; upgrades of any other path are left alone. @default '/ws' */
  path?: string
  /** Called when the connection is ready. Add listeners before the first `await`, or frames pass by. */
  onConnection?: (connection: Connection, context: NodeConnectionContext) => void
  /** Largest message in bytes: announced to clients, and a larger one ends its connection with 1009. @default 65_536 */
  maxPayload?: number
  /**
   * Bytes that one user's connections to this server may have sent of messages whose end has not come; the connection that
   * goes beyond is closed with 4429. Anonymous connections count by address.
   *
   * @default 1 MiB, or four messages of `maxPayload` if that is more
   */
  maxUnfinishedBytesPerUser?: number
  /**
   * How long one message may take to arrive, in milliseconds; a connection that takes longer is closed with 4408.
   *
   * @default 60_000, or as long as `maxPayload` takes at 8 KiB/s if that is more
   */
  maxMessageMs?: number
  /** Upgrades that may wait for their decision at the same moment; one more is answered with 503. @default 1_000 */
  maxPendingUpgrades?: number
  /**
   * Connections from one address, those that are being decided about included; one more is answered with HTTP 429. Many
   * people may stand behind one address.
   *
   * @default 1_000
   */
  maxConnectionsPerAddress?: number
  /** Whom limits per address count. Behind a proxy, read its header here; none is believed by itself. @default the peer's address */
  clientAddress?: (request: IncomingMessage) => string | undefined
}

export interface AttachedTicketSocket {
  readonly sessions: Sessions
  /**
   * Answers upgrades with 503 from now on, and moves every connection to another server within `windowMs`; see
   * `Sessions.drain`. Resolves when all are gone.
   */
  drain(windowMs: number): Promise<void>
  /** Takes no upgrade any more, closes every connection with 1001, and resolves when they are gone (1 s at the latest). */
  close(): Promise<void>
}

/** How long whoever is turned away by a full or leaving server stays away. */
const RETRY_MS = 5_000

/**
 * Serves authenticated WebSockets on an HTTP server, with `ws`.
 *
 * Compression is off: a small frame could become very large. Does not close the HTTP server, and does not answer its
 * requests: that is `toNodeHandler(createTicketHandler(…))`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { AuthTicketManager, createMemoryTicketStore, createTicketHandler, jwtVerifier } from 'ticket-socket/server'
 * import { attachTicketSocket, toNodeHandler } from 'ticket-socket/server/node'
 *
 * declare const secret: Uint8Array
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
 * const shared = { tickets, verifyToken: jwtVerifier({ secret }), allowedOrigins: ['https://app.example.com'] }
 * const server = createServer()
 * attachTicketSocket(server, {
 *   ...shared,
 *   onConnection: (connection) => connection.send({ type: 'hello', to: connection.identity?.userId }),
 * })
 * server.on('request', toNodeHandler(createTicketHandler(shared)))
 * server.listen(3000)
 * ```
 */
export function attachTicketSocket(
  server: Server | SecureServer,
  options: AttachTicketSocketOptions,
): AttachedTicketSocket {
  const {
    clock,
    observe,
    path,
    onConnection,
    maxPayload,
    maxUnfinishedBytesPerUser,
    maxMessageMs,
    maxPendingUpgrades,
    maxConnectionsPerAddress,
    clientAddress,
  } = resolveShared('attachTicketSocket', options, {
    clock: or(systemClock, clockOf),
    observe: optionalFunction,
    path: or('/ws', checkPath),
    onConnection: optionalFunction,
    maxPayload: or(64 * 1024, numberIn({ min: 125, max: MOST_PAYLOAD, integer: true })),
    maxUnfinishedBytesPerUser: optional(numberIn({ min: 125 })),
    maxMessageMs: optional(numberIn({ min: 1 })),
    maxPendingUpgrades: or(1_000, numberIn({ min: 1, integer: true })),
    maxConnectionsPerAddress: or(1_000, numberIn({ min: 1 })),
    clientAddress: or(({ socket }) => socket.remoteAddress, checkFunction),
  })
  const openSockets = createOpenSockets(maxConnectionsPerAddress)
  const tell = tellTo(observe)
  const authenticate = createUpgradeAuthenticator(options)
  const contexts = new WeakMap<object, NodeConnectionContext>()
  const connections = new WeakMap<WebSocket, Connection>()
  const unfinished = createUnfinishedMessages({
    maxBytesPerOwner: maxUnfinishedBytesPerUser,
    maxMessageMs,
    maxPayload,
    clock,
  })
  const sessions = createSessions({
    ...options,
    maxPayload,
    onConnection: (connection, transport) => {
      const context = contexts.get(transport)
      if (context) connections.set(context.socket, connection)
      return context && onConnection?.(connection, context)
    },
  })
  const selected = new WeakMap<IncomingMessage, string>()
  const webSockets = createWebSocketServer({ maxPayload, protocolOf: (request) => selected.get(request) })
  let pending = 0
  let isClosed = false
  const isLeaving = () => isClosed || sessions.isDraining

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    if (pathOf(request) !== path) {
      // Somebody else's. With nobody else there, the peer would wait for ever.
      if (server.listenerCount('upgrade') === 1) rejectUpgrade(socket, { status: 404 }, clock)
      return
    }
    // Before the first await: a peer that resets while we think would end the process.
    socket.on('error', () => socket.destroy())
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket')
      return reject(socket, 400, 'bad_request')
    if (isLeaving() || pending >= maxPendingUpgrades) return reject(socket, 503, 'unavailable')
    const address = clientAddress(request)
    const leave = openSockets.enter(address)
    if (!leave) return reject(socket, 429, 'too_many')
    socket.once('close', leave)
    pending++
    const decision = await authenticate(toUpgradeRequest(request, address)).finally(() => pending--)
    if (isLeaving()) return reject(socket, 503, 'unavailable')
    if (decision.kind === 'rejected') return rejectUpgrade(socket, decision, clock)
    if (decision.subprotocol !== undefined) selected.set(request, decision.subprotocol)
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (decision.kind === 'refused') refuse(webSocket, decision)
      else accept(webSocket, request, decision)
      unfinished.watch(socket, ownerOf(decision, address), (problem) => tooMuchUnfinished(webSocket, problem))
    })
  }

  function accept(
    webSocket: WebSocket,
    request: IncomingMessage,
    decision: Extract<UpgradeDecision, { kind: 'accepted' }>,
  ) {
    const transport = createWsTransport(webSocket)
    contexts.set(transport, { socket: webSocket, request })
    transport.attach(sessions.open(transport, decision))
  }

  function refuse(webSocket: WebSocket, { code, reason }: { code: number; reason: string }) {
    webSocket.on('error', () => webSocket.terminate())
    terminateSoon(webSocket)
    webSocket.close(code, reason)
  }

  function tooMuchUnfinished(webSocket: WebSocket, problem: UnfinishedProblem) {
    const connection = connections.get(webSocket)
    if (problem === 'too_slow') connection?.close(CLOSE.heartbeat, 'heartbeat')
    else connection?.close(CLOSE.tooMany, closeReason('too_many', RETRY_MS))
    webSocket.pause() // what its peer still sends is not read
    terminateSoon(webSocket)
  }

  function terminateSoon(webSocket: WebSocket) {
    const stop = clock.setTimer(() => webSocket.terminate(), GRACE_MS)
    webSocket.once('close', stop)
  }

  // Before the authenticator was asked, or in spite of what it said.
  function reject(socket: Duplex, status: 400 | 429 | 503, reason: CloseReason) {
    tell(() => ({ kind: 'upgrade_refused', reason, code: null, status, origin: null, address: undefined }))
    rejectUpgrade(socket, { status, reason, ...(status !== 400 && { retryAfterMs: RETRY_MS }) }, clock)
  }

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(request, socket, head).catch((error) => {
      reportUncaught(error)
      socket.destroy()
    })
  }
  server.on('upgrade', onUpgrade)

  return {
    sessions,
    drain: (windowMs) => sessions.drain(windowMs),
    async close() {
      if (isClosed) return
      isClosed = true
      server.off('upgrade', onUpgrade)
      sessions.closeAll(CLOSE.goingAway, 'going_away')
      await gone(webSockets.clients)
      sessions.dispose()
    },
  }

  function gone(sockets: Iterable<WebSocket>): Promise<unknown> {
    return Promise.all(
      [...sockets].map(
        (webSocket) =>
          new Promise<void>((resolve) => {
            terminateSoon(webSocket)
            webSocket.once('close', () => resolve())
          }),
      ),
    )
  }
}
