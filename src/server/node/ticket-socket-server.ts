import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { CLOSE } from '../../contract/close-codes.ts'
import { optional, or } from '../../platform/option-checks.ts'
import { clockOf, reportUncaught, systemClock, warnDevelopers } from '../../platform/system-platform.ts'
import { createAdmission } from '../admission.ts'
import { clientAddressOf } from '../client-address.ts'
import { MOST_PAYLOAD } from '../message-limits.ts'
import type { ServerLoad } from '../operations/measurements.ts'
import { numberIn, optionalFunction } from '../options.ts'
import { createOwnClock } from '../own-clock.ts'
import { tellTo } from '../server-events.ts'
import { type Connection, createSessions, type Sessions, type SessionsOptions } from '../sessions.ts'
import { resolveShared } from '../shared-options.ts'
import { CLOSE_FOR, createUnfinishedMessages, ownerOf, type UnfinishedProblem } from '../unfinished-messages.ts'
import { createUpgradeAuthenticator, type UpgradeOptions } from '../upgrade.ts'
import type { AcceptedUpgrade } from '../upgrade-decision.ts'
import { GRACE_MS } from '../upgrade-rejection.ts'
import { longestLoopDelayMs } from './loop-delay.ts'
import { isServedTarget, pathOf, toUpgradeRequest, writtenTo } from './node-request.ts'
import { rejectUpgrade } from './reject-upgrade.ts'
import { checkDeflate, createWebSocketServer, type DeflateOptions } from './web-socket-server.ts'
import { createWsTransport } from './ws-transport.ts'

/** What of `ws` and `node:http` belongs to a connection. */
export interface NodeConnectionContext {
  socket: WebSocket
  request: IncomingMessage
}

export interface TicketSocketServerOptions
  extends UpgradeOptions,
    Omit<SessionsOptions, 'tickets' | 'onConnection' | 'verifyToken'> {
  /** Called when the connection is ready. Add listeners before the first `await`, or frames pass by. */
  onConnection?: (connection: Connection, context: NodeConnectionContext) => void
  /** Largest message in bytes: announced to clients, and a larger one ends its connection with 1009. @default 65_536 */
  maxPayload?: number
  /**
   * Compresses messages for clients that offer it. `maxPayload` holds for the unpacked message. It costs time on the server's only
   * thread. Leave it off where one message holds both a secret and a text that somebody else can choose: sizes tell (CRIME).
   *
   * @default false
   */
  perMessageDeflate?: boolean | DeflateOptions
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
  /**
   * Whom limits per address count. Behind a proxy, read its header here; none is believed by itself. A port, brackets and blanks
   * are left out. What is no single address (the header is missing) counts as the peer's, and is warned about once.
   *
   * @default the peer's address
   */
  clientAddress?: (request: IncomingMessage) => string | undefined
}

export interface TicketSocketServer {
  readonly sessions: Sessions
  /** What this server holds now, for `watch` of the metrics. */
  load(): ServerLoad
  /**
   * Decides about an upgrade and serves its connection, or answers why not; whatever its path. The socket is this server's from
   * then on: nobody else may write to it. Never throws.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /**
   * Answers upgrades with 503 from now on, and moves every connection to another server within `windowMs`; see
   * `Sessions.drain`. Resolves when all are gone.
   */
  drain(windowMs: number): Promise<void>
  /** Takes no upgrade any more, closes every connection with 1001, and resolves when they are gone (1 s at the latest). */
  close(): Promise<void>
}

/**
 * Serves authenticated WebSockets, with `ws`, for apps that route upgrades themselves. `attachTicketSocket` routes them by path.
 *
 * Does not listen to an HTTP server, and does not look at paths.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { AuthTicketManager, createMemoryTicketStore, jwtVerifier } from 'ticket-socket/server'
 * import { createTicketSocketServer } from 'ticket-socket/server/node'
 * import { WebSocketServer } from 'ws'
 *
 * declare const secret: Uint8Array
 * const sockets = createTicketSocketServer({
 *   tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
 *   verifyToken: jwtVerifier({ secret }),
 *   allowedOrigins: ['https://app.example.com'],
 * })
 * const theirs = new WebSocketServer({ noServer: true })
 * const server = createServer()
 * server.on('upgrade', (request, socket, head) => {
 *   if (request.url?.startsWith('/ws')) sockets.handleUpgrade(request, socket, head)
 *   else theirs.handleUpgrade(request, socket, head, (webSocket) => theirs.emit('connection', webSocket, request))
 * })
 * ```
 */
export function createTicketSocketServer(options: TicketSocketServerOptions): TicketSocketServer {
  const {
    clock,
    observe,
    onConnection,
    maxPayload,
    perMessageDeflate,
    maxUnfinishedBytesPerUser,
    maxMessageMs,
    maxPendingUpgrades,
    maxConnectionsPerAddress,
    clientAddress,
  } = resolveShared('createTicketSocketServer', options, {
    clock: or(systemClock, clockOf),
    observe: optionalFunction,
    onConnection: optionalFunction,
    maxPayload: or(64 * 1024, numberIn({ min: 125, max: MOST_PAYLOAD, integer: true })),
    perMessageDeflate: or(false, checkDeflate),
    maxUnfinishedBytesPerUser: optional(numberIn({ min: 125 })),
    maxMessageMs: optional(numberIn({ min: 1 })),
    maxPendingUpgrades: or(1_000, numberIn({ min: 1, integer: true })),
    maxConnectionsPerAddress: or(1_000, numberIn({ min: 1 })),
    clientAddress: optionalFunction,
  })
  const tell = tellTo(observe)
  const addressOf = clientAddressOf(clientAddress, ({ socket }) => socket.remoteAddress)
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
  const webSockets = createWebSocketServer({
    maxPayload,
    perMessageDeflate,
    protocolOf: (request) => selected.get(request),
  })
  const ownClock = createOwnClock(clock)
  let isClosed = false
  let hasWarned = false
  const admission = createAdmission({
    authenticate: createUpgradeAuthenticator({ ...options, clock: ownClock }),
    maxPendingUpgrades,
    maxConnectionsPerAddress,
    isLeaving: () => isClosed || sessions.isDraining,
    tell,
  })

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    // Before the first await: a peer that resets while we think would end the process.
    socket.on('error', () => socket.destroy())
    if (!isServedTarget(request.url ?? '/')) return rejectBad(socket)
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') return rejectBad(socket)
    const writtenBefore = writtenTo(socket)
    const address = addressOf(request)
    const decision = await admission.admit(toUpgradeRequest(request, address), (leave) => socket.once('close', leave))
    if (writtenTo(socket) !== writtenBefore) return answeredElsewhere(request, socket)
    if (decision.kind === 'rejected') return rejectUpgrade(socket, decision, clock)
    if (decision.subprotocol !== undefined) selected.set(request, decision.subprotocol)
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (decision.kind === 'refused') refuse(webSocket, decision)
      else accept(webSocket, request, decision)
      unfinished.watch(socket, ownerOf(decision, address), (problem) => tooMuchUnfinished(webSocket, problem))
    })
  }

  // Many WebSocket libraries answer the upgrades of every path of their server.
  function answeredElsewhere(request: IncomingMessage, socket: Duplex) {
    socket.destroy()
    if (hasWarned) return
    hasWarned = true
    warnDevelopers(
      `another 'upgrade' listener of the HTTP server answered ${pathOf(request)} before ticket-socket had decided. ` +
        'Let that library answer its own paths only, or route upgrades yourself by handleUpgrade().',
    )
  }

  function accept(webSocket: WebSocket, request: IncomingMessage, decision: AcceptedUpgrade) {
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
    const { code, reason } = CLOSE_FOR[problem]
    connections.get(webSocket)?.close(code, reason)
    webSocket.pause() // what its peer still sends is not read
    terminateSoon(webSocket)
  }

  function terminateSoon(webSocket: WebSocket) {
    const stop = clock.setTimer(() => webSocket.terminate(), GRACE_MS)
    webSocket.once('close', stop)
  }

  function rejectBad(socket: Duplex) {
    const reason = 'bad_request'
    tell(() => ({
      kind: 'upgrade_refused',
      reason,
      turnedAway: null,
      code: null,
      status: 400,
      origin: null,
      address: undefined,
      durationMs: 0,
    }))
    rejectUpgrade(socket, { status: 400, reason }, clock)
  }

  return {
    sessions,
    handleUpgrade(request, socket, head) {
      upgrade(request, socket, head).catch((error) => {
        reportUncaught(error)
        socket.destroy()
      })
    },
    load: () => ({
      pendingUpgrades: admission.pending,
      bufferedBytes: sessions.bufferedBytes,
      loopDelayMs: longestLoopDelayMs(),
    }),
    drain: (windowMs) => sessions.drain(windowMs),
    async close() {
      if (isClosed) return
      isClosed = true
      admission.close()
      ownClock.stopTimers()
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
