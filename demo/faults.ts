// Breaks things for real: on the server, on the wire. Nothing here tells the page what is coming; it finds out as it
// would in production.

import type { WebSocket } from 'ws'
import { CLOSE } from '../src/contract/close-codes.ts'
import type { Clock } from '../src/platform/platform.ts'
import { systemClock } from '../src/platform/system-platform.ts'
import type { Connection, Sessions, TicketStore } from '../src/server/index.ts'
import type { NodeConnectionContext, WebHandler } from '../src/server/node/index.ts'
import {
  FAULT_SWITCHES,
  type FaultAction,
  type FaultCommand,
  type FaultState,
  type FaultSwitch,
} from './fault-names.ts'

export interface Faults {
  state(): FaultState
  /** Does it, and answers with the state afterwards. */
  apply(command: FaultCommand): FaultState
  /** Around the store: while tickets are refused, consuming one finds nothing. */
  wrapStore(store: TicketStore): TicketStore
  /** Around the ticket endpoints: while they are down they answer 503. */
  wrapHandler(handler: WebHandler): WebHandler
  /** Tells of a connection that may be silenced. */
  watch(connection: Connection, context: NodeConnectionContext): void
}

export interface FaultsDeps {
  /** Given later than the rest, because the sessions need the wrapped store. */
  sessions: () => Sessions
  expireTokens: () => void
  clock?: Clock
}

/** A socket on which nothing is heard learns nothing of its peer's leaving either, so it is dropped in the end. */
const SILENCE_MS = 30_000

export function createFaults({ sessions, expireTokens, clock = systemClock }: FaultsDeps): Faults {
  const broken = new Set<FaultSwitch>()
  const sockets = new WeakMap<Connection, { webSocket: WebSocket; wire: { cork(): void } }>()

  const state = () => Object.fromEntries(FAULT_SWITCHES.map((name) => [name, broken.has(name)])) as FaultState

  /** The server neither reads nor writes: what it has to say stays in its own memory. */
  function silence(connection: Connection) {
    const socket = sockets.get(connection)
    if (!socket) return
    socket.webSocket.pause()
    socket.wire.cork()
    const stop = clock.setTimer(() => connection.terminate(), SILENCE_MS)
    connection.onClose(stop)
  }

  function act(action: FaultAction) {
    switch (action) {
      case 'drop_sockets':
        for (const connection of sessions().connections()) connection.terminate()
        return
      case 'restart':
        return void sessions().closeAll(CLOSE.serviceRestart, 'restart')
      case 'silence_sockets':
        return sessions().connections().forEach(silence)
      case 'expire_tokens':
        // As it is when the time has come: the JWT is refused from now on, and its session ends.
        expireTokens()
        return void sessions().closeAll(CLOSE.expired, 'expired')
      default:
        return action satisfies never
    }
  }

  return {
    state,
    apply(command) {
      if ('action' in command) act(command.action)
      else if (command.on) broken.add(command.switch)
      else broken.delete(command.switch)
      return state()
    },
    wrapStore: (store) => ({
      kind: store.kind,
      prefix: store.prefix,
      put: (...args) => store.put(...args),
      peek: (handle) => store.peek(handle),
      async consume(handle) {
        const claims = await store.consume(handle)
        return broken.has('tickets_refused') ? null : claims
      },
      revoke: (handle, userId) => store.revoke(handle, userId),
      revokeAll: (userId) => store.revokeAll(userId),
      notBefore: (userId) => store.notBefore(userId),
      ping: () => store.ping(),
    }),
    wrapHandler: (handler) =>
      Object.assign(
        (...args: Parameters<WebHandler>) =>
          broken.has('ticket_endpoint_down') ? Promise.resolve(unavailable()) : handler(...args),
        { matches: (pathname: string) => handler.matches?.(pathname) ?? true },
      ),
    watch: (connection, { socket, request }) =>
      void sockets.set(connection, { webSocket: socket, wire: request.socket }),
  }
}

function unavailable(): Response {
  const body = { type: 'about:blank', title: 'Service Unavailable', status: 503, detail: 'Switched off in the demo.' }
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(body), { status: 503, headers })
}
