// Finds files that import each other, directly or through others. Imports of types count: a circle of types is a circle for
// a reader as well.

import { posix } from 'node:path'
import ts from 'typescript'
import type { SourceFile } from './architecture.ts'

/** The circles among the sources, each as its files in alphabetical order. A file that imports itself is one. */
export function importCircles(sources: readonly SourceFile[]): string[][] {
  const imports = new Map(sources.map(({ path, text }) => [path, importedBy(path, text)]))
  const reached = new Map([...imports.keys()].map((path) => [path, reachableFrom(path, imports)]))
  const isReached = (from: string, to: string) => reached.get(from)?.has(to) ?? false
  const circles = [...imports.keys()]
    .filter((path) => isReached(path, path))
    .map((path) => [...imports.keys()].filter((other) => isReached(path, other) && isReached(other, path)).sort())
  return [...new Map(circles.map((circle) => [circle.join(), circle])).values()].sort()
}

function importedBy(path: string, text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => posix.join(posix.dirname(path), fileName))
}

function reachableFrom(path: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>()
  const waiting = [...(imports.get(path) ?? [])]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    waiting.push(...(imports.get(next) ?? []))
  }
  return reached
}
