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

export interface Driver {
  state(): Connection
  dispatch(event: ConnectionEvent): void
  /** Closes for good: later events are ignored. `then` is called when everything has ended. */
  end(then: () => void): void
  hasEnded(): boolean
}

export function createDriver({ policy, env, start, onTransition }: DriverDeps): Driver {
  let state = IDLE
  const running = new Map<string, () => void>()
  const events: ConnectionEvent[] = []
  let isDraining = false
  let atEnd: (() => void) | null = null

  function reconcile() {
    const wanted = new Map(effectsOf(state).map((effect) => [effect.key, effect]))
    for (const [key, effect] of wanted) {
      if (!running.has(key))
        running.set(
          key,
          start(effect, () => running.delete(key)),
        )
    }
    for (const [key, stop] of [...running]) {
      if (wanted.has(key)) continue
      running.delete(key)
      stop()
    }
  }

  function step(event: ConnectionEvent) {
    const before = state
    state = transition(before, event, env(), policy)
    if (state === before) return
    reconcile()
    onTransition(state, before, event)
  }

  function take(event: ConnectionEvent) {
    events.push(event)
    if (isDraining) return
    isDraining = true
    try {
      for (let next = events.shift(); next; next = events.shift()) step(next)
    } finally {
      // Whatever the app's code threw, the next event is handled.
      isDraining = false
    }
    atEnd?.()
  }

  return {
    state: () => state,
    dispatch(event) {
      if (!atEnd) take(event)
    },
    end(then) {
      if (atEnd) return
      atEnd = then
      take({ type: 'close' })
    },
    hasEnded: () => atEnd !== null,
  }
}
