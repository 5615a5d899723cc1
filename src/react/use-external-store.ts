import { useLayoutEffect, useReducer, useSyncExternalStore, version } from 'react'

// React 18 has no <Activity>, and warns of layout effects on a server. An ordinary effect is no substitute: it runs after
// the effects that connect, so a component that creates a socket in every render would render and connect without end.
const useBeforePaint = version.startsWith('18.') ? () => {} : useLayoutEffect

/**
 * `useSyncExternalStore` that also reads the store before a hidden component is painted again. React alone reads it after that: an
 * <Activity> that is shown without a render would show an old state for one frame, possibly another user's.
 */
export function useExternalStore<Snapshot>(
  subscribe: (listener: () => void) => () => void,
  getSnapshot: () => Snapshot,
  getServerSnapshot: () => Snapshot,
): Snapshot {
  // A new function in each render: with the same one React would not read the store again at the end of the render.
  const snapshot = useSyncExternalStore(subscribe, () => getSnapshot(), getServerSnapshot)
  const [, renderAgain] = useReducer((times: number) => times + 1, 0)
  useBeforePaint(() => {
    if (!Object.is(snapshot, getSnapshot())) renderAgain()
  })
  return snapshot
}
