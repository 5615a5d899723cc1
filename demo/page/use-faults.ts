import { useCallback, useEffect, useState } from 'react'
import type { FaultCommand, FaultState } from '../fault-names.ts'
import { postJson } from './post-json.ts'

/** What is broken on the demo server, and how to break more. `state` is null until it is known. */
export function useFaults(): { state: FaultState | null; apply: (command: FaultCommand) => Promise<boolean> } {
  const [state, setState] = useState<FaultState | null>(null)
  useEffect(() => {
    const controller = new AbortController()
    fetch('/api/faults', { signal: controller.signal })
      .then((response) => response.json())
      .then(setState)
      .catch(() => {})
    return () => controller.abort()
  }, [])
  const apply = useCallback(async (command: FaultCommand) => {
    const answer = await postJson<FaultState>('/api/faults', command)
    if (answer.kind === 'ok') setState(answer.value)
    return answer.kind === 'ok'
  }, [])
  return { state, apply }
}
