// The queue from which all listeners of a socket are called. A turn (a public call, an event of the lifecycle, a frame, a timer, a report
// to the auth service) changes the state first. Its notifications are delivered when the outermost turn ends, so a listener may call
// anything.

import { attempt } from '../platform/guarded-platform.ts'
import type { Clock } from '../platform/platform.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { DropReason } from './validator.ts'

/** Whose notifications these are. A scope ends when the user signs out or changes, and by `close()`; then the next one begins. */
export interface Scope {
  endedBy: DropReason | null
  /** Shared by all scopes of one user: a scope that `close()` has ended says nothing of a later sign-out. */
  readonly user: { hasLeft: boolean }
}

export interface Notification {
  deliver: () => void
  scope: Scope
  /** Empty for a change of the snapshot. */
  event: string
  /** How many notifications in a row have caused it. */
  depth: number
}

/** In one turn, of notifications that cause others. */
const MAX_CAUSES = 10_000
/** A burst of messages, a listener that answers each of them, and one that sends again what was dropped undo nothing. */
const COUNTED_DEPTH = 4
const LATER_MS = 1

export class Notifications {
  /** Of the running turn, from its beginning on: it may have ended meanwhile. */
  scope: Scope = { endedBy: null, user: { hasLeft: false } }
  /** The one whose listeners are being called. */
  delivering: Notification | null = null
  readonly #clock: Clock
  #present: Scope
  #queue: Notification[] = []
  #depth = 0
  #isScheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
    // Here and not beside the field: the CommonJS build sets private fields before public ones.
    this.#present = this.scope
  }

  /** Delivers nothing before `work` has returned, nor within another turn. */
  turn<T>(work: () => T): T {
    const outer = this.scope
    this.scope = this.#present
    this.#depth++
    try {
      return work()
    } finally {
      this.#depth--
      this.scope = outer
      if (this.#depth === 0) this.#drain()
    }
  }

  /** Outside of turns it is delivered by a microtask. */
  add(deliver: () => void, event = '', scope = this.scope): void {
    this.#queue.push({ deliver, scope, event, depth: this.delivering ? this.delivering.depth + 1 : 0 })
    if (this.#depth > 0 || this.#isScheduled) return
    this.#isScheduled = true
    void Promise.resolve().then(() => {
      this.#isScheduled = false
      this.#drain()
    })
  }

  /** The rest of the running turn belongs to the next scope. */
  end(reason: DropReason): void {
    const { user } = this.#present
    this.#present.endedBy = reason
    user.hasLeft = reason === 'signed_out'
    this.scope = this.#present = { endedBy: null, user: user.hasLeft ? { hasLeft: false } : user }
  }

  #drain() {
    const queue = this.#queue
    let causes = 0
    let count = 0
    this.#depth++
    try {
      for (let next = queue[0]; next && causes < MAX_CAUSES; next = queue[count]) {
        count++
        const { length } = queue
        this.delivering = next
        this.scope = next.scope
        attempt(next.deliver, undefined)
        if (queue.length > length && next.depth >= COUNTED_DEPTH) causes++
      }
      // Within the drain: the app may report errors by this socket.
      if (count < queue.length) reportUncaught(new Error(tooMany()))
    } finally {
      // Also where the report of a listener's error throws, as a test's console may.
      this.#depth--
      this.delivering = null
      this.scope = this.#present
      this.#queue = queue.slice(count)
      // A page that does nothing else is worse than a listener that is called late.
      if (this.#queue.length > 0) this.#clock.setTimer(() => this.#drain(), LATER_MS)
    }
  }
}

const tooMany = () =>
  `${MAX_CAUSES} listener calls in a row caused others. Check that no listener undoes what another one does.`
