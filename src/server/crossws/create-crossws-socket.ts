import { CLOSE } from '../../contract/close-codes.ts'
import { warnDevelopers } from '../../platform/system-platform.ts'
import { createAdmission } from '../admission.ts'
import { clientAddressOf } from '../client-address.ts'
import type { Connection, Transport } from '../connection.ts'
import { messageLimits } from '../message-limits.ts'
import type { ServerLoad } from '../operations/measurements.ts'
import { createOwnClock } from '../own-clock.ts'
import { emitTo } from '../server-events.ts'
import { createSessions, type Sessions } from '../sessions.ts'
import { CLOSE_FOR, createUnfinishedMessages, ownerOf } from '../unfinished-messages.ts'
import { createUpgradeAuthenticator } from '../upgrade.ts'
import type { UpgradeRequest } from '../upgrade-decision.ts'
import { rejectionOf } from '../upgrade-rejection.ts'
import { createAdmittedUpgrades } from './admitted.ts'
import type { CrosswsHooks, CrosswsMessage, CrosswsPeer } from './crossws.ts'
import { type CrosswsSocketOptions, resolveOptions } from './options.ts'
import { createPeers } from './peers.ts'
import { limitMessages, pause, wireOf } from './wire.ts'

export interface CrosswsSocket {
  readonly hooks: CrosswsHooks
  readonly sessions: Sessions
  /** The current load of this server, for `watch` of the metrics. Without the delay of the event loop, which only Node reports. */
  load(): ServerLoad
  /** Answers upgrades with 503 from now on, and moves every connection to another server; see `Sessions.drain`. */
  drain(windowMs: number): Promise<void>
  /** Takes no upgrade any more, closes every connection with 1001, and resolves when they are gone (1 s at the latest). */
  close(): Promise<void>
}

/**
 * Serves authenticated WebSockets on crossws: in H3 and Nitro, and with crossws' adapters on Node, Bun, Deno and Durable Objects.
 *
 * Routes are the framework's: the hooks look at no path. Messages of a Durable Object that was hibernated close the connection with
 * 1012, and the client comes back: sessions live in memory. Unfinished messages are limited on Node alone: no other runtime shows
 * them.
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
  const {
    clock,
    observe,
    onConnection,
    maxPayload,
    maxUnfinishedBytesPerUser,
    maxMessageMs,
    maxPendingUpgrades,
    maxConnectionsPerAddress,
    clientAddress,
  } = resolveOptions(options)
  const addressOf = clientAddressOf(clientAddress, (request) => (request as { ip?: string }).ip)
  const peers = createPeers(clock)
  const peerOf = new WeakMap<Transport, CrosswsPeer>()
  const connectionOf = new WeakMap<CrosswsPeer, Connection>()
  const ownClock = createOwnClock(clock)
  const upgrades = createAdmittedUpgrades(ownClock)
  const sessions = createSessions({
    ...options,
    maxPayload,
    onConnection(connection, transport) {
      const peer = peerOf.get(transport)
      if (!peer) return
      connectionOf.set(peer, connection)
      return onConnection?.(connection, { peer })
    },
  })
  const unfinished = createUnfinishedMessages({
    maxBytesPerOwner: maxUnfinishedBytesPerUser,
    maxMessageMs,
    maxPayload,
    clock,
  })
  let isClosed = false
  let hasWarned = false
  const admission = createAdmission({
    authenticate: createUpgradeAuthenticator({ ...options, clock: ownClock }),
    maxPendingUpgrades,
    maxConnectionsPerAddress,
    isLeaving: () => isClosed || sessions.isDraining,
    emit: emitTo(observe),
  })

  async function upgrade(request: Request) {
    const address = addressOf(request)
    let leave = () => {}
    const decision = await admission.admit(toUpgradeRequest(request, address), (entered) => {
      leave = entered
    })
    if (decision.kind === 'rejected') {
      leave()
      const { body, headers } = rejectionOf(decision)
      return new Response(body, { status: decision.status, headers })
    }
    const { subprotocol } = decision
    return {
      headers: (subprotocol === undefined ? {} : { 'sec-websocket-protocol': subprotocol }) as Record<string, string>,
      context: upgrades.keep(request, { decision, address, leave }),
    }
  }

  function open(peer: CrosswsPeer) {
    const admitted = upgrades.take(peer)
    if (!admitted) return peer.close(CLOSE.unavailable, 'unavailable')
    peers.add(peer, admitted.leave)
    const { decision, address } = admitted
    watch(peer, ownerOf(decision, address))
    if (decision.kind === 'refused') return end(peer, decision)
    peers.connect(peer, (transport) => {
      peerOf.set(transport, peer)
      return sessions.open(transport, decision)
    })
  }

  /** Follows what the peer has not sent whole, and ends it there. */
  function watch(peer: CrosswsPeer, owner: string | undefined) {
    const wire = wireOf(peer)
    if (wire) {
      unfinished.watch(wire, owner, (problem) => {
        end(peer, CLOSE_FOR[problem])
        pause(peer)
      })
    }
    if (!limitMessages(peer, messageLimits(maxPayload)) || !wire) warnOfUnwatched()
  }

  function warnOfUnwatched() {
    if (hasWarned) return
    hasWarned = true
    warnDevelopers(
      'createCrosswsSocket: messages are not limited here before they have arrived whole, so maxUnfinishedBytesPerUser and ' +
        'maxMessageMs do not hold. Set the limit of the runtime to maxPayload (on Bun: maxPayloadLength; Deno has none), or serve on Node.',
    )
  }

  function end(peer: CrosswsPeer, { code, reason }: { code: number; reason: string }) {
    peers.dropSoon(peer)
    const connection = connectionOf.get(peer)
    if (connection) connection.close(code, reason)
    else peer.close(code, reason)
  }

  function message(peer: CrosswsPeer, received: CrosswsMessage) {
    const handle = peers.handleOf(peer)
    if (handle === null) return // refused
    if (!handle) return peer.close(CLOSE.serviceRestart, 'restart')
    const data = typeof received.rawData === 'string' ? received.rawData : received.uint8Array()
    if (isLongerThan(maxPayload, data)) end(peer, { code: CLOSE.tooLarge, reason: '' })
    else handle.receive(data)
  }

  const alive = (peer: CrosswsPeer) => peers.handleOf(peer)?.alive()

  return {
    hooks: {
      upgrade,
      open,
      message,
      close: (peer, { code = 1005, reason = '' }) => peers.ended(peer, code, reason),
      // Unheard, it would be reported by some runtimes; the end of the connection follows.
      error: () => {},
      ping: alive,
      pong: alive,
    },
    sessions,
    load: () => ({ pendingUpgrades: admission.pending, bufferedBytes: sessions.bufferedBytes }),
    drain: (windowMs) => sessions.drain(windowMs),
    async close() {
      if (isClosed) return
      isClosed = true
      admission.close()
      ownClock.stopTimers()
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
