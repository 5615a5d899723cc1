// Writes what happens, one line each: the virtual time, who does it, what.

import type { VirtualClock } from '../../support/virtual-clock.ts'
import { createNames, type Names } from './names.ts'
import { show } from './show.ts'

interface Store<State> {
  getState(): State
  subscribe(listener: (now: State) => void): () => void
}

export interface Recorder {
  readonly names: Names
  write(who: string, what: string): void
  /** Writes every change of the store's snapshot: the fields that differ, once for each moment of the virtual time. */
  watch(who: string, store: Store<object>): void
  /** Calls of the object's methods are written, with what they return, resolve to or throw. */
  calls<Target extends object>(who: string, target: Target): Target
  /** Writes nothing more. */
  stop(): void
}

export function createRecorder(clock: VirtualClock, lines: string[]): Recorder {
  const names = createNames()
  const startedAt = clock.now()
  const watched: { who: string; shown: object; now: object; changedAt: number | null }[] = []
  let isOver = false

  function put(at: number, who: string, what: string) {
    if (!isOver) lines.push(`${String(at - startedAt).padStart(7)} ms  ${who.padEnd(12)}  ${names.in(what)}`.trimEnd())
  }

  // Steps of one moment are one change: how many there are is nothing that an app relies on.
  function flush(before: number) {
    for (const entry of watched) {
      if (entry.changedAt === null || entry.changedAt >= before) continue
      const changes = changesBetween(entry.shown, entry.now)
      if (changes !== null) put(entry.changedAt, entry.who, changes)
      entry.shown = entry.now
      entry.changedAt = null
    }
  }

  function write(who: string, what: string) {
    flush(clock.now())
    put(clock.now(), who, what)
  }

  return {
    names,
    write,
    watch(who, store) {
      const entry = { who, shown: store.getState(), now: store.getState(), changedAt: null as number | null }
      watched.push(entry)
      store.subscribe((now) => {
        flush(clock.now())
        entry.now = now
        entry.changedAt = clock.now()
      })
    },
    calls: (who, target) =>
      new Proxy(target, {
        set: (_, name, value) => Reflect.set(target, name, value, target),
        get(_, name) {
          const member = Reflect.get(target, name, target)
          if (typeof member !== 'function' || SUBSCRIPTIONS.has(String(name))) return member
          return (...args: unknown[]) => {
            const call = `${String(name)}(${args.map(show).join(', ')})`
            write(who, call)
            return tell(call, () => Reflect.apply(member, target, args))
          }
        },
      }),
    stop() {
      flush(Number.POSITIVE_INFINITY)
      isOver = true
    },
  }

  function tell(call: string, act: () => unknown): unknown {
    try {
      const result = act()
      if (result instanceof Promise) {
        result.then(
          (value) => write('resolves', `${call} → ${show(value)}`),
          (error) => write('rejects', `${call} → ${show(error)}`),
        )
      } else if (result !== undefined) write('returns', show(result))
      return result
    } catch (error) {
      write('throws', show(error))
      throw error
    }
  }
}

/** Listening changes nothing. */
const SUBSCRIPTIONS = new Set(['on', 'onMessage', 'addEventListener', 'removeEventListener'])

function changesBetween(before: object, now: object): string | null {
  const shownBefore = new Map(Object.entries(before).map(([field, value]) => [field, show(value)]))
  const changed = Object.entries(now).filter(([field, value]) => shownBefore.get(field) !== show(value))
  return changed.length === 0 ? null : show(Object.fromEntries(changed))
}
