import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { CLOSE } from '../../contract/close-codes.ts'
import { reportUncaught, warnDevelopers } from '../../platform/system-platform.ts'
import { createAdmission } from '../admission.ts'
import { clientAddressOf } from '../client-address.ts'
import type { ServerLoad } from '../operations/measurements.ts'
import { createOwnClock } from '../own-clock.ts'
import { emitTo } from '../server-events.ts'
import { type Connection, createSessions, type Sessions } from '../sessions.ts'
import { CLOSE_FOR, createUnfinishedMessages, ownerOf, type UnfinishedProblem } from '../unfinished-messages.ts'
import { createUpgradeAuthenticator } from '../upgrade.ts'
import type { AcceptedUpgrade } from '../upgrade-decision.ts'
import { GRACE_MS } from '../upgrade-rejection.ts'
import { longestLoopDelayMs } from './loop-delay.ts'
import { isServedTarget, pathOf, toUpgradeRequest, writtenTo } from './node-request.ts'
import { rejectUpgrade } from './reject-upgrade.ts'
import { type NodeConnectionContext, resolveServerOptions, type TicketSocketServerOptions } from './server-options.ts'
import { createWebSocketServer } from './web-socket-server.ts'
import { createWsTransport } from './ws-transport.ts'

export interface TicketSocketServer {
  readonly sessions: Sessions
  /** The current load of this server, for `watch` of the metrics. */
  load(): ServerLoad
  /**
   * Decides about an upgrade of any path and serves its connection, or answers with a refusal. The socket is this server's from then
   * on: no other code may write to it. Never throws.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /**
   * Answers upgrades with 503 from now on, and moves every connection to another server within `windowMs`; see
   * `Sessions.drain`. Resolves when all have ended.
   */
  drain(windowMs: number): Promise<void>
  /** Refuses further upgrades, closes every connection with 1001, and resolves when they have ended (1 s at the latest). */
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
  } = resolveServerOptions(options)
  const emit = emitTo(observe)
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
    emit,
  })

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    // Before the first await: a peer that resets while its upgrade is decided would end the process.
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
    webSocket.pause() // so that further data of the peer is not read
    terminateSoon(webSocket)
  }

  function terminateSoon(webSocket: WebSocket) {
    const stop = clock.setTimer(() => webSocket.terminate(), GRACE_MS)
    webSocket.once('close', stop)
  }

  function rejectBad(socket: Duplex) {
    const reason = 'bad_request'
    emit(() => ({
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
