import { CLOSE } from '../../contract/close-codes.ts'
import { or } from '../../platform/option-checks.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { createAdmission } from '../admission.ts'
import { clientAddressOf } from '../client-address.ts'
import type { Connection, Transport } from '../connection.ts'
import type { ServerLoad } from '../operations/measurements.ts'
import { numberIn, optionalFunction } from '../options.ts'
import { tellTo } from '../server-events.ts'
import { createSessions, type Sessions, type SessionsOptions } from '../sessions.ts'
import { resolveShared } from '../shared-options.ts'
import { createUpgradeAuthenticator, type UpgradeOptions } from '../upgrade.ts'
import type { UpgradeDecision, UpgradeRequest } from '../upgrade-decision.ts'
import { rejectionOf } from '../upgrade-rejection.ts'
import type { CrosswsHooks, CrosswsMessage, CrosswsPeer } from './crossws.ts'
import { createPeers } from './peers.ts'

export interface CrosswsSocketOptions
  extends UpgradeOptions,
    Omit<SessionsOptions, 'tickets' | 'onConnection' | 'verifyToken'> {
  /** Called when the connection is ready. Add listeners before the first `await`, or frames pass by. */
  onConnection?: (connection: Connection, context: { peer: CrosswsPeer }) => void
  /**
   * Largest message in bytes: announced to clients, and a larger one ends its connection with 1009. It is looked at when the
   * message has arrived: set the limit of the runtime as well, where it has one.
   *
   * @default 65_536
   */
  maxPayload?: number
  /** Upgrades that may wait for their decision at the same moment; one more is answered with 503. @default 1_000 */
  maxPendingUpgrades?: number
  /** Connections from one address; one more is answered with HTTP 429. @default 1_000 */
  maxConnectionsPerAddress?: number
  /**
   * Whom limits per address count. Behind a proxy, read its header here; none is believed by itself.
   *
   * @default `request.ip`, where the runtime says it (srvx, and with it H3 and Nitro, on Node, Bun and Deno); else nobody
   */
  clientAddress?: (request: Request) => string | undefined
}

export interface CrosswsSocket {
  readonly hooks: CrosswsHooks
  readonly sessions: Sessions
  /** What this server holds now, for `watch` of the metrics. Without the delay of the event loop, which only Node tells. */
  load(): ServerLoad
  /** Answers upgrades with 503 from now on, and moves every connection to another server; see `Sessions.drain`. */
  drain(windowMs: number): Promise<void>
  /** Takes no upgrade any more, closes every connection with 1001, and resolves when they are gone (1 s at the latest). */
  close(): Promise<void>
}

/** What an upgrade came to, on its way from `upgrade` to `open`. */
interface Admitted {
  decision: Exclude<UpgradeDecision, { kind: 'rejected' }>
  leave(): void
  stopWaiting(): void
}

const ADMITTED = Symbol('ticket-socket')
/** A handshake that fails after the decision opens nothing, and says so to nobody. */
const OPENS_WITHIN_MS = 10_000

/**
 * Serves authenticated WebSockets on crossws: in H3 and Nitro, and with crossws' adapters on Node, Bun, Deno and Durable Objects.
 *
 * Routes are the framework's: the hooks look at no path. Messages of a Durable Object that was hibernated close the connection with
 * 1012, and the client comes back: sessions live in memory. Limits on unfinished messages and on the size of a frame are the
 * runtime's.
 *
 * @example
 * ```ts
 * import { defineWebSocketHandler, H3 } from 'h3'
 * import { AuthTicketManager, createMemoryTicketStore, createTicketHandler, jwtVerifier } from 'ticket-socket/server'
 * import { createCrosswsSocket } from 'ticket-socket/server/crossws'
 *
 * declare const secret: Uint8Array
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
 * const shared = { tickets, verifyToken: jwtVerifier({ secret }), allowedOrigins: ['https://app.example.com'] }
 * const { hooks } = createCrosswsSocket({
 *   ...shared,
 *   onConnection: (connection) => connection.send({ type: 'hello', to: connection.identity?.userId }),
 * })
 * const handle = createTicketHandler(shared)
 * const app = new H3()
 *   .get('/ws', defineWebSocketHandler(hooks))
 *   .all('/websocket/**', (event) => handle(event.req, { address: event.req.ip }))
 * ```
 */
export function createCrosswsSocket(options: CrosswsSocketOptions): CrosswsSocket {
  const { clock, observe, onConnection, maxPayload, maxPendingUpgrades, maxConnectionsPerAddress, clientAddress } =
    resolveShared('createCrosswsSocket', options, {
      clock: or(systemClock, clockOf),
      observe: optionalFunction,
      onConnection: optionalFunction,
      maxPayload: or(64 * 1024, numberIn({ min: 125, integer: true })),
      maxPendingUpgrades: or(1_000, numberIn({ min: 1, integer: true })),
      maxConnectionsPerAddress: or(1_000, numberIn({ min: 1 })),
      clientAddress: optionalFunction,
    })
  const addressOf = clientAddressOf(clientAddress, (request) => (request as { ip?: string }).ip)
  const peers = createPeers(clock)
  const peerOf = new WeakMap<Transport, CrosswsPeer>()
  // By the request where a runtime does not carry the context on (Durable Objects).
  const byRequest = new WeakMap<Request, Admitted>()
  const sessions = createSessions({
    ...options,
    maxPayload,
    onConnection(connection, transport) {
      const peer = peerOf.get(transport)
      return peer && onConnection?.(connection, { peer })
    },
  })
  let isClosed = false
  const admission = createAdmission({
    authenticate: createUpgradeAuthenticator(options),
    maxPendingUpgrades,
    maxConnectionsPerAddress,
    isLeaving: () => isClosed || sessions.isDraining,
    tell: tellTo(observe),
  })

  async function upgrade(request: Request) {
    let leave = () => {}
    const decision = await admission.admit(toUpgradeRequest(request, addressOf(request)), (entered) => {
      leave = entered
    })
    if (decision.kind === 'rejected') {
      leave()
      const { body, headers } = rejectionOf(decision)
      return new Response(body, { status: decision.status, headers })
    }
    const admitted: Admitted = { decision, leave, stopWaiting: clock.setTimer(leave, OPENS_WITHIN_MS) }
    byRequest.set(request, admitted)
    const { subprotocol } = decision
    return {
      headers: (subprotocol === undefined ? {} : { 'sec-websocket-protocol': subprotocol }) as Record<string, string>,
      context: { [ADMITTED]: admitted } as Record<string, unknown>,
    }
  }

  function open(peer: CrosswsPeer) {
    const context = peer.context as { [ADMITTED]?: Admitted | undefined }
    const admitted = context[ADMITTED] ?? byRequest.get(peer.request)
    if (!admitted) return peer.close(CLOSE.serviceRestart, 'restart')
    context[ADMITTED] = undefined // once
    byRequest.delete(peer.request)
    admitted.stopWaiting()
    peers.add(peer, admitted.leave)
    const { decision } = admitted
    if (decision.kind === 'refused') return peers.refuse(peer, decision.code, decision.reason)
    peers.connect(peer, (transport) => {
      peerOf.set(transport, peer)
      return sessions.open(transport, decision)
    })
  }

  function message(peer: CrosswsPeer, received: CrosswsMessage) {
    const handle = peers.handleOf(peer)
    if (handle === null) return // refused
    if (!handle) return peer.close(CLOSE.serviceRestart, 'restart')
    const data = typeof received.rawData === 'string' ? received.rawData : received.uint8Array()
    if (isLongerThan(maxPayload, data)) peers.refuse(peer, CLOSE.tooLarge, '')
    else handle.receive(data)
  }

  return {
    hooks: {
      upgrade,
      open,
      message,
      close: (peer, { code = 1005, reason = '' }) => peers.ended(peer, code, reason),
      // Unheard, it would be reported by some runtimes; the end of the connection follows.
      error: () => {},
    },
    sessions,
    load: () => ({ pendingUpgrades: admission.pending, bufferedBytes: sessions.bufferedBytes }),
    drain: (windowMs) => sessions.drain(windowMs),
    async close() {
      if (isClosed) return
      isClosed = true
      sessions.closeAll(CLOSE.goingAway, 'going_away')
      await peers.gone()
      sessions.dispose()
    },
  }
}

function toUpgradeRequest(request: Request, address: string | undefined): UpgradeRequest {
  const { url, headers } = request
  const offered = headers.get('sec-websocket-protocol')
  return {
    url,
    origin: headers.get('origin'),
    protocols: offered === null ? [] : offered.split(',').map((protocol) => protocol.trim()),
    authorization: headers.get('authorization'),
    address,
  }
}

/** In bytes of UTF-8, which a text has at most three times as many of as characters. */
function isLongerThan(most: number, data: string | Uint8Array): boolean {
  if (typeof data !== 'string') return data.length > most
  return data.length > most || (data.length * 3 > most && new TextEncoder().encode(data).length > most)
}
