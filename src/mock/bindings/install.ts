// Global variables that mocks have replaced. Several replacements of one name may be in place at once and be undone in any order:
// the newest one that is left holds, and after the last one the variable is what it was.

import { sharedState } from '../../platform/shared-state.ts'

interface Replaced {
  before: PropertyDescriptor | undefined
  /** The newest last. */
  layers: { value: unknown }[]
}

const define = (name: string, value: unknown) =>
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: true })

function restore(name: string, before: PropertyDescriptor | undefined) {
  if (before) Object.defineProperty(globalThis, name, before)
  else Reflect.deleteProperty(globalThis, name)
}

/** Replaces the global variables of these names. Returns the function that restores them. */
export function install(globals: Readonly<Record<string, unknown>>): () => void {
  const undos = Object.entries(globals).map(([name, value]) => replace(name, value))
  return () => {
    for (const undo of undos) undo()
  }
}

function replace(name: string, value: unknown): () => void {
  const all = sharedState('replaced globals', () => new Map<string, Replaced>())
  const replaced = all.get(name) ?? { before: Object.getOwnPropertyDescriptor(globalThis, name), layers: [] }
  const { before, layers } = replaced
  const layer = { value }
  all.set(name, replaced)
  layers.push(layer)
  define(name, value)
  return () => {
    const at = layers.indexOf(layer)
    if (at === -1) return
    layers.splice(at, 1)
    const newest = layers.at(-1)
    if (!newest) {
      all.delete(name)
      restore(name, before)
    } else if (at === layers.length) define(name, newest.value)
  }
}
