import { useCallback } from 'react'
import type { SnapshotStore } from '../platform/snapshot-store.ts'
import { useExternalStore } from './use-external-store.ts'

/**
 * Renders again only when the selected value changed. `select` must give an equal value for an equal snapshot: pick
 * fields, do not build objects.
 */
export function useSnapshot<Snapshot, Selected>(
  store: SnapshotStore<Snapshot>,
  select: (snapshot: Snapshot) => Selected,
): Selected {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store])
  return useExternalStore(
    subscribe,
    () => select(store.getState()),
    () => select(store.getInitialState()),
  )
}
