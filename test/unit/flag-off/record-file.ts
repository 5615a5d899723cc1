// A record on disk. It holds two runs in one text: the baseline, which never changes, and what the present build does.
//
//   two spaces: a line of both
//   -{name}     a line that only the baseline has; the change of this name took it away
//   +{name}     a line that only the present build has; the change of this name put it there

export type RecordLine = { kind: 'both'; text: string } | { kind: 'baseline' | 'present'; text: string; change: string }

const CHANGED = /^([-+])\{([a-z][a-z0-9-]*)\}(?: (.*))?$/

export function parseRecord(file: string): RecordLine[] {
  const rows = file.replace(/\n$/, '').split('\n')
  return rows.map((row, index) => {
    const [, sign, change, text = ''] = CHANGED.exec(row) ?? []
    if (change !== undefined) return { kind: sign === '-' ? 'baseline' : 'present', text, change }
    if (row === '' || row.startsWith('  ')) return { kind: 'both', text: row.slice(2) }
    throw new Error(`line ${index + 1} begins with neither two spaces nor -{name} nor +{name}: ${row}`)
  })
}

const SIGNS = { baseline: '-', present: '+' } as const

export const printRecord = (lines: readonly RecordLine[]): string =>
  lines
    .map((line) => (line.kind === 'both' ? `  ${line.text}` : `${SIGNS[line.kind]}{${line.change}} ${line.text}`))
    .map((row) => `${row.trimEnd()}\n`)
    .join('')

const textsOf = (lines: readonly RecordLine[], kind: 'baseline' | 'present') =>
  lines.filter((line) => line.kind === 'both' || line.kind === kind).map(({ text }) => text)

export const baselineOf = (lines: readonly RecordLine[]): string[] => textsOf(lines, 'baseline')
export const presentOf = (lines: readonly RecordLine[]): string[] => textsOf(lines, 'present')

export interface Difference {
  kind: 'both' | 'baseline' | 'present'
  text: string
}

/** Both lists as one, in which as many lines as possible belong to both (a longest common subsequence). */
export function differences(before: readonly string[], now: readonly string[]): Difference[] {
  const width = now.length + 1
  const common = new Uint16Array((before.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] as number
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const found: Difference[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < now.length) {
    if (i < before.length && j < now.length && before[i] === now[j]) {
      found.push({ kind: 'both', text: before[i++] as string })
      j++
    } else if (j >= now.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      found.push({ kind: 'baseline', text: before[i++] as string })
    } else {
      found.push({ kind: 'present', text: now[j++] as string })
    }
  }
  return found
}

/**
 * The record with another present. A line that was named before keeps its name; the others get that of `change`. Null:
 * there are others, and no name for them.
 */
export function withPresent(
  old: readonly RecordLine[],
  present: readonly string[],
  change: string | null,
): RecordLine[] | null {
  const named = old.flatMap((line) => (line.kind === 'both' ? [] : [line]))
  const lines: RecordLine[] = []
  for (const { kind, text } of differences(baselineOf(old), present)) {
    if (kind === 'both') {
      lines.push({ kind, text })
      continue
    }
    const index = named.findIndex((line) => line.kind === kind && line.text === text)
    const [known] = index < 0 ? [] : named.splice(index, 1)
    const name = known?.change ?? change
    if (name === null) return null
    lines.push({ kind, text, change: name })
  }
  return lines
}
