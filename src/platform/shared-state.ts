// One app may load this package twice: as an ES module, and as CommonJS for a dependency. What both copies must agree on is kept
// on the global object.

/** Another number wherever the shape of a shared part changes: copies that differ share nothing. */
const PARTS = Symbol.for('ticket-socket.shared-state.1')

/** The part of this name. The first copy that asks for it makes it. */
export function sharedState<Part extends object>(name: string, make: () => Part): Part {
  const owner = globalThis as { [PARTS]?: Map<string, object> }
  owner[PARTS] ??= new Map()
  const parts = owner[PARTS]
  if (!parts.has(name)) parts.set(name, make())
  return parts.get(name) as Part
}
