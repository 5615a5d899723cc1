import { createStore } from 'zustand/vanilla'

/** Read-only, in zustand's shape: its `useStore`, and every other framework's binding, takes it as it is. */
export interface SnapshotStore<Snapshot> {
  getState(): Snapshot
  getInitialState(): Snapshot
  subscribe(listener: (now: Snapshot, before: Snapshot) => void): () => void
}

/**
 * Immutable snapshots that keep their identity until something changed. `set` ignores a patch which changes nothing; when a
 * subscriber throws, the others are still called. `notify` calls the subscribers, now or later.
 *
 * Every store begins with `initial` itself, not with a copy: React does not render again for the same snapshot, even of another
 * store, so a component that creates a socket in every render does not loop.
 */
export function createSnapshotStore<Snapshot extends object>(
  initial: Snapshot,
  onListenerError: (error: unknown) => void,
  notify = (call: () => void) => call(),
): { store: SnapshotStore<Snapshot>; set: (patch: Partial<Snapshot>) => void } {
  const store = createStore<Snapshot>(() => frozen(initial))
  return {
    store: {
      getState: store.getState,
      getInitialState: store.getInitialState,
      subscribe(listener) {
        let isSubscribed = true
        const stop = store.subscribe((now, before) =>
          notify(() => {
            try {
              if (isSubscribed) listener(now, before)
            } catch (error) {
              onListenerError(error)
            }
          }),
        )
        return () => {
          isSubscribed = false
          stop()
        }
      },
    },
    set(patch) {
      const before = store.getState()
      const changed = (Object.keys(patch) as (keyof Snapshot)[]).some((key) => !Object.is(before[key], patch[key]))
      if (changed) store.setState(frozen({ ...before, ...patch }), true)
    },
  }
}

/** Also freezes plain objects in it, but no errors: they belong to the code that threw them. */
function frozen<Snapshot extends object>(snapshot: Snapshot): Snapshot {
  for (const part of Object.values(snapshot)) {
    if (typeof part === 'object' && part !== null && Object.getPrototypeOf(part) === Object.prototype)
      Object.freeze(part)
  }
  return Object.freeze(snapshot)
}
