// Keeps the world in the state that the lifecycle asks for. Events are queued, so that a listener may act on the socket
// from within a callback; after each, what is newly needed is started *before* what is no longer needed is stopped: the
// other way round would abort the ticket request that the next phase is about to take.

import {
  type Connection,
  type ConnectionEvent,
  type Effect,
  type Env,
  effectsOf,
  IDLE,
  type Policy,
} from './connection.ts'
import { transition } from './lifecycle.ts'

export interface DriverDeps {
  policy: Policy
  env: () => Env
  /**
   * Begins what is needed; the returned function ends it, and it dispatches nothing afterwards. `ended` is called when
   * it has come to its own end, as a timer that fired: should the same be needed again, it is begun again.
   */
  start: (effect: Effect, ended: () => void) => () => void
  onTransition: (now: Connection, before: Connection, event: ConnectionEvent) => void
}

export class Driver {
  readonly #deps: DriverDeps
  readonly #running = new Map<string, () => void>()
  readonly #events: ConnectionEvent[] = []
  #state = IDLE
  #isDraining = false
  #atEnd: (() => void) | null = null

  constructor(deps: DriverDeps) {
    this.#deps = deps
  }

  get state(): Connection {
    return this.#state
  }

  get hasEnded(): boolean {
    return this.#atEnd !== null
  }

  dispatch(event: ConnectionEvent): void {
    if (!this.#atEnd) this.#take(event)
  }

  /** Closes for good: later events are ignored. `then` is called when everything has ended. */
  end(then: () => void): void {
    if (this.#atEnd) return
    this.#atEnd = then
    this.#take({ type: 'close' })
  }

  #take(event: ConnectionEvent) {
    const events = this.#events
    events.push(event)
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      for (let next = events.shift(); next; next = events.shift()) this.#step(next)
    } finally {
      // Whatever the app's code threw, the next event is handled.
      this.#isDraining = false
    }
    this.#atEnd?.()
  }

  #step(event: ConnectionEvent) {
    const { env, policy, onTransition } = this.#deps
    const before = this.#state
    const state = transition(before, event, env(), policy)
    this.#state = state
    if (state === before) return
    this.#reconcile(state)
    onTransition(state, before, event)
  }

  #reconcile(state: Connection) {
    const { start } = this.#deps
    const running = this.#running
    const wanted = new Map(effectsOf(state).map((effect) => [effect.key, effect]))
    for (const [key, effect] of wanted) {
      if (running.has(key)) continue
      const stop = start(effect, () => running.delete(key))
      running.set(key, stop)
    }
    for (const [key, stop] of [...running]) {
      if (wanted.has(key)) continue
      running.delete(key)
      stop()
    }
  }
}
