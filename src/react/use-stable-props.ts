// A mistake that can cost a connection with every render: an object that belongs outside of the component is made within it.

import { useEffect, useRef } from 'react'
import { warnDevelopers } from '../platform/system-platform.ts'

interface Seen {
  /** The newest values. */
  rendered: readonly unknown[]
  committed: unknown
  /** Commits in a row that brought another value. */
  commits: number
  /** Tasks since the last commit in which a render brought a value of its own. StrictMode renders twice in one task. */
  discarded: number
  isCounted: boolean
}

/** An app may change its user, or the room, twice in a row. */
const MAX_COMMITS = 3
/** A transition may be interrupted once. */
const MAX_DISCARDED = 2
const MAX_REMEMBERED = 4

let hasWarned = false

/**
 * Warns once on the console, in development only, when one of these is another one in each of four renders
 * in a row.
 *
 * It also warns of two renders in a row that each bring another one, and that React does not commit: a component that makes its
 * socket in every render shows `idle` each time, so that React sees nothing to commit after the first one.
 *
 * Bundlers replace `process.env.NODE_ENV` and drop what stands behind the condition; where there is neither a bundler nor a
 * `process`, nothing is warned of.
 */
export function useStableProps(where: string, props: Readonly<Record<string, unknown>>): void {
  const watched = useRef<Map<string, Seen>>(null)
  const each = (note: (seen: Seen, value: unknown) => boolean) => {
    try {
      if (process.env.NODE_ENV !== 'production') {
        watched.current ??= new Map()
        for (const [name, value] of Object.entries(props)) {
          const seen = watched.current.get(name) ?? firstSeen(value)
          watched.current.set(name, seen)
          if (note(seen, value)) warn(where, name)
        }
      }
    } catch {}
  }
  each(noteRender)
  useEffect(() => each(noteCommit))
}

const firstSeen = (value: unknown): Seen => ({
  rendered: [value],
  committed: value,
  commits: 0,
  discarded: 0,
  isCounted: false,
})

/** Whether it is time to warn. A value that comes back is none of its own: a transition renders the old one in between. */
function noteRender(seen: Seen, value: unknown): boolean {
  if (seen.rendered.includes(value)) return false
  seen.rendered = [...seen.rendered, value].slice(-MAX_REMEMBERED)
  if (seen.isCounted) return false
  seen.isCounted = true
  queueMicrotask(() => {
    seen.isCounted = false
  })
  return ++seen.discarded >= MAX_DISCARDED
}

function noteCommit(seen: Seen, value: unknown): boolean {
  seen.discarded = 0
  seen.commits = Object.is(seen.committed, value) ? 0 : seen.commits + 1
  seen.committed = value
  return seen.commits >= MAX_COMMITS
}

function warn(where: string, name: string) {
  // A socket that is made of such an auth is another one each time, too: the first warning names the cause.
  if (hasWarned) return
  hasWarned = true
  warnDevelopers(
    `${where} gets another ${name} in every render, and starts over with each. Create ${name} outside of the component, or keep it with useMemo or useState.`,
  )
}
