import { useLayoutEffect, useReducer, useSyncExternalStore, version } from 'react'

// React 18 has no <Activity>, and warns of layout effects on a server. An ordinary effect is no substitute: it runs after
// those that connect, so a component that makes another socket in every render would render, and connect, without end.
const useBeforePaint = version.startsWith('18.') ? () => {} : useLayoutEffect

/**
 * `useSyncExternalStore`, and it looks before what was hidden is painted again. React alone looks after that: an
 * <Activity> that is shown without a render would show for one frame what was there before, another user's included.
 */
export function useExternalStore<Snapshot>(
  subscribe: (listener: () => void) => () => void,
  getSnapshot: () => Snapshot,
  getServerSnapshot: () => Snapshot,
): Snapshot {
  // A function of this render: for one that it knows already React does not look again at the end of the render.
  const snapshot = useSyncExternalStore(subscribe, () => getSnapshot(), getServerSnapshot)
  const [, renderAgain] = useReducer((times: number) => times + 1, 0)
  useBeforePaint(() => {
    if (!Object.is(snapshot, getSnapshot())) renderAgain()
  })
  return snapshot
}
