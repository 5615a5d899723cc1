// Refuses unknown names, and suggests the nearest known one. Values are never shown.

/** How many letters to insert, delete or replace to turn one name into the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row: number[] = [...Array(to.length + 1).keys()]
  for (const letter of from) {
    const next = [(row[0] as number) + 1]
    row.slice(1).forEach((above, column) => {
      const replaced = (row[column] as number) + Number(letter !== to[column])
      next.push(Math.min(replaced, above + 1, (next[column] as number) + 1))
    })
    row = next
  }
  return row.at(-1) as number
}

/** `max_retries` and `maxretries` mean `maxRetries`. */
const plain = (name: string) => name.replace(/[_-]/g, '').toLowerCase()

/** Throws a `TypeError` for an unknown event: its listener would never be called. */
export function knownEvent<Name>(owner: string, events: Readonly<Record<Name & string, true>>, name: Name): Name {
  const known = Object.keys(events)
  if (known.includes(name as string)) return name
  throw unknownName('event', owner, known, name)
}

/** The known name nearest to this one; null if none is near. */
export function nearestName(known: readonly string[], name: string): string | null {
  const far = (candidate: string) => distance(plain(name), plain(candidate))
  const [nearest = ''] = [...known].sort((a, b) => far(a) - far(b))
  return far(nearest) <= Math.max(2, name.length / 3) ? nearest : null
}

/** The error names the nearest known name, or all of them if none is near. */
export function unknownName(kind: 'option' | 'event', owner: string, known: readonly string[], name: unknown) {
  const shown = String(name).slice(0, 40)
  const nearest = nearestName(known, shown)
  const hint = nearest ? `Did you mean ${nearest}?` : `Its ${kind}s are ${known.join(', ')}.`
  return new TypeError(`${shown} is not an ${kind} of ${owner}. ${hint}`)
}
