// Breaks things for real: on the server, on the wire. The page gets no announcement; it notices as it
// would in production. What stays broken are scenarios of the mock, on a real server.

import type { WebSocket } from 'ws'
import { CLOSE } from '../src/contract/close-codes.ts'
import { createFaultyStore, type FaultyStore } from '../src/mock/faulty-store.ts'
import { createRunningScenarios, type Scenario, type ScenarioControls } from '../src/mock/scenario.ts'
import { scenarios } from '../src/mock/scenarios.ts'
import type { Clock } from '../src/platform/platform.ts'
import { systemClock } from '../src/platform/system-platform.ts'
import type { Connection, Sessions, TicketStore } from '../src/server/index.ts'
import type { NodeConnectionContext, WebHandler } from '../src/server/node/index.ts'
import { restartNow } from '../src/server/restart.ts'
import { sendControlFrame } from '../src/server/session.ts'
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
  /** Adds a connection that may be silenced. */
  watch(connection: Connection, context: NodeConnectionContext): void
}

export interface FaultsDeps {
  /** Given later than the rest, because the sessions need the wrapped store. */
  sessions: () => Sessions
  expireTokens: () => void
  clock?: Clock
}

/** A silenced socket does not learn that its peer left, so it is dropped at the end. */
const SILENCE_MS = 30_000

const SCENARIOS: Readonly<Record<FaultSwitch, Scenario>> = {
  ticket_endpoint_down: scenarios.ticketEndpointDown,
  tickets_refused: scenarios.ticketRefused,
}

export function createFaults({ sessions, expireTokens, clock = systemClock }: FaultsDeps): Faults {
  const running = createRunningScenarios()
  const healing = new Map<FaultSwitch, () => void>()
  const sockets = new WeakMap<Connection, { webSocket: WebSocket; wire: { cork(): void } }>()
  let store: FaultyStore

  /** What a scenario may do, here to a real server. What expired or was closed stays so. */
  const controls = (): ScenarioControls => ({
    ...store,
    clock,
    connections: () => sessions().connections(),
    sendControlFrame,
    expireTokens() {
      expireTokens()
      return () => {}
    },
    revokeAll() {
      for (const { identity } of sessions().connections()) if (identity) sessions().closeUser(identity.userId)
      return () => {}
    },
    silence() {
      sessions().connections().forEach(silence)
      return () => {}
    },
    dropConnections() {
      for (const connection of sessions().connections()) connection.terminate()
    },
  })

  const state = () => Object.fromEntries(FAULT_SWITCHES.map((name) => [name, healing.has(name)])) as FaultState

  function turn(name: FaultSwitch, on: boolean) {
    healing.get(name)?.()
    healing.delete(name)
    if (on) healing.set(name, running.start(SCENARIOS[name], controls()))
  }

  const wait = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, ms))
  const never = () => new Promise<never>(() => {})

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
        return controls().dropConnections()
      case 'restart':
        for (const connection of sessions().connections()) restartNow(connection)
        return
      case 'silence_sockets':
        return void controls().silence()
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
      else turn(command.switch, command.on)
      return state()
    },
    wrapStore(given) {
      store = createFaultyStore(given, clock)
      return store.store
    },
    wrapHandler: (handler) =>
      Object.assign(
        (...[request, ...rest]: Parameters<WebHandler>) =>
          running.http({ request, wait, hang: never, fail: never }, () => handler(request, ...rest)),
        { matches: (pathname: string) => handler.matches?.(pathname) ?? true },
      ),
    watch: (connection, { socket, request }) =>
      void sockets.set(connection, { webSocket: socket, wire: request.socket }),
  }
}
