// A scenario is a named failure of a backend. Several can be in use at a time: each wraps the ones before it, and the first one
// wraps the real server SDK.

import { asGiven, resolve, type Table } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import type { AnsweringFrame } from '../server/control-frames.ts'
import { show } from '../server/options.ts'
import type { Connection } from '../server/sessions.ts'
import type { UpgradeDecision, UpgradeRequest } from '../server/upgrade-decision.ts'
import type { StoreFaults } from './faulty-store.ts'

export interface HttpCall {
  readonly request: Request
  /** Delays the answer, on the backend's clock. */
  wait(ms: number): Promise<void>
  /** For an answer that never comes. */
  hang(): Promise<never>
  /** For a network that fails: the caller's `fetch` rejects. */
  fail(): Promise<never>
}

export interface UpgradeCall {
  readonly request: UpgradeRequest
  /** The one offered, if any. */
  readonly ticket: string | undefined
  /** For a handshake that never ends. */
  hang(): Promise<never>
  /** For a network that fails: 1006. */
  fail(): Promise<never>
}

/** The effects of a scenario while it is in use. */
export interface Interference {
  /** Answers a request to the ticket endpoints. `next()` returns the server's answer. */
  http?(call: HttpCall, next: () => Promise<Response>): Response | Promise<Response>
  /** Decides about an upgrade. `next()` returns the server's decision, about this request or a changed one. */
  upgrade?(
    call: UpgradeCall,
    next: (changed?: UpgradeRequest) => Promise<UpgradeDecision>,
  ): UpgradeDecision | Promise<UpgradeDecision>
  /** Called for each connection that is accepted, before the first frame of either side. */
  connected?(connection: Connection): void
  /** Undoes what `start` did. The three functions above are no longer called by then. */
  stop?(): void
}

/** The tools of a scenario. Returned functions undo the effect. */
export interface ScenarioControls extends StoreFaults {
  readonly clock: Clock
  connections(): readonly Connection[]
  /** Sends one of the protocol's own frames, which `connection.send` refuses. Nothing else happens to the session. */
  sendControlFrame(connection: Connection, frame: AnsweringFrame): void
  /** JWTs issued until now count as expired. */
  expireTokens(): () => void
  /** Every user has signed out of all sessions, as `revoke` does for one. The undo signs them in again. */
  revokeAll(): () => void
  /** All frames are lost in both directions. */
  silence(): () => void
  /** Breaks every connection: 1006. */
  dropConnections(): void
}

/**
 * A named behaviour. It is a value, so that tests and stories share it; its counters restart with each use.
 *
 * @example
 * ```ts
 * import type { Scenario } from 'ticket-socket/mock'
 *
 * const teapot: Scenario = {
 *   name: 'teapot',
 *   start: () => ({ http: () => new Response(null, { status: 418 }) }),
 * }
 * ```
 */
export interface Scenario {
  readonly name: string
  start(controls: ScenarioControls): Interference
}

export interface RunningScenarios {
  /** Returns the function that ends it. */
  start(scenario: Scenario, controls: ScenarioControls): () => void
  http(call: HttpCall, server: () => Promise<Response>): Promise<Response>
  upgrade(call: UpgradeCall, server: (request: UpgradeRequest) => Promise<UpgradeDecision>): Promise<UpgradeDecision>
  connected(connection: Connection): void
  stopAll(): void
}

/** A misspelt `http` would never be called. */
function interferenceOf(scenario: Scenario, controls: ScenarioControls): Interference {
  if (typeof scenario?.start !== 'function') {
    throw new TypeError(`use() must be given scenarios, got ${show(scenario)}. Call one that takes options first.`)
  }
  const owner = `the scenario ${scenario.name}`
  resolve<Scenario, Table<Scenario>>(owner, scenario, { name: asGiven, start: asGiven }, '.')
  const interference = scenario.start(controls)
  const names = { http: asGiven, upgrade: asGiven, connected: asGiven, stop: asGiven }
  resolve<Interference, Table<Interference>>(owner, interference, names, '.')
  return interference
}

/** The scenarios in use. The one used last comes first. `onChange` is called for each start and end. */
export function createRunningScenarios(onChange: (name: string, on: boolean) => void = () => {}): RunningScenarios {
  const running = new Map<object, { interference: Interference; stop(): void }>()

  return {
    start(scenario, controls) {
      const key = {}
      const interference = interferenceOf(scenario, controls)
      const stop = () => {
        if (!running.delete(key)) return
        interference.stop?.()
        onChange(scenario.name, false)
      }
      running.set(key, { interference, stop })
      onChange(scenario.name, true)
      return stop
    },
    async http(call, server) {
      let answer = server
      for (const { interference } of running.values()) {
        const next = answer
        if (interference.http) answer = async () => (await interference.http?.(call, next)) as Response
      }
      return answer()
    },
    async upgrade(call, server) {
      let decide = server
      for (const { interference } of running.values()) {
        const next = decide
        if (!interference.upgrade) continue
        decide = async (request) => {
          const changed = { ...call, request }
          return (await interference.upgrade?.(changed, (other = request) => next(other))) as UpgradeDecision
        }
      }
      return decide(call.request)
    },
    connected(connection) {
      for (const { interference } of [...running.values()]) interference.connected?.(connection)
    },
    stopAll() {
      for (const { stop } of [...running.values()]) stop()
    },
  }
}
