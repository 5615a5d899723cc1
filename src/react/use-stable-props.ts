// Warns of a mistake that can cost a connection with every render: an object is created in the component instead of outside.

import { useEffect, useRef } from 'react'
import { warnDevelopers } from '../platform/system-platform.ts'

interface Seen {
  /** The newest values. */
  rendered: readonly unknown[]
  committed: unknown
  /** Commits in a row that brought another value. */
  commits: number
  /** Tasks since the last commit in which a render brought a new value. StrictMode renders twice in one task. */
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
 * It also warns of two renders in a row that each bring another value and that React does not commit: a component that creates its
 * socket in every render shows `idle` each time, so React has nothing to commit after the first render.
 *
 * Bundlers replace `process.env.NODE_ENV` and drop the code behind the condition. Without a bundler and a `process` there is no
 * warning.
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

/** Whether it is time to warn. An earlier value is not a new one: a transition renders the old value in between. */
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
  // A socket that is created from such an auth changes each time, too: the first warning names the cause.
  if (hasWarned) return
  hasWarned = true
  warnDevelopers(
    `${where} gets another ${name} in every render, and starts over with each. Create ${name} outside of the component, or keep it with useMemo or useState.`,
  )
}
