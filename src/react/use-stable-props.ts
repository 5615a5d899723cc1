// A mistake that can cost a connection with every render: an object that belongs outside of the component is made within it.

import { useEffect, useRef } from 'react'
import { warnDevelopers } from '../platform/system-platform.ts'

interface Seen {
  value: unknown
  /** Renders in a row that brought another value. */
  changes: number
}

/** An app may change its user, or the room, twice in a row. */
const MAX_CHANGES = 3

const warned = new Set<string>()

/**
 * Warns once for each name, on the console and in development only, when one of these is another one in each of four renders
 * in a row.
 *
 * Bundlers replace `process.env.NODE_ENV` and drop what stands behind the condition; where there is neither a bundler nor a
 * `process`, nothing is warned of.
 */
export function useStableProps(where: string, props: Readonly<Record<string, unknown>>): void {
  const seen = useRef<Map<string, Seen>>(null)
  useEffect(() => {
    try {
      if (process.env.NODE_ENV !== 'production') {
        seen.current ??= new Map()
        for (const [name, value] of Object.entries(props)) note(seen.current, name, value, where)
      }
    } catch {}
  })
}

function note(seen: Map<string, Seen>, name: string, value: unknown, where: string) {
  const last = seen.get(name) ?? { value, changes: 0 }
  const changes = Object.is(last.value, value) ? 0 : last.changes + 1
  seen.set(name, { value, changes })
  if (changes < MAX_CHANGES || warned.has(name)) return
  warned.add(name)
  warnDevelopers(
    `${where} gets another ${name} in every render, and starts over with each. Create ${name} outside of the component, or keep it with useMemo or useState.`,
  )
}
